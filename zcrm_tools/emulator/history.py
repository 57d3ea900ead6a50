"""The history of records: who changed what, when and through what. `rules` writes it, the timeline reads it.

A line belongs to the record it is about and to the records that one hangs on, so that the timeline of a deal shows
the notes and tasks of the deal. Values are kept as the words a person would read, since what they name may be gone
by the time somebody asks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zcrm_tools.emulator.schema import ORG_PREFIX, USERS, FieldDef, ModuleDef
from zcrm_tools.emulator.store import Store, epoch, module_column, quoted

if TYPE_CHECKING:
    from zcrm_tools.emulator.replies import Json
    from zcrm_tools.emulator.rules import Writer

BLANK = "blank"
"""Zoho's word for an empty value in a timeline."""
FIRST_ID = ORG_PREFIX + 900_000_000_000
_QUIET = frozenset(
    "id Created_By Created_Time Modified_By Modified_Time Last_Activity_Time Full_Name Layout Record_Image".split()
)
"""Fields whose changes say nothing that the line itself does not."""
_TABLES = (
    """CREATE TABLE IF NOT EXISTS _history (
        id INTEGER PRIMARY KEY, module TEXT NOT NULL, record INTEGER NOT NULL, name TEXT, related TEXT,
        action TEXT NOT NULL, source TEXT NOT NULL, by INTEGER NOT NULL, at INTEGER NOT NULL, changes TEXT)""",
    """CREATE TABLE IF NOT EXISTS _history_of (
        module TEXT NOT NULL, record INTEGER NOT NULL, line INTEGER NOT NULL,
        PRIMARY KEY (module, record, line)) WITHOUT ROWID""",
)


@dataclass(frozen=True, slots=True)
class Change:
    """One field's old and new value in words."""

    api_name: str
    old: str
    new: str


def ensure(store: Store) -> None:
    for sql in _TABLES:
        store.execute(sql)


def added(writer: Writer, module: ModuleDef, row: Mapping[str, Any]) -> None:
    _write(writer, module, row, "added")


def removed(writer: Writer, module: ModuleDef, row: Mapping[str, Any]) -> None:
    _write(writer, module, row, "deleted")


def updated(writer: Writer, module: ModuleDef, before: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """One line for the fields that really changed, and lines of their own for tags put on and taken off."""
    found = [
        Change(
            name, in_words(writer.store, field, before, name), in_words(writer.store, field, changes, name)
        )
        for name, field in module.fields.items()
        if name in changes and name not in _QUIET and name != "Tag" and changes[name] != before.get(name)
    ]
    after = {**before, **changes}
    if found:
        _write(writer, module, after, "updated", found)
    if "Tag" in changes and changes["Tag"] != before.get("Tag"):
        tagged(writer, module, before, changes)


def tagged(writer: Writer, module: ModuleDef, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    old, new = _tag_names(before.get("Tag")), _tag_names(after.get("Tag"))
    row = {**before, **after}
    for action, names in (
        ("tag_added", [n for n in new if n not in old]),
        ("tag_removed", [n for n in old if n not in new]),
    ):
        if names:
            words = ", ".join(names)
            change = Change("Tag", BLANK, words) if action == "tag_added" else Change("Tag", words, BLANK)
            _write(writer, module, row, action, [change])


def event(
    writer: Writer, kind: str, subject: int, name: str | None, action: str, of: tuple[str, int]
) -> None:
    """A line about something that is no record of a module, such as an attachment, shown on the record `of`."""
    parent = writer.store.modules[of[0]]
    _insert(writer, (kind, subject, name), action, (), [of], _reference(writer.store, parent, of[1]))


def forget(store: Store, module: str, record_id: int) -> None:
    """Drop the timeline of a record that is gone for good."""
    ensure(store)
    store.execute("DELETE FROM _history_of WHERE module = ? AND record = ?", (module, record_id))


def _write(
    writer: Writer,
    module: ModuleDef,
    row: Mapping[str, Any],
    action: str,
    changes: Sequence[Change] = (),
) -> None:
    parents = _parents(module, row)
    related = None
    if parents:
        parent, parent_id = parents[0]
        related = _reference(writer.store, writer.store.modules[parent], parent_id)
    subject = (module.api_name, int(row["id"]), row.get(module.display_field))
    _insert(writer, subject, action, changes, [(module.api_name, int(row["id"])), *parents], related)


def _insert(
    writer: Writer,
    subject: tuple[str, int, str | None],
    action: str,
    changes: Sequence[Change],
    of: Sequence[tuple[str, int]],
    related: Json | None,
) -> None:
    store = writer.store
    ensure(store)
    ((line,),) = store.fetch(
        "INSERT INTO _history (module, record, name, related, action, source, by, at, changes)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            *subject,
            related and json.dumps(related),
            action,
            writer.source,
            writer.user_id,
            epoch(store.clock.now()),
            json.dumps([[c.api_name, c.old, c.new] for c in changes]) if changes else None,
        ),
    )
    for module, record_id in of:
        store.execute("INSERT OR IGNORE INTO _history_of VALUES (?, ?, ?)", (module, record_id, line))


def _parents(module: ModuleDef, row: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The records that a note or an activity hangs on."""
    found = []
    for name in ("Parent_Id", "What_Id", "Who_Id"):
        field = module.fields.get(name)
        if field is None or row.get(name) is None:
            continue
        kind = row.get(module_column(name)) if field.kind == "any_lookup" else field.lookup_module
        if kind:
            found.append((kind, int(row[name])))
    return found


def _reference(store: Store, module: ModuleDef, record_id: int) -> Json:
    return {
        "module": {"api_name": module.api_name, "id": str(module.id)},
        "name": _name(store, module.api_name, record_id),
        "id": str(record_id),
    }


def _name(store: Store, module: str, record_id: int) -> str | None:
    target = store.modules[module]
    sql = f"SELECT {quoted(target.display_field)} FROM {quoted(module)} WHERE id = ?"  # noqa: S608 - schema names
    found = store.fetch(sql, (record_id,))
    return None if not found else found[0][0]


def _tag_names(text: str | None) -> list[str]:
    return [tag["name"] for tag in json.loads(text or "[]")]


def in_words(store: Store, field: FieldDef, row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None or value == "":
        return BLANK
    match field.kind:
        case "boolean":
            return "true" if value else "false"
        case "datetime":
            return datetime.fromtimestamp(value, UTC).isoformat()
        case "user":
            return _name(store, USERS, value) or str(value)
        case "lookup" if field.lookup_module in store.modules:
            return _name(store, field.lookup_module, value) or str(value)
        case "any_lookup":
            kind = row.get(module_column(name))
            return (kind and _name(store, kind, value)) or str(value)
        case _:
            return str(value)
