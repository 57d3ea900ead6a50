"""`zcrm skill`: an agent skill for this org."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zcrm_tools.cli import options

if TYPE_CHECKING:
    from zcrm_tools.skill import Described


@click.command("skill")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--any-org", is_flag=True, help="One that fits every org; asks nobody.")
@click.option(
    "--modules",
    default="",
    callback=options.names,
    metavar="A,B",
    help="These only; default: the standard modules of selling, and every custom one.",
)
@options.connection
def command(*, folder: Path, any_org: bool, modules: tuple[str, ...], demo: bool, profile: str) -> None:
    """Write FOLDER/zoho-crm/SKILL.md for an AI assistant: this org's modules, fields, stages and values.

    Claude Code reads skills from .claude/skills, Codex from .codex/skills. What the org said of itself lately is not asked
    for again.
    """
    from zcrm_tools.skill import MARK, NAME, skill

    described = None if any_org else asyncio.run(_described(modules, demo=demo, profile=profile))
    target = folder / NAME
    written = skill(described)
    for name, text in written.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in (target / "references").glob("*.md"):
        if f"references/{path.name}" not in written and path.read_text("utf-8").startswith(MARK):
            path.unlink()  # of a module that is gone: it would mislead
    click.echo(f"{target / 'SKILL.md'} and {len(written) - 1} files beside it.")
    for name, reason in described.left_out.items() if described else ():
        click.echo(f"{name} is left out: {reason}", err=True)


async def _described(wanted: tuple[str, ...], *, demo: bool, profile: str) -> Described:
    from zcrm_tools.client.standard import attributes
    from zcrm_tools.connection import open_client
    from zcrm_tools.errors import ApiError, ScopeMissing
    from zcrm_tools.metadata.catalogue import Fields
    from zcrm_tools.models.metadata import Pipeline
    from zcrm_tools.skill import Described

    async with await open_client(options.settings(demo=demo, profile=profile)) as crm:
        catalogue = crm.org.catalogue
        known = await catalogue.modules()
        chosen = [(await catalogue.module(name)).api_name for name in wanted] or [
            name for name, about in known.items() if name in attributes() or about.generated_type == "custom"
        ]
        fields: dict[str, Fields] = {}
        left_out: dict[str, str] = {}
        for name in chosen:
            try:
                fields[name] = await catalogue.fields(name)
            except (ApiError, ScopeMissing) as refused:
                left_out[name] = refused.problem.message
        pipelines: tuple[Pipeline, ...] = ()
        with contextlib.suppress(ApiError, ScopeMissing):  # an org without pipelines has stages all the same
            pipelines = await catalogue.pipelines()
        today = datetime.now(UTC).date()
        return Described(await catalogue.org(), today, known, fields, pipelines, left_out)
