"""`zcrm approve`: a person looks at a waiting plan and agrees, or does not.

It asks on a terminal and takes no argument that answers for the person. A model with a shell can make itself a terminal,
though: an operator whose assistants have one takes no approvals from here (`approval` in the policy file).
"""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from zcrm_tools.cli import options

if TYPE_CHECKING:
    from zcrm_tools.state.state import PlanRow


@click.command("approve")
@click.argument("plan", required=False, default="")
@options.profile
def command(plan: str, *, profile: str) -> None:
    """Show what a waiting PLAN would write, and ask whether it may. Without PLAN, list those that wait."""
    from zcrm_tools.errors import NotAllowed, PlanUnusable, Problem
    from zcrm_tools.safety import policy_file
    from zcrm_tools.safety.journal import Journal

    with options.journal(profile) as (state, who):
        waiting = state.waiting(who.identity, datetime.now(UTC))
        if not plan:
            _list(waiting, who.name)
            return
        found = next((row for row in waiting if row.id == plan), None)
        if found is None:
            raise PlanUnusable(
                Problem(
                    "UNKNOWN_PLAN",
                    f"No plan {plan!r} is waiting as {who.name}.",
                    "Nothing was approved.",
                    "A plan waits ten minutes; ask for a new one.",
                )
            )
        for line in preview(found):
            click.echo(line)
        policy_file.of(options.settings(profile=profile), who.name).takes("terminal")
        if not sys.stdin.isatty():
            raise NotAllowed(
                Problem(
                    "NO_PERSON",
                    "Only a person at a terminal can approve.",
                    "Nothing was approved.",
                    fix_by="person",
                )
            )
        journal = Journal(state, who.identity, lambda: datetime.now(UTC))
        if not click.confirm("\nMay this be written?", default=False):
            journal.drop(found, "a person said no (zcrm approve)")
            click.echo("Not approved. The plan was dropped, and nothing was written.")
            sys.exit(1)
        if not journal.approve(found, f"{getpass.getuser()} (zcrm approve)"):
            raise PlanUnusable(
                Problem(
                    "PLAN_EXPIRED",
                    f"Plan {plan} expired meanwhile.",
                    "Nothing was approved.",
                    "Ask for a new one.",
                )
            )
    click.echo("Approved. The assistant may now repeat its call with this plan_id.")


def preview(row: PlanRow) -> list[str]:
    """What a plan would write, line by line."""
    from zcrm_tools.safety import show
    from zcrm_tools.safety.plan import Plan

    minutes = max(0, round((row.expires_at - datetime.now(UTC)).total_seconds() / 60))
    plan = Plan.of(row.id, row.action, row.body, row.expires_at)
    return [f"Plan {row.id} waits {minutes} more minute(s).", show.as_text(plan)]


def _list(waiting: list[PlanRow], name: str) -> None:
    if not waiting:
        click.echo(f"No plan is waiting as {name}.")
        return
    for row in waiting:
        click.echo("\n".join(preview(row)))
        click.echo(f"\n  zcrm approve {row.id}\n")
