"""Locks on records: while one is there, nobody updates or deletes the record through the API.

https://www.zoho.com/crm/developer/docs/api/v8/lock-records.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.emulator.replies import Refusal
from zcrm_tools.emulator.schema import ORG_PREFIX, USERS, FieldDef, Kind, ModuleDef
from zcrm_tools.emulator.store import epoch

if TYPE_CHECKING:
    from zcrm_tools.emulator.store import Store

_FIELDS: tuple[tuple[str, str, str, Kind], ...] = (
    ("id", "bigint", "string", "integer"),
    ("Locked_For__s", "multi_module_lookup", "jsonobject", "any_lookup"),
    ("Locked_Reason__s", "text", "string", "text"),
    ("Lock_Source__s", "picklist", "string", "text"),
    ("Locked_Time__s", "datetime", "string", "datetime"),
    ("Locked_By__s", "ownerlookup", "jsonobject", "user"),
    ("Record_Locking_Rule_Id__s", "bigint", "string", "integer"),
    ("Record_Locking_Configuration_Id__s", "bigint", "string", "integer"),
    ("Owner", "ownerlookup", "jsonobject", "user"),
)


def _field(number: int, name: str, data_type: str, json_type: str, kind: Kind) -> FieldDef:
    return FieldDef(
        name,
        name.removesuffix("__s").replace("_", " "),
        data_type,
        255,
        id=ORG_PREFIX + 295_000 + number,
        json_type=json_type,
        kind=kind,
        read_only=name != "Locked_Reason__s",
        lookup_module=USERS if kind == "user" else "",
    )


MODULE = ModuleDef(
    "Locking_Information__s",
    "Locking_Information__s",
    "Locking Information",
    "Locking Information",
    ORG_PREFIX + 2_395,
    "Locked_Reason__s",
    {spec[0]: _field(number, *spec) for number, spec in enumerate(_FIELDS)},
    generated_type="system",
)
"""Locks as `GET /settings/fields` describes them, which Zoho's SDK asks before it locks. They are no records of their own."""
MESSAGE = "You cannot perform this operation as the record is locked."


def ensure(store: Store) -> None:
    store.execute(
        "CREATE TABLE IF NOT EXISTS _record_lock (id INTEGER PRIMARY KEY, module TEXT NOT NULL, record INTEGER NOT NULL UNIQUE,"
        " reason TEXT NOT NULL, by INTEGER NOT NULL, at INTEGER NOT NULL, modified_by INTEGER NOT NULL,"
        " modified_at INTEGER NOT NULL, rule INTEGER)"
    )


def lock_of(store: Store, record_id: int) -> int | None:
    """The id of the lock on a record."""
    ensure(store)
    found = store.fetch("SELECT id FROM _record_lock WHERE record = ?", (record_id,))
    return int(found[0][0]) if found else None


def put(store: Store, module: str, record_id: int, reason: str, by: int, *, rule: int | None = None) -> int:
    """Lock a record that is not locked, by hand or by a rule; the lock's id."""
    ensure(store)
    lock, now = store.next_id(), epoch(store.clock.now())
    store.execute(
        "INSERT INTO _record_lock VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (lock, module, record_id, reason, by, now, by, now, rule),
    )
    return lock


def refuse_locked(store: Store, record_id: int, path: str = "") -> None:
    """Refuse what would change a locked record. `path` is where a body names it; none for a record in the URL."""
    if lock_of(store, record_id) is None:
        return
    details = {"api_name": "id", "json_path": f"{path}.id"} if path else {"id": str(record_id)}
    raise Refusal("RECORD_LOCKED", MESSAGE, {**details, "action": "record_locking"})


def forget(store: Store, record_id: int) -> None:
    ensure(store)
    store.execute("DELETE FROM _record_lock WHERE record = ?", (record_id,))
