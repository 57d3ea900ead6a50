"""`zcrm changes`: the journal of what was written, and taking a change back."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from zcrm_tools import terminal
from zcrm_tools.cli import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zcrm_tools.safety.changes import FieldChange
    from zcrm_tools.state.state import ChangeRow


@click.group("changes")
def command() -> None:
    """What was written through the tools of this machine, newest first."""


@command.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1_000))
@click.option("--json", "as_json", is_flag=True)
@options.profile
def list_(limit: int, *, as_json: bool, profile: str) -> None:
    """List changes. Asks Zoho nothing."""
    with options.journal(profile) as (state, who):
        rows = state.changes(who.identity, limit)
        lost = state.unsettled(who.identity)
    if as_json:
        click.echo(json.dumps([_body(r) for r in rows], ensure_ascii=False, indent=2))
        return
    if not rows:
        click.echo(f"Nothing was written as {who.name}.")
    else:
        click.echo(
            terminal.table(
                ("change", "when", "what", "record", "fields", "state"),
                [_line(r) for r in rows],
                terminal.columns_of(sys.stdout, 160),
            )
        )
    for plan in lost:
        click.echo(f"The outcome of {plan.action} (plan {plan.id}) is unknown: look at the record.", err=True)


@command.command("show")
@click.argument("change")
@click.option("--json", "as_json", is_flag=True)
@options.profile
def show(change: str, *, as_json: bool, profile: str) -> None:
    """Show one change: every field, old and new."""
    row = _known(change, profile)
    if as_json:
        click.echo(json.dumps(_body(row), ensure_ascii=False, indent=2))
        return
    click.echo(f"{row.kind} {row.module} {row.record}  {_clean(row.name)}")
    click.echo(f"{row.at.astimezone():%Y-%m-%d %H:%M:%S}, by {row.action}, {_state(row)}")
    for one in _fields(row):
        click.echo(f"  {terminal.difference(one.field, _plain(one.old), _plain(one.new))}")


@command.command("undo")
@click.argument("change")
@options.profile
def undo(change: str, *, profile: str) -> None:
    """Reverse one change. Refused when somebody changed the same fields since."""
    from zcrm_tools.actions import render
    from zcrm_tools.connection import connect

    _known(change, profile)
    with connect(profile=profile, write=True) as crm:
        body = render.structured(crm.call("undo_change", {"change_id": change}))
    click.echo(" ".join(str(body[k]) for k in ("summary", "next_step") if body.get(k)))
    sys.exit(0 if body["status"] in ("applied", "unchanged") else 1)


def _known(change: str, profile: str) -> ChangeRow:
    from zcrm_tools.errors import InvalidInput, Problem

    with options.journal(profile) as (state, who):
        row = state.change(change)
    if row is None or row.profile != who.identity:
        raise InvalidInput(
            Problem(
                "UNKNOWN_CHANGE",
                f"There is no change {change!r} as {who.name}.",
                next_step="`zcrm changes list` shows them.",
            )
        )
    return row


def _line(row: ChangeRow) -> tuple[str, ...]:
    record = f"{row.module} {_clean(row.name) or row.record}"
    when = f"{row.at.astimezone():%Y-%m-%d %H:%M}"
    return row.id, when, row.kind, record, ", ".join(one.field for one in _fields(row)), _state(row)


def _state(row: ChangeRow) -> str:
    if row.undone_by:
        return "undone"
    return "outcome unknown" if row.outcome == "unknown" else "done"


def _fields(row: ChangeRow) -> Sequence[FieldChange]:
    from zcrm_tools.safety import changes

    return changes.was(row).fields


def _plain(value: Any) -> Any:
    from zcrm_tools.safety.show import plain

    return plain(_clean(value))


def _clean(value: Any) -> Any:
    from zcrm_tools.untrusted import clean_value

    return clean_value(value)


def _body(row: ChangeRow) -> dict[str, Any]:
    from dataclasses import asdict

    body: dict[str, Any] = _clean(asdict(row) | {"at": row.at.isoformat(timespec="seconds")})
    return body
