"""`zcrm changes`: the journal of what was written, and taking a change back."""

from __future__ import annotations

import asyncio
import getpass
import json
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from zcrm_tools import terminal
from zcrm_tools.cli import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zcrm_tools.safety.changes import FieldChange
    from zcrm_tools.safety.taking_back import Ahead
    from zcrm_tools.settings import Settings
    from zcrm_tools.state.chain import Entry, Sealed
    from zcrm_tools.state.state import ChangeRow, State

SHOWN = 10


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
                ("change", "when", "what", "record", "fields", "by", "state"),
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
    """Show one change: every field, old and new, and who asked for it, as their program calls itself."""
    from zcrm_tools.safety import journal

    row = _known(change, profile)
    if as_json:
        click.echo(json.dumps(_body(row), ensure_ascii=False, indent=2))
        return
    click.echo(f"{row.kind} {row.module} {row.record}  {_clean(row.name)}")
    click.echo(f"{row.at.astimezone():%Y-%m-%d %H:%M:%S}, by {row.action}, {_state(row)}; {row.plan}")
    agreed = f"; agreed to: {_clean(journal.agreed(row))}" if journal.agreed(row) else ""
    click.echo(f"asked for by {_clean(journal.by(row))}{agreed}")
    for one in _fields(row):
        click.echo(f"  {terminal.difference(one.field, _plain(one.old), _plain(one.new))}")


@command.command("undo")
@click.argument("change")
@click.option("--rest", is_flag=True, help="Leave what was changed since as it is, and take back the rest.")
@options.profile
def undo(change: str, *, rest: bool, profile: str) -> None:
    """Take back one CHANGE, or all that a plan or an import changed, by its id.

    What it comes to is shown first, and at a terminal asked for. Nothing is written where somebody has changed something
    since, unless --rest says that it may stay. Stopped, the same command goes on.
    """
    _known(change, profile)
    sys.exit(asyncio.run(_taken_back(change, options.settings(profile=profile), rest=rest)))


async def _taken_back(change: str, settings: Settings, *, rest: bool) -> int:
    from zcrm_tools.connection import open_client
    from zcrm_tools.errors import NotAllowed
    from zcrm_tools.safety import taking_back

    async with await open_client(settings, write=True) as crm:
        rows = taking_back.left(
            [row for row in _rows(crm.gate.state, change) if row.profile == crm.org.profile.identity]
        )
        ahead = await taking_back.ahead(crm.org, rows)
        if not ahead.counts:
            raise NotAllowed(*ahead.problems[:SHOWN])
        _tell(rows, ahead)
        if ahead.problems and not rest:
            click.echo(
                "Nothing was written. With --rest those stay as they are, and the rest is taken back.",
                err=True,
            )
            return 1
        by = ""
        if sys.stdin.isatty() and "terminal" in crm.gate.policy.approval:
            if not click.confirm("\nMay this be written?", default=False):
                click.echo("Nothing was written.")
                return 1
            by = f"{getpass.getuser()} (zcrm changes undo)"
        results = await taking_back.run(crm.gate, crm.org, rows, by=by, way="terminal", rest=rest)
    done = sum(result.status == "done" for result in results)
    click.echo(
        f"{done:,} of {len(results):,} written." if results else "The records already are as they were."
    )
    for result in [one for one in results if one.problem is not None][:SHOWN]:
        click.echo(f"{result.module} {_clean(result.name) or result.id}: {result.problem}", err=True)
    return 0 if done == len(results) else 1


def _tell(rows: Sequence[ChangeRow], ahead: Ahead) -> None:
    """What taking these back comes to: of a few every field, of many their number."""
    click.echo(f"To do: {', '.join(f'{kind} {n:,} {module}' for (kind, module), n in ahead.counts.items())}.")
    for row in rows if len(rows) <= SHOWN else ():
        click.echo(f"Back from {row.kind} {row.module} {_clean(row.name) or row.record}")
        for one in _fields(row):
            click.echo(f"  {terminal.difference(one.field, _plain(one.new), _plain(one.old))}")
    for problem in ahead.problems[:SHOWN]:
        click.echo(str(problem), err=True)
    if len(ahead.problems) > SHOWN:
        click.echo(f"… and {len(ahead.problems) - SHOWN:,} more.", err=True)


