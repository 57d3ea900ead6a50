"""Undoing a change: the inverse writes, unless somebody changed the same fields since.

An update is undone field by field, a create by deleting the record. A deleted record comes back from Zoho's recycle
bin, which is not in this version: that is refused in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zcrm_tools.crm import reads
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.reconcile import same
from zcrm_tools.crm.writes import Delete, Update, Write
from zcrm_tools.errors import NOTHING_WRITTEN, NotAllowed, Problem
from zcrm_tools.models.record import Record
from zcrm_tools.safety.changes import touched
from zcrm_tools.safety.plan import Proposal
from zcrm_tools.state.state import ChangeRow


async def proposal(org: Org, change: ChangeRow) -> Proposal:
    """What would undo one change. Raises NotAllowed when it cannot be undone without losing somebody's work."""
    if change.undone_by:
        raise _refused("ALREADY_UNDONE", f"Change {change.id} was already undone.", "Nothing needs doing.")
    if change.outcome == "unknown":
        raise _refused(
            "OUTCOME_UNKNOWN",
            f"Nobody knows whether change {change.id} reached Zoho.",
            f"Look at {change.module} {change.record or change.name!r} first.",
        )
    if change.kind == "delete":
        raise _refused(
            "CANNOT_UNDO_DELETE",
            f"{change.module} {change.record} was deleted, and this version does not restore.",
            "Restore it in Zoho CRM: Setup → Data Administration → Recycle Bin, within 60 days.",
        )
    if change.kind not in ("create", "update"):
        raise _refused(
            "CANNOT_UNDO",
            f"This version does not undo a change of the kind {change.kind!r}.",
            "Reverse it in Zoho CRM.",
        )
    record = await reads.get(org, change.module, change.record)
    if record is None:
        raise _refused(
            "RECORD_GONE", f"{change.module} {change.record} no longer exists.", "There is nothing to undo."
        )
    overtaken = {
        f: record.get(f) for f, v in change.after.items() if f in record and not same(record.get(f), v)
    }
    if overtaken:
        raise _refused(
            "CHANGED_SINCE",
            f"{_names(overtaken)} of {change.module} {change.record} changed again after this change.",
            "Look at the record, and set the fields by update_records if the old values are still wanted.",
        )
    return Proposal((_inverse(change, record),), undoes=(change.id,))


def _inverse(change: ChangeRow, record: Record) -> Write:
    if change.kind == "create":
        return Delete(change.module, change.record)
    fields = touched(Update(change.module, change.record, change.after))
    differing = {
        f: change.before.get(f) for f in sorted(fields) if not same(record.get(f), change.before.get(f))
    }
    return Update(change.module, change.record, {f: _writable(v) for f, v in differing.items()})


def _writable(value: Any) -> Any:
    """A lookup read back as `{"name", "id"}` is written as `{"id"}`."""
    return {"id": value["id"]} if isinstance(value, Mapping) and "id" in value else value


def _names(fields: Mapping[str, Any]) -> str:
    return ", ".join(fields)


def _refused(code: str, message: str, next_step: str) -> NotAllowed:
    return NotAllowed(Problem(code, message, NOTHING_WRITTEN, next_step))
