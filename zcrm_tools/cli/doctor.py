"""`zcrm doctor`: what is wrong with a connection, and the one fix."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict

import click

from zcrm_tools.cli import options

_MARKS = {"ok": "✓", "bad": "✗", "warning": "!", "skipped": "–"}


@click.command("doctor")
@options.profile
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def command(context: click.Context, profile: str, *, as_json: bool) -> None:
    """Look at profile, secrets, token, API, clock and scopes, in this order. Exit code 1 when something is wrong.

    It asks for one access token at most and makes one call that reads.
    """
    from zcrm_tools import doctor

    found = asyncio.run(doctor.examine(options.settings(profile=profile)))
    if as_json:
        click.echo(json.dumps([asdict(f) for f in found], ensure_ascii=False, indent=2))
    else:
        for finding in found:
            click.echo(f"{_MARKS[finding.health]} {finding.check:<8} {finding.said}")
            if finding.fix:
                click.echo(f"             → {finding.fix}")
    context.exit(1 if any(doctor.unhealthy(found)) else 0)
