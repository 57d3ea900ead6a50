"""`zcrm logout`: end the sign-in at Zoho and forget it here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from zcrm_tools.cli import options
from zcrm_tools.errors import LoginRequired, Problem

if TYPE_CHECKING:
    from zcrm_tools.auth.store.protocol import CredentialStore


@click.command("logout")
@options.profile
@click.pass_obj
def command(store: CredentialStore | None, profile: str) -> None:
    """Revoke the sign-in at Zoho, and remove its secrets, its profile and what is kept of the org from this machine.

    When Zoho cannot be reached it is removed here all the same, with exit code 1.
    """
    from zcrm_tools.auth import leaving, profiles
    from zcrm_tools.auth.store import opening
    from zcrm_tools.metadata.kept import Kept

    settings = options.settings(profile=profile)
    found = profiles.load(settings.home).get(settings.profile)
    if found is None:
        raise LoginRequired(
            Problem(
                "NO_PROFILE",
                f"There is no profile {settings.profile!r} on this machine.",
                next_step="A sign-in from environment variables ends when they are unset.",
                fix_by="person",
                allowed=tuple(profiles.load(settings.home)),
            )
        )
    kept_in = store or opening.named(found.store, settings)
    there, refused = asyncio.run(leaving.leave(settings, found, kept_in))
    Kept(settings.home, found.identity).forget()
    click.echo(f"Profile {found.name!r} and its secrets are gone from this machine.")
    if refused:
        raise click.ClickException(
            f"But Zoho did not revoke it: {refused} Remove it at {found.accounts_url} under Sessions, Connected Apps."
        )
    click.echo("Zoho has revoked it." if there else "There was no secret left to revoke.")
