"""`zcrm profiles`: the sign-ins of this machine."""

from __future__ import annotations

import json

import click

from zcrm_tools import terminal
from zcrm_tools.cli import options


@click.command("profiles")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(*, as_json: bool) -> None:
    """List the sign-ins of this machine; the one in use is marked. Choose another by --profile or ZCRM_PROFILE."""
    from zcrm_tools.auth import profiles

    settings = options.settings()
    found = profiles.load(settings.home)
    if as_json:
        click.echo(json.dumps([p.model_dump() for p in found.values()], ensure_ascii=False, indent=2))
        return
    if not found:
        click.echo("Nobody has signed in on this machine: zcrm login")
        return
    rows = [
        ["→" if name == settings.profile else "", name, p.environment, p.api_url, p.client_id, p.store]
        for name, p in found.items()
    ]
    click.echo(terminal.table(["", "profile", "environment", "API", "client", "secrets"], rows))
