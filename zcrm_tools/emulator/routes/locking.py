"""Locking records: who locked one, when and why; lock, give another reason, unlock.

https://www.zoho.com/crm/developer/docs/api/v8/lock-records.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import bodies, history, locking_rules, locks, refusals
from zcrm_tools.emulator.call import Call, as_id, ids_param, route
from zcrm_tools.emulator.render import module_reference
from zcrm_tools.emulator.replies import Json, Refusal, batch, nothing, reply, success
from zcrm_tools.emulator.routes.records import asked_fields
from zcrm_tools.emulator.routes.writes import rows_of, write_all, writer_of
from zcrm_tools.emulator.schema import ORG_PREFIX, USERS, ModuleDef

MODULES = frozenset(
    "Leads Accounts Contacts Deals Tasks Cases Solutions Vendors Price_Books Quotes Sales_Orders Purchase_Orders"
    " Invoices".split()
)
BAD_RELATED = "the related id given seems to be invalid"
_KEYS = (
    "Locked_By__s",
    "Locked_For__s",
    "Locked_Reason__s",
    "Record_Locking_Configuration_Id__s",
    "Record_Locking_Rule_Id__s",
    "Lock_Source__s",
    "Locked_Time__s",
    "Owner",
    "Parent_Id",
    "Created_Time",
    "Created_By",
    "Modified_Time",
    "Modified_By",
)


def _record(call: Call) -> tuple[ModuleDef, int]:
    module, record_id = call.module, call.record_id
    if module.api_name not in MODULES and module.generated_type != "custom":
        raise refusals.bad_path_id(2, "the relation name given seems to be invalid")
    if not call.store.exists(module.api_name, record_id):
        raise refusals.bad_path_id(1, BAD_RELATED)
    locks.ensure(call.store)
    return module, record_id


def _row(call: Call, record_id: int) -> Sequence[Any] | None:
    sql = "SELECT id, reason, by, at, modified_by, modified_at, rule FROM _record_lock WHERE record = ?"
    found = call.store.fetch(sql, (record_id,))
    return found[0] if found else None


def _item(call: Call, module: ModuleDef, record_id: int, row: Sequence[Any], names: list[str] | None) -> Json:
    lock, reason, by, at, modified_by, modified_at, rule = row
    configuration = locking_rules.of_module(call.store, module.api_name)
    people = bodies.names(call.store, USERS)
    record = call.store.get(module.api_name, record_id) or {}
    name = record.get(module.display_field)
    locked_for = {
        "module": module_reference(call.store, module.api_name),
        "name": name,
        "id": str(record_id),
    }
    values: Sequence[Any] = (
        people.get(by),
        locked_for,
        reason,
        configuration["id"] if configuration else str(ORG_PREFIX + 420_000 + module.sequence),
        None if rule is None else str(rule),
        "Manual" if rule is None else "Automatic",
        bodies.at(call, at),
        people.get(by),
        {"name": name, "id": str(record_id)},
        bodies.at(call, at),
        people.get(by),
        bodies.at(call, modified_at),
        people.get(modified_by),
    )
    whole = dict(zip(_KEYS, values, strict=True))
    shown = {key: value for key, value in whole.items() if names is None or key in names}
    return {**shown, "id": str(lock), "$editable": True, "$sharing_permission": "full_access"}


def list_locks(call: Call) -> Response:
    """A record has at most one lock."""
    module, record_id = _record(call)
    names = asked_fields(call, mandatory=True)
    row, ids = _row(call, record_id), ids_param(call)
    if row is None or (ids is not None and row[0] not in ids):
        return nothing()
    tokens = {"next_page_token": None, "previous_page_token": None, "page_token_expiry": None}
    return bodies.listed(call, "data", [_item(call, module, record_id, row, names)], **tokens)


def _named(call: Call) -> tuple[ModuleDef, int, Sequence[Any]]:
    module, record_id = _record(call)
    row = _row(call, record_id)
    if row is None or row[0] != as_id(call.path["lock"]):
        raise refusals.bad_path_id(3, BAD_RELATED)
    return module, record_id, row


def get_lock(call: Call) -> Response:
    module, record_id, row = _named(call)
    names = asked_fields(call, mandatory=False)
    return reply({"data": [_item(call, module, record_id, row, names)]})


def _reason(row: Json, path: str) -> str:
    reason = bodies.text(row, "Locked_Reason__s", path, needed=True)
    return reason or ""


def create_lock(call: Call) -> Response:
    module, record_id = _record(call)
    _, data = rows_of(call)
    if len(data) > 1:
        raise refusals.over_limit("$.data", 1)
    if _row(call, record_id) is not None:
        raise Refusal("NOT_ALLOWED", "Record is already locked.", {"resource_path_index": 1}, status=403)
    writer = writer_of(call)

    def write(row: Json, path: str) -> Json:
        reason = _reason(row, path)
        lock = locks.put(call.store, module.api_name, record_id, reason, writer.user_id)
        of = (module.api_name, record_id)
        history.event(writer, module.api_name, record_id, _name(call, module, record_id), "record_locked", of)
        at = bodies.at(call, bodies.now(call))
        person = bodies.names(call.store, USERS).get(writer.user_id)
        stamps = {"Modified_Time": at, "Modified_By": person, "Created_Time": at, "Created_By": person}
        return success("record added", {**stamps, "id": str(lock)})

    return write_all(call, data, write, ok=201)


def _name(call: Call, module: ModuleDef, record_id: int) -> str | None:
    name = (call.store.get(module.api_name, record_id) or {}).get(module.display_field)
    return None if name is None else str(name)


def update_lock(call: Call) -> Response:
    _, _, found = _named(call)
    _, data = rows_of(call)
    if len(data) > 1:
        raise refusals.over_limit("$.data", 1)

    def write(row: Json, path: str) -> Json:
        call.store.execute(
            "UPDATE _record_lock SET reason = ?, modified_by = ?, modified_at = ? WHERE id = ?",
            (_reason(row, path), call.caller.user_id, bodies.now(call), found[0]),
        )
        return success("relation updated", {"id": str(found[0])})

    return write_all(call, data, write, ok=200)


def delete_lock(call: Call) -> Response:
    module, record_id, row = _named(call)
    writer = writer_of(call)
    with call.store.transaction():
        locks.forget(call.store, record_id)
        of = (module.api_name, record_id)
        history.event(
            writer, module.api_name, record_id, _name(call, module, record_id), "record_unlocked", of
        )
    return batch([success("relation removed", {"id": str(row[0])})])


routes: list[Route] = [
    route("/{module}/{id}/Locking_Information__s", list_locks, "list_locks"),
    route("/{module}/{id}/Locking_Information__s", create_lock, "create_lock", "POST"),
    route("/{module}/{id}/Locking_Information__s/{lock}", get_lock, "get_lock"),
    route("/{module}/{id}/Locking_Information__s/{lock}", update_lock, "update_lock", "PUT"),
    route("/{module}/{id}/Locking_Information__s/{lock}", delete_lock, "delete_lock", "DELETE"),
]
