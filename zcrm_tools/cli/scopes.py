"""`zcrm scopes`: least privilege as a list to paste."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from zcrm_tools.cli import options

if TYPE_CHECKING:
    from zcrm_tools.scopes import Scope

REDIRECT = "http://localhost:8765/callback"


@click.command("scopes")
@click.option(
    "--toolsets", default="", callback=options.names, metavar="A,B", help="Groups of tools; default core."
)
@click.option("--tools", default="", callback=options.names, metavar="A,B", help="Single tools to add.")
@click.option(
    "--read-only/--write", "read_only", default=True, help="Leave out or count the tools that write."
)
@click.option(
    "--scopes", "own", default="", metavar="A,B", help="Hold a list of your own against what is needed."
)
@click.option("--client-id", default="", help="Also print the consent page's address for this client.")
@click.option("--redirect-uri", default=REDIRECT, show_default=True, help="As registered with the client.")
@click.option("--data-center", default="", metavar="DC", help="us, eu, in, au, jp, cn, ca, sa, uk or ae.")
def command(
    toolsets: tuple[str, ...],
    tools: tuple[str, ...],
    own: str,
    *,
    read_only: bool,
    client_id: str,
    redirect_uri: str,
    data_center: str,
) -> None:
    """The exact scopes that the chosen tools need, and nothing more.

    With --scopes it says of a list of your own what is broader than needed and what is missing; exit code 1 when
    something is missing.
    """
    from zcrm_tools import datacenters, scopes
    from zcrm_tools.actions import needs, registry
    from zcrm_tools.auth import consent

    settings = options.settings()
    accounts = settings.accounts_url or datacenters.data_center(data_center or settings.data_center or "us").accounts  # fmt: skip
    wanted = needs.minimal(registry.choose(toolsets, tools=tools, write=not read_only))
    absent = _judge(own, wanted) if own else ()
    width = max((len(str(s)) for s in wanted), default=0)
    for scope in wanted:
        click.echo(f"{scope!s:<{width}}  {scopes.explain(scope)}")
    click.echo("\nAs one line, for the API console:\n")
    click.echo(",".join(map(str, wanted)))
    if client := client_id or settings.client_id:
        address = consent.authorization_url(accounts, client, wanted, redirect_uri, state=consent.new_state())
        click.echo(f"\nThe consent page:\n\n{address}")
    if absent:
        sys.exit(1)


def _judge(own: str, wanted: tuple[Scope, ...]) -> tuple[Scope, ...]:
    """Say what is too much and what is too little; gives the latter."""
    from zcrm_tools import scopes

    try:
        have = scopes.parse(own)
    except ValueError as error:
        raise click.UsageError(f"--scopes: {error}.") from None
    for one, served in scopes.broader(have, wanted).items():
        words = f"{one} (to {scopes.explain(one)})"
        if served:
            click.echo(f"broader than needed: {words}; enough is {', '.join(map(str, served))}")
        else:
            click.echo(f"not needed:          {words}")
    absent = scopes.missing(have, [(one,) for one in wanted])
    for one in absent:
        click.echo(f"missing:             {one} (to {scopes.explain(one)})")
    if have == frozenset(wanted):
        click.echo("Exactly what these tools need.")
    click.echo("\nWhat these tools need:\n")
    return absent
