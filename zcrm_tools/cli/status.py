"""`zcrm status`: who is signed in and what the sign-in may do. Sends nothing unless it is told to, shows no secret."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from zcrm_tools.cli import options
from zcrm_tools.errors import NotConfigured

if TYPE_CHECKING:
    from zcrm_tools.auth.store.protocol import CredentialStore
    from zcrm_tools.models.grant import Credentials, Profile
    from zcrm_tools.settings import Settings


@click.command("status")
@options.connection
@click.option(
    "--refresh", is_flag=True, help="Ask Zoho again for the modules, fields, picklists and users kept here."
)
@click.pass_obj
def command(store: CredentialStore | None, profile: str, *, demo: bool, refresh: bool) -> None:
    """Show the profile in use, its data centre and environment, where its secrets are, and its scopes in words."""
    from zcrm_tools.auth import profiles

    settings = options.settings(demo=demo, profile=profile)
    if settings.demo:
        click.echo("The demo org, inside this process: no Zoho account, and nothing is kept.")
        return
    found = profiles.resolve(settings)
    if refresh:
        asyncio.run(_refresh(settings))
    rows = (
        ("profile", found.name),
        ("where", _where(found)),
        ("environment", found.environment),
        ("client", found.client_id),
        ("signed in", _since(found)),
        *_secrets(settings, found, store),
        ("credits", _credits(settings, found)),
        ("metadata", _metadata(settings, found)),
    )
    for name, text in rows:
        click.echo(f"{name:<12} {text}")
    click.echo("\n".join(_may(found.scopes)))
    for one in found.refused.split():
        click.echo(
            f"{'refused':<12} {one}, whatever was granted; zcrm login --scopes {one} asks for it again"
        )


def _where(profile: Profile) -> str:
    from zcrm_tools.datacenters import DATA_CENTERS

    if profile.kind == "emulator":
        return f"an emulator at {profile.api_url}"
    dc = next(dc for dc in DATA_CENTERS.values() if dc.accounts == profile.accounts_url.rstrip("/"))
    return f"Zoho, {dc.region} ({dc.code}): {profile.api_url}"


def _credits(settings: Settings, profile: Profile) -> str:
    """As counted here: what other machines and people spend, only Zoho knows."""
    from zcrm_tools.state.sqlite import STATE_FILE, SqliteState

    path = settings.home / STATE_FILE
    spent = 0
    if path.exists():
        state = SqliteState(path)
        spent = state.spent(profile.identity, datetime.now(UTC) - timedelta(days=1))
        state.close()
    return f"{spent} spent from this machine in the last 24 hours"


async def _refresh(settings: Settings) -> None:
    from zcrm_tools.connection import open_client

    async with await open_client(settings) as crm:
        await crm.org.catalogue.renew()


def _metadata(settings: Settings, profile: Profile) -> str:
    """What the org's modules and fields are known from, and how old the oldest of it is."""
    from zcrm_tools.metadata.kept import Kept

    kept = Kept(settings.home, profile.identity, since=profile.since)
    entries = [entry for key in kept.answers() if key != "changes" and (entry := kept.read(key))]
    if not entries:
        return "nothing kept; the first call that needs it asks Zoho"
    oldest = min(entry.fetched for entry in entries)
    return f"{len(entries)} answers about the org kept, the oldest {_ago(datetime.now(UTC) - oldest)}"


def _since(profile: Profile) -> str:
    if not profile.since:
        return "not noted"
    at = datetime.fromisoformat(profile.since)
    return f"{at:%Y-%m-%d %H:%M} UTC, {_ago(datetime.now(UTC) - at)}"


def _ago(age: timedelta) -> str:
    for size, name in (
        (timedelta(days=1), "day"),
        (timedelta(hours=1), "hour"),
        (timedelta(minutes=1), "minute"),
    ):
        if count := age // size:
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    return "just now"


def _secrets(
    settings: Settings, profile: Profile, store: CredentialStore | None
) -> tuple[tuple[str, str], ...]:
    """Where the secrets are, and, as far as they open it, what processes share: how long the token is good."""
    from zcrm_tools.auth.store import opening

    try:
        opened = store or opening.of(profile, settings)
        credentials = opened.load(profile)
    except NotConfigured as error:
        return (("secrets", f"not readable: {error.problem.message}"),)
    if credentials is None:
        return (("secrets", f"none in the {opened.kind}: sign in again with zcrm login"),)
    return (("secrets", f"in the {opened.kind}"), ("token", _token(settings, profile, credentials)))


def _token(settings: Settings, profile: Profile, credentials: Credentials) -> str:
    from zcrm_tools.auth import sharing
    from zcrm_tools.auth.refresh import MINTS, WINDOW

    known = asyncio.run(sharing.InFile(settings.home, profile, credentials).read())
    now = datetime.now(UTC)
    left = (known.grant.expires_at - now) // timedelta(minutes=1) if known.grant else 0
    good = f"good for {left} more minutes" if left > 0 else "none; the next call asks for one"
    asked = sum(now - WINDOW < at for at in known.mints)
    told = f"{good}; {asked} of {MINTS} asked for in the last ten minutes"
    if known.blocked_until and known.blocked_until > now:
        told += f"; Zoho wants us to wait until {known.blocked_until:%H:%M:%S} UTC"
    return told


def _may(granted: str) -> list[str]:
    from zcrm_tools import scopes

    if not granted:
        return [f"{'may':<12} unknown: Zoho did not say and ZCRM_SCOPES is not set"]
    found = sorted(scopes.parse(granted))
    words = [f"{scopes.explain(one)} ({one})" for one in found]
    return [f"{'may' if not i else '':<12} {text}" for i, text in enumerate(words)]
