"""Taking changes back: the inverse writes, field by field, unless somebody changed the same since.

| a change | is taken back by |
|---|---|
| create | deleting the record; it then lies in the recycle bin |
| update, of the owner too | the old values of the fields that still have the new ones |
| delete | restoring it from the recycle bin, with its values, notes, attachments, tags and links |
| restore | deleting it again |
| tags, link | the inverse, as far as nobody did it since |
| attach | deleting the attachment |

Rows of subforms and line items are brought back too, unless somebody changed the rows since; one that was deleted comes
back as a new row, with another id. What is not taken back: the links of multi-select lookups and lists of people stay as they
are, and are said to; a conversion, a merge, a mail, a transition of a blueprint, a deleted attachment and a call that nobody
knows are refused, each with what a person can do. After an undo these differ, although nothing else does:
Modified_Time, Modified_By, Last_Activity_Time and Change_Log_Time__s; what the org's own workflow rules did meanwhile;
tags that were made stay in the module's list; a note that was deleted by itself comes back when its record is deleted
and restored, as Zoho brings notes along; notes and files that others put on a record which is deleted again go
with it into the recycle bin.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from zcrm_tools.crm import reads
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.reconcile import same
from zcrm_tools.crm.writes import Create, Delete, Detach, Link, Restore, Tags, Update, Write
from zcrm_tools.errors import NOTHING_WRITTEN, ApiError, NotAllowed, Problem, ScopeMissing
from zcrm_tools.metadata.catalogue import Fields
from zcrm_tools.models.record import Record
from zcrm_tools.safety import changes, subforms
from zcrm_tools.safety.changes import DETAILS, LINKED, has_rows, touched
from zcrm_tools.safety.plan import Proposal
from zcrm_tools.state.state import ChangeRow

Forms: TypeAlias = Mapping[tuple[str, str], Fields]
"""The fields of a subform's rows, by the module and the field that holds them."""

BEYOND: Mapping[str, str] = {
    "convert": "A conversion cannot be taken back: delete the contact, account and deal that it made, and create the lead anew.",
    "merge": "A merge cannot be taken back: the merged records are gone. Create them anew from the before-image of this change.",
    "send": "A mail that was sent cannot be taken back: write another one.",
    "transition": "A transition cannot be taken back: take one that leads back, where the blueprint has one.",
    "detach": "A deleted attachment cannot be taken back: attach the file again.",
    "request": "What this call did is not known, so nothing takes it back: look at it in Zoho CRM.",
}
"""Why a kind of change cannot be undone, and what a person can do instead."""


@dataclass(frozen=True, slots=True)
class Inverse:
    """What takes one change back. `left` are fields that stay, because somebody changed them since: field → its value now."""

    write: Write
    left: Mapping[str, Any]


async def proposal(org: Org, rows: Sequence[ChangeRow]) -> Proposal:
    """What would undo these changes, the last one first. What somebody changed since stays, and is said.

    Raises NotAllowed for one change that cannot be taken back at all, or for several when none of them can.
    """
    now, forms = await _now(org, rows), await _forms(org, rows)
    writes: list[Write] = []
    undoes: list[str] = []
    problems: list[Problem] = []
    for row in reversed(rows):
        try:
            inverse = _inverse(row, now.get((row.module, row.record)), forms)
        except NotAllowed as refused:
            problems += refused.problems
            continue
        writes.append(inverse.write)
        undoes.append(row.id)
        if inverse.left:
            problems.append(_stays(row, inverse.left))
    if not writes:
        raise NotAllowed(*problems)
    return Proposal(tuple(writes), undoes=tuple(undoes), warnings=tuple(problems))


async def _now(org: Org, rows: Sequence[ChangeRow]) -> Mapping[tuple[str, str], Record]:
    """The records of creates and updates that still exist. Only one that is read by itself shows the rows of its subforms."""
    ids: dict[str, list[str]] = {}
    fields: dict[str, set[str]] = {}
    found: dict[tuple[str, str], Record] = {}
    for row in rows:
        if row.kind not in ("create", "update") or row.outcome == "unknown" or row.purged or row.undone_by:
            continue
        if any(has_rows(value) for value in (*row.after.values(), *row.before.values())):
            if (whole := await reads.get(org, row.module, row.record)) is not None:
                found[row.module, row.record] = whole
            continue
        ids.setdefault(row.module, []).append(row.record)
        fields.setdefault(row.module, set()).update(f for f in touched(changes.done(row)) if f[:1].isalpha())
    for module, some in ids.items():
        several = await reads.get_many(org, module, list(dict.fromkeys(some)), sorted(fields[module]))
        found = {(module, record.id): record for record in several.values()} | found
    return found


async def _forms(org: Org, rows: Sequence[ChangeRow]) -> Forms:
    """What is known of the subforms that updates set; nothing of those whose fields the sign-in may not read."""
    found: dict[tuple[str, str], Fields] = {}
    for row in rows:
        for name in row.after if row.kind == "update" else ():
            if (row.module, name) in found or not (
                has_rows(row.after[name]) or has_rows(row.before.get(name))
            ):
                continue
            with contextlib.suppress(ScopeMissing, ApiError):
                info = (await org.catalogue.fields(row.module)).get(name)
                if info is not None and info.subform_module:
                    found[row.module, name] = await org.catalogue.fields(info.subform_module)
    return found


