"""`zcrm tools`: what there is to call."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from zcrm_tools import terminal


@click.command("tools")
@click.option("--json", "as_json", is_flag=True, help="Everything, schemas included.")
def command(*, as_json: bool) -> None:
    """Every action, in the order in which a server offers them."""
    from zcrm_tools.actions import registry

    if as_json:
        click.echo(json.dumps([_whole(name) for name in registry.all_names()], ensure_ascii=False, indent=2))
        return
    for toolset, names in registry.CATALOGUE.items():
        click.echo(click.style(toolset, bold=True) if terminal.wants_colour(sys.stdout) else toolset)
        for name in names:
            card = registry.card(name)
            click.echo(f"  {name:<20}{card.effect:<8}{card.title}")
    click.echo(
        "\nA server offers core, the others by --toolsets or --tools; without --write those with effect `read` alone."
        "\nDetails: zcrm tools --json"
    )


def _whole(name: str) -> dict[str, Any]:
    from zcrm_tools.actions import needs, registry

    card = registry.card(name)
    return {
        "name": name,
        "title": card.title,
        "toolset": card.toolset,
        "effect": card.effect,
        "description": card.description,
        "scopes": [str(s) for s in needs.minimal([card])],
        "credits": {call.name: call.credits for call in card.calls},
        "input_schema": card.takes,
        "output_schema": card.gives,
    }
