"""Rows of a subform as an update left them, and the rows to write that bring back what was there.

An update of v8 adds rows: those with an id are changed, those with `_delete` go, those it does not mention stay, and an empty
list takes all (https://www.zoho.com/crm/developer/docs/api/v8/update-subforms.html). A row that is brought back has another id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zcrm_tools.crm.reconcile import same
from zcrm_tools.metadata.catalogue import Fields

Row = Mapping[str, Any]
_OWN = frozenset({"id", "_delete"})
_STAMPS = frozenset({"Modified_Time", "Created_Time", "Parent_Id"})


def as_written(sent: Sequence[Row], now: Sequence[Row], before: Sequence[Row] = ()) -> bool:
    """Whether the rows are still what the write made of those before it."""
    return _added(sent, now, before) is not None


def back(before: Sequence[Row], sent: Sequence[Row], now: Sequence[Row], fields: Fields) -> list[Row] | None:
    """What to write to have the rows before again; None when somebody changed them since. `fields` are those of the rows."""
    added = _added(sent, now, before)
    if added is None:
        return None
    here = {row["id"]: row for row in now}
    told = {row["id"]: row for row in sent if "id" in row}
    rows: list[Row] = [{"id": row["id"], "_delete": None} for row in added]
    for old in before:
        if old["id"] not in here:
            rows.append(
                {name: writable(value) for name, value in old.items() if _can_be_set(name, value, fields)}
            )
            continue
        changed = [name for name in told.get(old["id"], {}) if name not in _OWN]
        values = {
            name: writable(old.get(name))
            for name in changed
            if not same(old.get(name), here[old["id"]].get(name))
        }
        if values:
            rows.append({"id": old["id"], **values})
    return rows


def _added(sent: Sequence[Row], now: Sequence[Row], before: Sequence[Row]) -> list[Row] | None:
    """The rows that the write made; None unless all others, too, are as it left them."""
    if not all("id" in row for row in (*now, *before)):
        return None
    here, old = ({row["id"]: row for row in some} for some in (now, before))
    told = {row["id"]: row for row in sent if "id" in row}
    gone = {key for key, row in told.items() if "_delete" in row} if sent else set(old)
    added = [row for key, row in here.items() if key not in old]
    kept = old.keys() - gone
    if here.keys() & old.keys() != kept:
        return None
    if not all(_is(here[key], told[key]) if key in told else _still(here[key], old[key]) for key in kept):
        return None
    wanted = [row for row in sent if "id" not in row]
    return added if len(added) == len(wanted) and _paired(wanted, added) else None


def _paired(wanted: Sequence[Row], rows: Sequence[Row]) -> bool:
    """Whether each of the rows sent is one of those made."""
    free = list(rows)
    for one in wanted:
        match = next((row for row in free if _is(row, one)), None)
        if match is None:
            return False
        free.remove(match)
    return True


def _is(row: Row, sent: Row) -> bool:
    return all(same(row.get(name), value) for name, value in sent.items() if name not in _OWN and name in row)


def _still(row: Row, old: Row) -> bool:
    return all(
        same(row.get(name), value)
        for name, value in old.items()
        if name not in _STAMPS and not name.startswith("$")
    )


def _can_be_set(name: str, value: Any, fields: Fields) -> bool:
    info = fields.get(name)
    return (
        info is not None
        and info.operations.api_create
        and name not in _STAMPS
        and value not in (None, "", [])
    )


def writable(value: Any) -> Any:
    """A lookup read back as `{"name", "id"}` is written as `{"id"}`."""
    return {"id": value["id"]} if isinstance(value, Mapping) and "id" in value else value