def _inverse(row: ChangeRow, now: Record | None, forms: Forms) -> Inverse:
    _possible(row)
    match changes.done(row):
        case Create():
            return Inverse(Delete(row.module, row.record), _untouched(row, _there(row, now)))
        case Update() as write:
            return _back(row, write, _there(row, now), forms)
        case Delete():
            return Inverse(Restore(row.module, row.record), {})
        case Restore():
            return Inverse(Delete(row.module, row.record), {})
        case Tags(add=add, remove=remove):
            return Inverse(Tags(row.module, row.record, add=remove, remove=add), {})
        case Link() as link:
            return Inverse(_unlinked(row, link), {})
    attachment = str((row.after.get(DETAILS) or {}).get("attachment", ""))
    return Inverse(Detach(row.module, row.record, attachment), {})


def _possible(row: ChangeRow) -> None:
    if row.undone_by:
        raise _refused("ALREADY_UNDONE", f"Change {row.id} was already undone.", "Nothing needs doing.")
    if row.outcome == "unknown":
        raise _refused(
            "OUTCOME_UNKNOWN",
            f"Nobody knows whether change {row.id} reached Zoho.",
            f"Look at {row.module} {row.record or row.name!r} first.",
        )
    if row.purged:
        raise _refused(
            "PURGED",
            f"What {row.module} {row.record} was before change {row.id} is no longer kept.",
            "Set the fields by hand; Zoho's own timeline of the record may show the old values.",
        )
    if row.kind in BEYOND:
        raise _refused("CANNOT_UNDO", BEYOND[row.kind], "Nothing else can be done through these tools.")


def _there(row: ChangeRow, record: Record | None) -> Record:
    if record is None:
        raise _refused(
            "RECORD_GONE", f"{row.module} {row.record} no longer exists.", "There is nothing to undo."
        )
    return record


def _untouched(row: ChangeRow, record: Record) -> Mapping[str, Any]:
    """Nothing, when a record that was created is as it was. To delete somebody's work with it would not be an undo."""
    now = {f: record.get(f) for f, v in row.after.items() if f in record and not _made(record.get(f), v)}
    if now:
        raise _overtaken(row, now)
    return {}


def _made(now: Any, sent: Any) -> bool:
    """Whether a field of a new record is as it was made. Rows have more in them than was sent."""
    return subforms.as_written(sent, now or []) if has_rows(sent) and has_rows(now) else _same(now, sent)


def _back(row: ChangeRow, write: Update, record: Record, forms: Forms) -> Inverse:
    """Each field that still has the value it was given, or that Zoho set with it, gets its old one."""
    with_rows = {
        f for f, v in write.values.items() if any(map(has_rows, (v, record.get(f), row.before.get(f))))
    }
    plain = {f: v for f, v in write.values.items() if f not in with_rows}
    now = {f: record.get(f) for f, v in plain.items() if f in record and not _same(record.get(f), v)}
    now = {f: v for f, v in now.items() if not _same(v, row.before.get(f))}
    rows: dict[str, Any] = {}
    for f in sorted(with_rows):
        back = _rows_back(row, f, record, forms)
        if back is None:
            now[f] = record.get(f)
        elif back:
            rows[f] = back
    followed = touched(Update(row.module, row.record, {f: v for f, v in plain.items() if f not in now}))
    old = {f: row.before.get(f) for f in sorted(followed) if not _same(record.get(f), row.before.get(f))}
    values = {f: subforms.writable(v) for f, v in old.items()} | rows
    if not values and now:
        raise _overtaken(row, now)
    return Inverse(Update(row.module, row.record, values), now)


def _rows_back(row: ChangeRow, name: str, record: Record, forms: Forms) -> list[Mapping[str, Any]] | None:
    """None for rows of what is no subform, such as the links of a multi-select lookup, and for those that were changed since."""
    fields = forms.get((row.module, name))
    if fields is None or name not in record:
        return None
    return subforms.back(row.before.get(name) or [], row.after[name] or [], record[name] or [], fields)


def _unlinked(row: ChangeRow, link: Link) -> Link:
    """What was not linked is unlinked again; what was gets back what the list kept of it."""
    was = bool(row.before.get(LINKED))
    kept = {name: row.before[name] for name in ("Member_Status",) if was and row.before.get(name)}
    return Link(row.module, row.record, link.related_list, link.to, remove=not was, values=kept)


def _same(one: Any, other: Any) -> bool:
    """Values of a list, such as a multi-select, have no order."""
    if isinstance(one, list) and isinstance(other, list) and all(isinstance(v, str) for v in (*one, *other)):
        return sorted(one) == sorted(other)
    return same(one, other)


def _overtaken(row: ChangeRow, now: Mapping[str, Any]) -> NotAllowed:
    return _refused(
        "CHANGED_SINCE",
        f"{', '.join(now)} of {row.module} {row.record} changed again after change {row.id}.",
        "Look at the record, and set the fields by update_records if the old values are still wanted.",
    )


def _stays(row: ChangeRow, now: Mapping[str, Any]) -> Problem:
    return Problem(
        "CHANGED_SINCE",
        f"{', '.join(now)} of {row.module} {row.record} changed again after change {row.id}, or has parts that are not brought back, and stays as it is now.",
        next_step="Set it by update_records if the old value is still wanted.",
    )


def _refused(code: str, message: str, next_step: str) -> NotAllowed:
    return NotAllowed(Problem(code, message, NOTHING_WRITTEN, next_step))
