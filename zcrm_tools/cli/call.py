"""`zcrm call`: any action from the shell, with the arguments and the answer as JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from zcrm_tools.cli import options


@click.command("call")
@click.argument("action")
@click.option("--json", "text", default="{}", metavar="JSON", help="The arguments; - reads them from stdin.")
@click.option("--write", is_flag=True, help="Allow it to write.")
@options.connection
def command(action: str, text: str, *, write: bool, demo: bool, profile: str) -> None:
    """Run one ACTION and print its answer as JSON. `zcrm tools` lists the actions.

    With --demo a fresh demo org is made for this one call and forgotten after it.
    """
    from zcrm_tools.actions import registry, render
    from zcrm_tools.connection import connect

    chosen = registry.action(action)
    given = arguments(sys.stdin.read() if text == "-" else text)
    chosen.accept(given)
    with connect(demo=demo, profile=profile, write=write) as crm:
        body = render.structured(crm.call(action, given))
    click.echo(json.dumps(body, ensure_ascii=False, indent=2))


def arguments(text: str) -> dict[str, Any]:
    """Raises click.UsageError when the text is not a JSON object."""
    try:
        given = json.loads(text)
    except json.JSONDecodeError as wrong:
        raise click.UsageError(
            f"--json is not JSON: {wrong}. An example: --json '{{\"limit\": 5}}'"
        ) from None
    if not isinstance(given, dict):
        raise click.UsageError("--json must be a JSON object: argument names and their values.")
    return given
