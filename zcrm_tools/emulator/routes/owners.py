"""Giving records another owner: one, up to 500 by id, or those of a custom view as a job.

https://www.zoho.com/crm/developer/docs/api/v8/change-owner.html and mass-change-owner.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import jobs, refusals, rules, selection
from zcrm_tools.emulator.bodies import flag
from zcrm_tools.emulator.call import V3, Call, as_id, route
from zcrm_tools.emulator.jobs import MAX_RECORDS, Job
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply, success
from zcrm_tools.emulator.routes.mass import each, updated_counts
from zcrm_tools.emulator.routes.writes import writer_of
from zcrm_tools.emulator.rules import Writer
from zcrm_tools.emulator.schema import USERS, ModuleDef
from zcrm_tools.emulator.store import Store, module_column, quoted

_WHAT: Final = "Change Owner"
_LOCKED: Final = "Sorry, you cannot perform this operation as the record is locked."
Related = tuple[ModuleDef, int | None]
"""A module whose records about the changed one follow, and the one record if only that is meant."""


def _module(call: Call) -> ModuleDef:
    if call.caller.version < V3:
        message = f"{_WHAT} is not supported in this API version"
        raise Refusal("API_NOT_SUPPORTED", message, {"supported_version": 3})
    return selection.module_of(call, _WHAT)


def change_owner(call: Call) -> Response:
    module, record_id = _module(call), call.record_id
    body = call.json()
    owner, related = _wanted(call.store, module, body)
    if not call.store.exists(module.api_name, record_id):
        raise refusals.bad_path_id()
    return each(call, [record_id], lambda key: _change(writer_of(call), module, key, owner, related, 0))


def change_owners(call: Call) -> Response:
    module = _module(call)
    body = call.json()
    ids = selection.ids_of(body)
    if ids is None:
        raise refusals.missing_key("$.ids")
    owner, related = _wanted(call.store, module, body)
    places = {key: number for number, key in enumerate(ids)}
    return each(call, ids, lambda key: _change(writer_of(call), module, key, owner, related, places[key]))


def _wanted(store: Store, module: ModuleDef, body: Json) -> tuple[int, list[Related]]:
    flag(body, "notify", "$", False)
    return _owner(store, body), _related(store, module, body.get("related_modules"))


def _owner(store: Store, body: Json) -> int:
    value = body.get("owner")
    if value is None:
        raise refusals.missing_key("$.owner")
    if not isinstance(value, dict):
        raise refusals.wrong_type("$.owner", "jsonobject")
    if value.get("id") is None:
        raise refusals.missing_key("$.owner.id")
    found = as_id(value["id"])
    user = None if found is None else store.get(USERS, found)
    details: dict[str, Any] = {"api_name": "owner", "json_path": "$.owner.id"}
    if found is None or user is None:
        raise Refusal("INVALID_DATA", "Invalid data provided", details)
    if user["status"] != "active":
        details |= {"api_name": "id", "owner_status": "inactive"}
        message = "The user to whom you are trying to transfer the records is not active."
        raise Refusal("INVALID_DATA", message, details)
    return found


def _related(store: Store, module: ModuleDef, raw: object) -> list[Related]:
    """Modules by name or by their own id; an id of one of their records means that record only."""
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise refusals.wrong_type("$.related_modules", "jsonarray")
    by_id = {other.id: other for other in store.modules.values()}
    found: list[Related] = []
    for number, one in enumerate(raw):
        where = f"$.related_modules[{number}]"
        if not isinstance(one, dict):
            raise refusals.wrong_type(where, "jsonobject")
        name, key = one.get("api_name"), as_id(one.get("id"))
        if name is None and one.get("id") is None:
            places = [{"api_name": part, "json_path": f"{where}.{part}"} for part in ("id", "api_name")]
            message = "Specify Atleast one field"
            raise Refusal("EXPECTED_FIELD_MISSING", message, {"expected_fields": places})
        other = store.modules.get(str(name)) or by_id.get(key or 0)
        if other is None or not _pointers(other, module):
            details = {"api_name": "api_name", "json_path": f"{where}.api_name"}
            raise Refusal("NOT_SUPPORTED", "The requested operation is not supported", details)
        single = key is not None and store.exists(other.api_name, key)
        found.append((other, key if single else None))
    return found


def _pointers(other: ModuleDef, module: ModuleDef) -> list[tuple[str, bool]]:
    """The fields of a module that point at records of another; whether each has a column that names the module."""
    if "Owner" not in other.fields or other.generated_type in ("system", "subform", "linking"):
        return []
    return [
        (field.api_name, field.kind == "any_lookup")
        for field in other.fields.values()
        if module.api_name in (field.lookup_module, *field.targets)
        and (field.related_list or field.kind == "any_lookup" or field.api_name == "Who_Id")
    ]


def _change(
    writer: Writer, module: ModuleDef, record_id: int, owner: int, related: Sequence[Related], place: int
) -> Json:
    details = {"id": str(record_id)}
    if not writer.store.exists(module.api_name, record_id):
        raise refusals.bad_value(f"$.ids[{place}]", refusals.INVALID_ID, **details)
    give(writer, module, record_id, owner)
    for other, single in related:
        for key in _records_about(writer.store, other, module, record_id):
            if single in (None, key):
                give(writer, other, key, owner)
    return success("owner is successfully updated", details)


def give(writer: Writer, module: ModuleDef, record_id: int, owner: int) -> None:
    """Make a user the owner of a record that is there. A locked record keeps its owner."""
    try:
        rules.update(writer, module, record_id, {"Owner": {"id": str(owner)}}, "$.owner")
    except Refusal as refusal:
        if refusal.code != "RECORD_LOCKED":
            raise
        details = {"action": "record_locking", "id": str(record_id)}
        raise Refusal("RECORD_LOCKED", _LOCKED, details) from None


def _records_about(store: Store, other: ModuleDef, module: ModuleDef, record_id: int) -> list[int]:
    found: dict[int, None] = {}
    for name, mixed in _pointers(other, module):
        sql = f"SELECT id FROM {quoted(other.api_name)} WHERE {quoted(name)} = ?"  # noqa: S608 - schema names
        values: list[object] = [record_id]
        if mixed:
            sql += f" AND {quoted(module_column(name))} = ?"
            values.append(module.api_name)
        found |= {key: None for (key,) in store.fetch(sql, values)}
    return list(found)


# ---- by custom view


def mass_change_owner(call: Call) -> Response:
    module = selection.module_of(call, _WHAT)
    body = call.json()
    if body.get("cvid") is None:
        raise refusals.missing_key("$.cvid", "Required field is missing")
    owner = _owner(call.store, body)
    ids = selection.records_of_view(call, module, body)
    if len(ids) > MAX_RECORDS:
        message = "The number of records exceeds the limit"
        raise Refusal("RECORD_LIMIT_EXCEEDED", message, {"limit": MAX_RECORDS})
    message = "change owner is successfully scheduled"
    kept = {"owner": owner}
    entry = selection.scheduled(call, "mass_change_owner", module, ids, kept, message, key=str(body["cvid"]))
    return reply({"data": [entry]}, 202)


def _run(store: Store, job: Job, record_id: int) -> bool:
    module = store.modules[job.module]
    if not store.exists(module.api_name, record_id):
        return False
    give(Writer(store, job.by, job.version), module, record_id, job.body["owner"])
    return True


def mass_change_owner_status(call: Call) -> Response:
    module = selection.module_of(call, _WHAT)
    text = call.query.get("job_id")
    if not text:
        raise refusals.missing_param("job_id", "Required parameter is missing")
    job = jobs.find(call.store, "mass_change_owner", as_id(text))
    if job is None:
        return nothing()
    if job.module != module.api_name:
        raise Refusal("NOT_FOUND", "The specified job does not belong to this module", status=404)
    return reply({"data": [updated_counts(job)]})


jobs.runs("mass_change_owner", _run)

routes: list[Route] = [
    route("/{module}/{id}/actions/change_owner", change_owner, "change_owner", "POST"),
    route("/{module}/actions/change_owner", change_owners, "change_owners", "POST"),
    route("/{module}/actions/mass_change_owner", mass_change_owner, "mass_change_owner", "POST"),
    route("/{module}/actions/mass_change_owner", mass_change_owner_status, "mass_change_owner_status"),
]
