"""The recycle bin: what deletion kept of a record, for 60 days, and its way back.

After that, or when it is deleted from the bin, only that it was there is remembered, until 120 days after deletion.
https://www.zoho.com/crm/developer/docs/api/v8/get-recycle-bin.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from zcrm_tools.emulator import blobs, deal_contacts, history, locks, relations, transitions
from zcrm_tools.emulator.replies import Refusal
from zcrm_tools.emulator.rules import find
from zcrm_tools.emulator.schema import USERS, FieldDef, ModuleDef
from zcrm_tools.emulator.store import Store, epoch, module_column, quoted

RECYCLED_FOR: Final = timedelta(days=60)
REMEMBERED_FOR: Final = timedelta(days=120)
Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Deleted:
    """One record in the bin, with the raw row it was."""

    id: int
    module: str
    name: str | None
    row: Raw
    deleted_by: int | None
    deleted_time: int

    @property
    def owner(self) -> int | None:
        return self.row.get("Owner")


def sweep(store: Store) -> None:
    """Let go of what is too old by the clock. Call it before anything looks into the bin."""
    now = store.clock.now()
    sql = "SELECT id, module FROM _deleted WHERE kind = 'recycle' AND deleted_time <= ?"
    for record_id, module in store.fetch(sql, (epoch(now - RECYCLED_FOR),)):
        _let_go(store, module, record_id)
    store.execute("DELETE FROM _deleted WHERE deleted_time <= ?", (epoch(now - REMEMBERED_FOR),))


def _let_go(store: Store, module: str, record_id: int) -> None:
    store.execute(
        "UPDATE _deleted SET kind = 'permanent', display_name = NULL, row = '{}', links = '{}', parts = '{}',"
        " created_by = NULL, deleted_by = NULL WHERE id = ?",
        (record_id,),
    )
    blobs.forget(store, module, record_id)
    history.forget(store, module, record_id)
    locks.forget(store, record_id)
    relations.forget(store, record_id)
    deal_contacts.forget(store, record_id)
    transitions.forget_saved(store, record_id)


def get(store: Store, record_id: int | None) -> Deleted | None:
    found = everything(store, "id = ?", (record_id,))
    return found[0] if found else None


def everything(store: Store, where: str = "1", values: tuple[object, ...] = ()) -> list[Deleted]:
    """The records in the bin under a condition over the columns of `_deleted`, last deleted first."""
    rows = store.fetch(
        "SELECT id, module, display_name, row, deleted_by, deleted_time FROM _deleted"  # noqa: S608 - own conditions
        f" WHERE kind = 'recycle' AND ({where}) ORDER BY deleted_time DESC, id DESC",
        values,
    )
    return [
        Deleted(record_id, module, name, json.loads(row), by, at)
        for record_id, module, name, row, by, at in rows
    ]


def count(store: Store) -> int:
    return int(store.fetch("SELECT count(*) FROM _deleted WHERE kind = 'recycle'")[0][0])


def children(store: Store, record: Deleted) -> list[int]:
    """The notes in the bin that were on a record. Its attachments never left it."""
    found = everything(
        store,
        "module = 'Notes' AND row ->> '$.Parent_Id' = ? AND row ->> '$.Parent_Id__module' = ?",
        (record.id, record.module),
    )
    return [note.id for note in reversed(found)]


def purge(store: Store, record: Deleted) -> None:
    """Delete a record and its notes for good."""
    for note in children(store, record):
        _let_go(store, "Notes", note)
    _let_go(store, record.module, record.id)


# ---- the way back


def restore(store: Store, record: Deleted) -> None:
    """Bring a record back with its id, values, rows, notes and the links that its deletion had emptied.

    Links of its own to what has been deleted meanwhile are empty; they come back with what they point at.
    """
    module = store.modules.get(record.module)
    details = {"id": str(record.id)}
    if module is None:
        raise Refusal("INVALID_DATA", "the id given seems to be invalid", details)
    _refuse_orphan(store, record, module)
    for field in module.fields.values():
        value = record.row.get(field.api_name)
        if field.unique and value is not None and find(store, module, field.api_name, value) is not None:
            raise Refusal("DUPLICATE_DATA", "duplicate data", {"api_name": field.api_name, **details})
    notes = children(store, record)
    ((links, parts),) = store.fetch("SELECT links, parts FROM _deleted WHERE id = ?", (record.id,))
    _put_back(store, module, record.row)
    store.execute("DELETE FROM _deleted WHERE id = ?", (record.id,))
    for name, rows in json.loads(parts).items():
        for row in rows:
            if name in store.modules and not store.exists(name, row["id"]):
                _put_back(store, store.modules[name], row)
    for name, ids in json.loads(links).items():
        _mend(store, record, name, ids)
    for note in notes:
        found = get(store, note)
        if found is not None:
            restore(store, found)


def _refuse_orphan(store: Store, record: Deleted, module: ModuleDef) -> None:
    parent = record.row.get("Parent_Id")
    kind = record.row.get(module_column("Parent_Id"))
    if module.api_name == "Notes" and not (kind in store.modules and store.exists(kind, parent or 0)):
        message = "The record cannot be restored without its parent record"
        raise Refusal("CANNOT_RESTORE_WITHOUT_PARENT", message, {"id": str(record.id)})


def _put_back(store: Store, module: ModuleDef, row: Raw) -> None:
    """Insert a raw row, as far as its module still has the columns and its links still have their ends."""
    names = {"id"}
    for field in module.fields.values():
        if field.stored:
            names.add(field.api_name)
            names |= {module_column(field.api_name)} if field.kind == "any_lookup" else set()
    kept = {name: value for name, value in row.items() if name in names or name == "$line_tax"}
    for field, target in _targets(module, kept):
        if not store.exists(target, kept[field.api_name]):
            _remember(store, target, kept[field.api_name], module, field, kept["id"])
            kept[field.api_name] = None
            if field.kind == "any_lookup":
                kept[module_column(field.api_name)] = None
    store.insert(module.api_name, kept)


def _targets(module: ModuleDef, row: Raw) -> Iterator[tuple[FieldDef, str]]:
    """The lookups of a row that hold something, and the module each points into."""
    for field in module.fields.values():
        if row.get(field.api_name) is None:
            continue
        if field.kind == "any_lookup":
            yield field, row[module_column(field.api_name)]
        elif field.kind == "lookup" and field.data_type != "layout" and field.lookup_module != USERS:
            yield field, field.lookup_module


def _remember(
    store: Store, target: str, target_id: int, module: ModuleDef, field: FieldDef, record_id: int
) -> None:
    """Note a link whose other end is still in the bin, so that it is mended when that comes back."""
    found = store.fetch(
        "SELECT links FROM _deleted WHERE id = ? AND module = ? AND kind = 'recycle'", (target_id, target)
    )
    if not found:
        return
    links = json.loads(found[0][0])
    ids = links.setdefault(f"{module.api_name}.{field.api_name}", [])
    if record_id not in ids:
        ids.append(record_id)
    store.execute("UPDATE _deleted SET links = ? WHERE id = ?", (json.dumps(links), target_id))


def _mend(store: Store, record: Deleted, name: str, ids: list[int]) -> None:
    """Point the lookups that were emptied at the record again, unless they were given something else since."""
    module = store.modules.get(name.partition(".")[0])
    field = None if module is None else module.fields.get(name.partition(".")[2])
    if module is None or field is None:
        return
    column = quoted(field.api_name)
    sets: Raw = {field.api_name: record.id}
    if field.kind == "any_lookup":
        sets[module_column(field.api_name)] = record.module
    for row_id in ids:
        where = f"FROM {quoted(module.api_name)} WHERE id = ? AND {column} IS NULL"
        if store.fetch(f"SELECT 1 {where}", (row_id,)):
            store.update(module.api_name, row_id, sets)
        elif not store.exists(module.api_name, row_id):
            _mend_in_bin(store, row_id, sets, field.api_name)


def _mend_in_bin(store: Store, row_id: int, sets: Raw, name: str) -> None:
    """The same for a record that was deleted after it lost the link: it comes back with it."""
    found = get(store, row_id)
    if found is not None and found.row.get(name) is None:
        row = json.dumps({**found.row, **sets}, ensure_ascii=False)
        store.execute("UPDATE _deleted SET row = ? WHERE id = ?", (row, row_id))