@command.command("verify")
@click.option(
    "--head", default="", metavar="SEAL", help="A seal noted earlier, which must still be in the log."
)
@click.option("--json", "as_json", is_flag=True)
def verify(head: str, *, as_json: bool) -> None:
    """Check the chain of the audit log: every decision about a write, of every profile. Exits 1 at the first bad row.

    Note the seal that it shows: given as --head later, it proves that no row was cut off since.
    """
    from zcrm_tools.state import chain

    with options.state() as state:
        verdict = chain.verify(_audited(state), head)
    if as_json:
        click.echo(json.dumps(asdict(verdict)))
    elif verdict.broken:
        click.echo(
            f"The audit log is broken at row {verdict.broken}: {verdict.why} {verdict.rows} rows before it are good."
        )
    else:
        click.echo(
            f"All {verdict.rows} rows of the audit log are as they were written. Seal: {verdict.head or 'none'}"
        )
    sys.exit(1 if verdict.broken else 0)


@command.command("audit")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--json", "as_json", is_flag=True)
def audit(limit: int, *, as_json: bool) -> None:
    """Show the last decisions about writes, oldest first: who asked for what, by which program, and what came of it."""
    with options.state() as state:
        rows = list(deque(_audited(state), limit))
    if as_json:
        for row in rows:
            click.echo(json.dumps(_clean(asdict(row)), ensure_ascii=False, default=str))
        return
    lines = [
        (row.number, f"{row.entry.at.astimezone():%Y-%m-%d %H:%M:%S}", *_decided(row.entry)) for row in rows
    ]
    columns = ("row", "when", "decision", "action", "outcome", "by", "records")
    click.echo(terminal.table(columns, lines, terminal.columns_of(sys.stdout, 160)))


@command.command("purge")
@click.option(
    "--older-than", required=True, metavar="DAYS", type=click.IntRange(0), help="As a number of days."
)
@options.profile
def purge(older_than: int, *, profile: str) -> None:
    """Forget old values, and the names of their records: what was done stays in the list, and can no longer be undone."""
    with options.journal(profile) as (state, who):
        count = state.purge(datetime.now(UTC) - timedelta(days=older_than), who.identity)
    click.echo(f"{count} change{'' if count == 1 else 's'} forgotten.")


def _audited(state: State) -> Iterator[Sealed]:
    last = 0
    while rows := state.audited(last):
        yield from rows
        last = rows[-1].number


def _decided(entry: Entry) -> tuple[str, ...]:
    by = " ".join(filter(None, (entry.principal, entry.client)))
    texts = (entry.decision, entry.action, entry.outcome, by, ", ".join(entry.records[:3]))
    return tuple(str(_clean(text)) for text in texts)


def _known(change: str, profile: str) -> ChangeRow:
    from zcrm_tools.errors import InvalidInput, Problem

    with options.journal(profile) as (state, who):
        row = next(iter(_rows(state, change)), None)
    if row is None or row.profile != who.identity:
        raise InvalidInput(
            Problem(
                "UNKNOWN_CHANGE",
                f"There is no change {change!r} as {who.name}.",
                next_step="`zcrm changes list` shows them.",
            )
        )
    return row


def _rows(state: State, change: str) -> list[ChangeRow]:
    one = state.change(change)
    return [one] if one is not None else state.changes_of(change)


def _line(row: ChangeRow) -> tuple[str, ...]:
    from zcrm_tools.safety import journal

    record = f"{row.module} {_clean(row.name) or row.record}"
    when = f"{row.at.astimezone():%Y-%m-%d %H:%M}"
    fields = ", ".join(one.field for one in _fields(row))
    return row.id, when, row.kind, record, fields, str(_clean(journal.by(row))), _state(row)


def _state(row: ChangeRow) -> str:
    if row.purged:
        return "forgotten"
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
    body: dict[str, Any] = _clean(asdict(row) | {"at": row.at.isoformat(timespec="seconds")})
    return body
