"""Writing records: create, update, upsert, delete; at most 100 at a time, each row atomic, each answered by itself.

https://www.zoho.com/crm/developer/docs/api/v8/insert-records.html and its neighbours
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import assignment, refusals, rules
from zcrm_tools.emulator.call import Call, as_id, route
from zcrm_tools.emulator.render import context, zoned
from zcrm_tools.emulator.replies import Json, Refusal, batch, success
from zcrm_tools.emulator.rules import Writer
from zcrm_tools.emulator.schema import ModuleDef
from zcrm_tools.emulator.views import reader_of

MAX_ROWS = 100

Write = Callable[[Json, str], Json]
"""Writes one row of a batch, given its JSONPath; the success entry."""


def rows_of(call: Call) -> tuple[Json, list[Any]]:
    """The body and its `data`, 1 to 100 rows."""
    body = call.json()
    if "data" not in body:
        raise refusals.missing_key("$.data")
    data = body["data"]
    if not isinstance(data, list) or not data:
        raise refusals.wrong_type("$.data", "jsonarray")
    if len(data) > MAX_ROWS:
        raise refusals.over_limit("$.data", MAX_ROWS)
    trigger = body.get("trigger")
    if trigger is not None and not isinstance(trigger, list):
        raise refusals.wrong_type("$.trigger", "jsonarray")
    return body, data


def write_all(call: Call, data: Sequence[Any], write: Write, *, ok: int) -> Response:
    """Run each row in its own savepoint and answer for each; rows do not undo one another."""
    items = []
    with call.store.transaction():
        for number, row in enumerate(data):
            path = f"$.data[{number}]"
            try:
                if not isinstance(row, dict):
                    raise refusals.wrong_type(path, "jsonobject")
                with call.store.transaction():
                    items.append(write(row, path))
            except Refusal as refusal:
                items.append(refusal.item())
    return batch(items, ok=ok)


def writer_of(call: Call, body: Json | None = None) -> Writer:
    """The caller as a writer. Workflow rules fire unless `trigger` in the body, or `wf_trigger`, leaves them out."""
    named = None if body is None else body.get("trigger")
    fire = call.query.get("wf_trigger") != "false" and (named is None or "workflow" in named)
    return Writer(call.store, call.caller.user_id, call.caller.version, workflow=fire)


def stamps(call: Call, module: ModuleDef, record_id: int, *, created: bool) -> Json:
    """The `details` of a row that was written."""
    row = call.store.get(module.api_name, record_id) or {}
    users = context(call.store, call.caller).users
    zone = call.caller.time_zone

    def person(name: str) -> Json | None:
        user = users.get(row[name])
        return user and {"name": user["name"], "id": user["id"]}

    found: Json = {
        "Modified_Time": zoned(row["Modified_Time"], zone),
        "Modified_By": person("Modified_By"),
        "Created_Time": zoned(row["Created_Time"], zone),
        "id": str(record_id),
        "Created_By": person("Created_By"),
    }
    if created and call.caller.version >= (3, 0):
        found["$approval_state"] = "approved"
    return found


def create_records(call: Call) -> Response:
    module = call.module
    body, data = rows_of(call)
    return write_all(call, data, creator(call, module, body), ok=201)


def creator(call: Call, module: ModuleDef, body: Json | None = None) -> Write:
    """Creates a row; by the assignment rule that the body names in `lar_id`, if it names one."""
    rule = assignment.named(call.store, module, (body or {}).get("lar_id"))
    writer, reader = writer_of(call, body), reader_of(call.store, call.caller)

    def write(row: Json, path: str) -> Json:
        record_id = rules.create(writer, module, row, path)
        if rule is not None:
            assignment.assign(call.store, rule, module, record_id, reader)
        return success("record added", stamps(call, module, record_id, created=True))

    return write


def update_records(call: Call) -> Response:
    module = call.module
    unmodified_since = call.since("If-Unmodified-Since")
    body, data = rows_of(call)
    writer = writer_of(call, body)

    def write(row: Json, path: str) -> Json:
        if row.get("id") is None:
            raise refusals.missing_key(f"{path}.id")
        record_id = as_id(row["id"])
        if record_id is None:
            raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
        rules.update(writer, module, record_id, row, path, unmodified_since=unmodified_since)
        return success("record updated", stamps(call, module, record_id, created=False))

    return write_all(call, data, write, ok=200)


def update_record(call: Call) -> Response:
    module, record_id = call.module, call.record_id
    unmodified_since = call.since("If-Unmodified-Since")
    body, data = rows_of(call)
    writer = writer_of(call, body)
    if len(data) > 1:
        raise refusals.over_limit("$.data", 1)

    def write(row: Json, path: str) -> Json:
        rules.update(writer, module, record_id, row, path, unmodified_since=unmodified_since)
        return success("record updated", stamps(call, module, record_id, created=False))

    return write_all(call, data, write, ok=200)


def upsert_records(call: Call) -> Response:
    module = call.module
    if not module.duplicate_field:
        raise Refusal("NOT_SUPPORTED", "upsert is not supported for this module", {"resource_path_index": 0})
    unmodified_since = call.since("If-Unmodified-Since")
    body, data = rows_of(call)
    names = duplicate_fields(module, body)
    writer = writer_of(call, body)

    def write(row: Json, path: str) -> Json:
        existing, found_by = rules.matching(writer, module, row, names)
        if existing is None:
            record_id = rules.create(writer, module, row, path)
        else:
            record_id = existing
            rules.update(writer, module, record_id, row, path, unmodified_since=unmodified_since)
        action = "insert" if existing is None else "update"
        details = stamps(call, module, record_id, created=existing is None)
        message = "record added" if existing is None else "record updated"
        return success(message, details, duplicate_field=found_by, action=action)

    return write_all(call, data, write, ok=200)


def duplicate_fields(module: ModuleDef, body: Json) -> list[str]:
    """The fields an upsert looks for existing records by, in order."""
    asked = body.get("duplicate_check_fields")
    if asked is None:
        return [module.duplicate_field]
    if not isinstance(asked, list) or not all(isinstance(name, str) for name in asked):
        raise refusals.wrong_type("$.duplicate_check_fields", "jsonarray")
    for number, name in enumerate(asked):
        field = module.fields.get(name)
        if field is None or field.kind in ("json", "choices", "any_lookup"):
            raise refusals.bad_value(f"$.duplicate_check_fields[{number}]")
    return asked


def delete_records(call: Call) -> Response:
    module = call.module
    text = call.query.get("ids")
    if not text:
        raise refusals.missing_param("ids")
    ids = [as_id(part.strip()) for part in text.split(",")]
    if any(item is None for item in ids):
        message = "either the request body or parameters is in wrong format"
        raise Refusal("UNABLE_TO_PARSE_DATA_TYPE", message)
    if len(ids) > MAX_ROWS:
        raise refusals.too_many(MAX_ROWS, "ids")
    return delete_all(call, module, [item for item in ids if item is not None])


def delete_record(call: Call) -> Response:
    return delete_all(call, call.module, [call.record_id])


def delete_all(call: Call, module: ModuleDef, ids: Sequence[int]) -> Response:
    items = []
    with call.store.transaction():
        for record_id in ids:
            details = {"id": str(record_id)}
            try:
                if not rules.remove(writer_of(call), module, record_id):
                    raise Refusal("INVALID_DATA", "record not deleted", details)
                items.append(success("record deleted", details))
            except Refusal as refusal:
                items.append(refusal.item())
    return batch(items)


routes: list[Route] = [
    route("/{module}/upsert", upsert_records, "upsert_records", "POST"),
    route("/{module}/{id}", update_record, "update_record", "PUT"),
    route("/{module}/{id}", delete_record, "delete_record", "DELETE"),
    route("/{module}", create_records, "create_records", "POST"),
    route("/{module}", update_records, "update_records", "PUT"),
    route("/{module}", delete_records, "delete_records", "DELETE"),
]
