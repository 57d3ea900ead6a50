"""The journal: what was written through this connection."""

from __future__ import annotations

import contextlib
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from zcrm_tools.actions.action import Action, Call, Input, Output
from zcrm_tools.actions.written import Changed
from zcrm_tools.crm import times
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem, ZcrmError
from zcrm_tools.safety import changes, journal
from zcrm_tools.safety.show import plain
from zcrm_tools.state.state import ChangeRow


class ListChanges(Input):
    """What was written through this connection, newest first: record, fields old → new, and whether it was undone. Changes made elsewhere are not listed."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str, Field(description="From an earlier result")] = ""


class Change(Output):
    change_id: str
    at: str
    action: str
    kind: str
    module: str
    id: str = ""
    name: str = ""
    outcome: str = ""
    by: str = ""
    approved_by: str = ""
    undone: bool = False
    changes: list[Changed] = []

    def _repr_html_(self) -> str:
        from zcrm_tools.screens import page

        return page.differences(self._heading, self.change_id, self._differences(self.name or self.id))

    @property
    def _heading(self) -> str:
        undone = " (undone)" if self.undone else ""
        return f"{self.at[:16].replace('T', ' ')} {self.kind} {self.module} {self.name or self.id}{undone}"

    def _differences(self, record: str) -> list[tuple[str, str, Any, Any]]:
        """At least one: a record whose values were purged is listed all the same."""
        fields = self.changes or [Changed(field="")]
        return [(record, one.field, one.old, one.new) for one in fields]


class Journal(Output):
    count: int
    changes: list[Change] = []
    cursor: str = ""
    outcome_unknown: list[dict[str, Any]] = []
    note: str = ""

    def _repr_html_(self) -> str:
        from zcrm_tools.screens import page

        rows = [row for one in self.changes for row in one._differences(one._heading)]  # noqa: SLF001 — one page of both
        lost = [
            f"Nobody knows whether {p['plan_id']} ({p['action']}) was written." for p in self.outcome_unknown
        ]
        return page.differences("What was written, newest first", self.note, rows, lost)


async def do(call: Call, given: ListChanges) -> Journal:
    state, profile = call.gate.state, call.org.profile.identity
    with contextlib.suppress(ZcrmError):  # the journal is shown as it is when Zoho cannot be asked
        await call.gate.reconcile_all()
    if given.cursor and state.change(given.cursor) is None:
        raise InvalidInput(
            Problem("BAD_CURSOR", f"{given.cursor!r} is not a cursor.", NOTHING_SENT, field="cursor")
        )
    rows = state.changes(profile, given.limit + 1, given.cursor)
    zone = await times.zone(call.org)
    shown = rows[: given.limit]
    lost = state.unsettled(profile)
    return Journal(
        count=len(shown),
        changes=[_change(row, zone) for row in shown],
        cursor=shown[-1].id if len(rows) > given.limit else "",
        outcome_unknown=[
            {
                "plan_id": p.id,
                "action": p.action,
                "at": times.local(p.created_at.isoformat(timespec="seconds"), zone),
            }
            for p in lost
        ],
        note="outcome_unknown plans are being applied now, or their process died while it was."
        if lost
        else "",
    )


def _change(row: ChangeRow, zone: ZoneInfo | None) -> Change:
    return Change(
        change_id=row.id,
        at=times.local(row.at.isoformat(timespec="seconds"), zone),
        action=row.action,
        kind=row.kind,
        module=row.module,
        id=row.record,
        name=row.name,
        outcome=row.outcome,
        by=journal.by(row),
        approved_by=journal.agreed(row),
        undone=bool(row.undone_by),
        changes=[Changed(field=f.field, old=plain(f.old), new=plain(f.new)) for f in changes.was(row).fields],
    )


list_changes = Action("list_changes", "List what was changed", "read", ListChanges, Journal, do)
