"""`zcrm emulator compare` and `record`: a real org against the emulator, and a real org as a seed for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zcrm_tools.cli import options

if TYPE_CHECKING:
    from zcrm_tools.emulator.compare import Answer, Ask, Finding
    from zcrm_tools.http.ports import TokenSource
    from zcrm_tools.http.wire import Transport


@click.command("compare")
@options.profile
@click.option(
    "--write", is_flag=True, help="Also ask what needs a lead of its own, created and deleted again."
)
@click.option("--only", metavar="TEXT", default="", help="Only questions whose id contains this.")
def compare(profile: str, write: bool, only: str) -> None:
    """Put what no public page settles to a real org, and print evidence rows: agreed, differs, could not ask.

    It reads; with --write it also creates up to five leads named `zcrm compare` and deletes each at once. About 30 API calls.
    """
    findings = asyncio.run(_compare(profile, only, write=write))
    for finding in findings:
        click.echo(finding.row() + "\n")
    told = [finding.verdict for finding in findings]
    counts = ", ".join(
        f"{told.count(verdict)} {verdict}" for verdict in ("agreed", "differs", "could not ask")
    )
    click.echo(f"# {counts}")


async def _compare(profile: str, only: str, *, write: bool) -> list[Finding]:
    from zcrm_tools.emulator import compare as comparing
    from zcrm_tools.emulator.questions import QUESTIONS
    from zcrm_tools.emulator.snapshots import fresh
    from zcrm_tools.http.inprocess import InProcess

    chosen = tuple(question for question in QUESTIONS if only in question.id)
    if not chosen:
        raise click.UsageError(f"No question has {only!r} in its id.")
    ours = fresh()
    try:
        async with (
            _live(profile) as org,
            _asking(
                "http://localhost", _Fixed(ours.credentials.access_token), InProcess(ours.app)
            ) as emulator,
        ):
            return await comparing.compare(chosen, org, emulator, write=write)
    finally:
        ours.close()


@asynccontextmanager
async def _live(profile: str) -> AsyncIterator[Ask]:
    from zcrm_tools.auth import profiles, signed_in
    from zcrm_tools.auth.store import opening

    chosen = options.settings(profile=profile)
    found = await asyncio.to_thread(profiles.resolve, chosen)
    store = await asyncio.to_thread(opening.of, found, chosen)
    tokens = await asyncio.to_thread(lambda: signed_in.open_tokens(found, store, home=chosen.home))
    async with _asking(found.api_url, tokens) as ask:
        yield ask


class _Fixed:
    """The one token of an org that lives as long as the question."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token

    async def renew(self, refused: str) -> str:  # noqa: ARG002 - there is no other
        return self._token


@asynccontextmanager
async def _asking(
    api_url: str, tokens: TokenSource, transport: Transport | None = None
) -> AsyncIterator[Ask]:
    """Raw requests: a refusal is an answer here, and no scope is checked first."""
    from zcrm_tools.emulator.compare import Answer
    from zcrm_tools.http import wire
    from zcrm_tools.http.hosts import pinned

    client = wire.open_client(pinned(api_url, "api"), transport=transport, timeout=30.0)

    async def ask(
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        content: bytes | None = None,
        authorization: str | None = None,
    ) -> Answer:
        signed = f"Zoho-oauthtoken {await tokens.token()}" if authorization is None else authorization
        headers = {"Authorization": signed} if signed else {}
        request = client.build_request(
            method, f"/crm/v8{path}", params=params, json=json, content=content, headers=headers
        )
        came = await wire.send(client, request, repeatable=method == "GET")
        try:
            body = came.json()
        except ValueError:
            body = None
        return Answer(came.status, body, came.headers)

    try:
        yield ask
    finally:
        await client.aclose()


@click.command("record")
@options.profile
@click.option(
    "--to", "to", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The seed file."
)
@click.option(
    "--modules", default="", callback=options.names, metavar="A,B", help="Instead of the usual twelve."
)
@click.option(
    "--limit", default=200, show_default=True, type=click.IntRange(1, 2000), help="Records of a module."
)
def record(profile: str, to: Path, modules: tuple[str, ...], limit: int) -> None:
    """Read a real org and write a seed for the emulator, with every text replaced by a made-up one.

    It only reads. Load the file with `POST /__emulator__/seed`.
    """
    from zcrm_tools.emulator import recording
    from zcrm_tools.emulator.schema import standard_modules

    unknown = sorted(set(modules) - standard_modules().keys())
    if unknown:
        raise click.UsageError(f"A new org has no module {', '.join(unknown)}.")
    found = asyncio.run(_record(profile, modules or recording.MODULES, limit))
    to.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for module, rows in found["records"].items():
        click.echo(f"{module}: {len(rows)}")
    for module, why in found["left_out"].items():
        click.echo(f"{module}: left out, {why}", err=True)


async def _record(profile: str, modules: tuple[str, ...], limit: int) -> dict[str, Any]:
    from zcrm_tools.emulator import recording

    async with _live(profile) as org:
        return await recording.record(org, modules=modules, limit=limit)
