"""`zcrm status`: who is signed in and what the sign-in may do. Sends nothing, shows no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zcrm_tools.cli import options
from zcrm_tools.errors import NotConfigured

if TYPE_CHECKING:
    from zcrm_tools.auth.store.protocol import CredentialStore
    from zcrm_tools.models.grant import Profile
    from zcrm_tools.settings import Settings


@click.command("status")
@options.connection
@click.pass_obj
def command(store: CredentialStore | None, profile: str, *, demo: bool) -> None:
    """Show the profile in use, its data centre and environment, where its secrets are, and its scopes in words."""
    from zcrm_tools.auth import profiles

    settings = options.settings(demo=demo, profile=profile)
    if settings.demo:
        click.echo("The demo org, inside this process: no Zoho account, and nothing is kept.")
        return
    found = profiles.resolve(settings)
    rows = (
        ("profile", found.name),
        ("where", _where(found)),
        ("environment", found.environment),
        ("client", found.client_id),
        ("secrets", _kept(settings, found, store)),
    )
    for name, text in rows:
        click.echo(f"{name:<12} {text}")
    click.echo("\n".join(_may(found.scopes)))


def _where(profile: Profile) -> str:
    from zcrm_tools.datacenters import DATA_CENTERS

    if profile.kind == "emulator":
        return f"an emulator at {profile.api_url}"
    dc = next(dc for dc in DATA_CENTERS.values() if dc.accounts == profile.accounts_url.rstrip("/"))
    return f"Zoho, {dc.region} ({dc.code}): {profile.api_url}"


def _kept(settings: Settings, profile: Profile, store: CredentialStore | None) -> str:
    from zcrm_tools.auth.store import opening

    try:
        opened = store or opening.of(profile, settings)
        there = opened.load(profile) is not None
    except NotConfigured as error:
        return f"not readable: {error.problem.message}"
    return f"in the {opened.kind}" if there else f"none in the {opened.kind}: sign in again with zcrm login"


def _may(granted: str) -> list[str]:
    from zcrm_tools import scopes

    if not granted:
        return [f"{'may':<12} unknown: Zoho did not say and ZCRM_SCOPES is not set"]
    found = sorted(scopes.parse(granted))
    words = [f"{scopes.explain(one)} ({one})" for one in found]
    return [f"{'may' if not i else '':<12} {text}" for i, text in enumerate(words)]
