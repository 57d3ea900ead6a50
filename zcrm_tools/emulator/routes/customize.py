"""Shaping the org: custom fields and custom modules. Rows of a call are independent, each atomic.

https://www.zoho.com/crm/developer/docs/api/v8/create-custom-field.html and its neighbours
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import refusals, rollups
from zcrm_tools.emulator.bodies import answer, rows_under
from zcrm_tools.emulator.call import Call, as_id, route
from zcrm_tools.emulator.custom_modules import create_module, update_module
from zcrm_tools.emulator.customize import MAX_FIELDS_PER_CALL, create_field
from zcrm_tools.emulator.field_changes import change
from zcrm_tools.emulator.linking import remove_rows_module
from zcrm_tools.emulator.replies import Json, Refusal, reply, success
from zcrm_tools.emulator.routes.records import is_admin
from zcrm_tools.emulator.schema import FieldDef, ModuleDef

V6 = (6, 0)


def _administrators_only(call: Call) -> None:
    if not is_admin(call):
        raise refusals.denied("Crm_Implied_Customize_Zoho_CRM")


def _module(call: Call) -> ModuleDef:
    """The module in the parameter `module`."""
    _administrators_only(call)
    name = call.query.get("module")
    if not name:
        raise refusals.missing_param("module")
    found = call.store.modules.get(name)
    if found is None or found.generated_type == "system":
        raise refusals.unknown_module()
    return found


def _field(module: ModuleDef, text: Any) -> FieldDef | None:
    key = as_id(text)
    return next((f for f in module.fields.values() if f.id == key), None)


def create_fields(call: Call) -> Response:
    module = _module(call)
    rows = rows_under(call, "fields", most=MAX_FIELDS_PER_CALL)

    def write(row: Json, path: str) -> Json:
        key = create_field(call.store, module.api_name, row, path)
        return success("field created", {"id": str(key)})

    return answer(call, "fields", rows, write, ok=201)


def _changed(call: Call, module: str, field: FieldDef, row: Mapping[str, Any], path: str) -> Json:
    change(call.store, module, field, row, path)
    return success("field updated", {"id": str(field.id)})


def update_fields(call: Call) -> Response:
    module = _module(call)
    rows = rows_under(call, "fields", most=MAX_FIELDS_PER_CALL)

    def write(row: Json, path: str) -> Json:
        if row.get("id") is None:
            raise refusals.missing_key(f"{path}.id")
        found = _field(call.store.modules[module.api_name], row["id"])
        if found is None:
            raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
        return _changed(call, module.api_name, found, row, path)

    return answer(call, "fields", rows, write)


def update_field(call: Call) -> Response:
    module = _module(call)
    found = _field(module, call.path["id"])
    if found is None:
        raise refusals.bad_path_id(2)
    field = found
    rows = rows_under(call, "fields", most=1)
    return answer(call, "fields", rows, lambda row, path: _changed(call, module.api_name, field, row, path))


def delete_field(call: Call) -> Response:
    module = _module(call)
    found = _field(module, call.path["id"])
    if found is None:
        raise refusals.bad_path_id(2)
    if not found.custom:
        raise Refusal("NOT_ALLOWED", "Only the custom fields can be deleted", {"id": str(found.id)})
    with call.store.transaction():
        try:
            triggers = (
                rollups.dropped(module.api_name, found.api_name) if "rollup_summary" in found.spec else ()
            )
            call.store.drop_field(module.api_name, found, *triggers)
        except sqlite3.OperationalError as error:
            message = "The custom field has already used in other places"
            raise Refusal("NOT_ALLOWED", message, {"id": str(found.id)}) from error
        remove_rows_module(call.store, found)
    return reply({"fields": [success("field deleted", {"id": str(found.id)})]})


def create_modules(call: Call) -> Response:
    """One module a call, from v6 on."""
    if call.caller.version < V6:
        raise Refusal("API_NOT_SUPPORTED", "The API is not supported for the requested version")
    _administrators_only(call)
    rows = rows_under(call, "modules", most=1)

    def write(row: Json, path: str) -> Json:
        return success("module created successfully", {"id": str(create_module(call.store, row, path))})

    return answer(call, "modules", rows, write, ok=201)


def _named(call: Call, text: Any) -> ModuleDef | None:
    key = as_id(text)
    modules = call.store.modules.values()
    return next((m for m in modules if m.api_name == text or m.id == key), None)


def update_one_module(call: Call) -> Response:
    _administrators_only(call)
    found = _named(call, call.path["name"])
    if found is None:
        raise replace_index(refusals.unknown_module(), 2)
    module = found
    rows = rows_under(call, "modules", most=1)

    def write(row: Json, path: str) -> Json:
        key = update_module(call.store, module, row, path)
        return success("module updated successfully", {"id": str(key)})

    return answer(call, "modules", rows, write)


def update_modules(call: Call) -> Response:
    """The module is named by its id in the body."""
    _administrators_only(call)
    rows = rows_under(call, "modules", most=1)

    def write(row: Json, path: str) -> Json:
        if row.get("id") is None:
            raise refusals.missing_key(f"{path}.id")
        found = _named(call, row["id"])
        if found is None:
            raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
        return success(
            "module updated successfully", {"id": str(update_module(call.store, found, row, path))}
        )

    return answer(call, "modules", rows, write)


def replace_index(refusal: Refusal, index: int) -> Refusal:
    return Refusal(refusal.code, refusal.message, {"resource_path_index": index}, status=refusal.status)


routes: list[Route] = [
    route("/settings/fields", create_fields, "create_fields", "POST"),
    route("/settings/fields", update_fields, "update_fields", "PATCH"),
    route("/settings/fields/{id}", update_field, "update_field", "PATCH"),
    route("/settings/fields/{id}", delete_field, "delete_field", "DELETE"),
    route("/settings/modules", create_modules, "create_modules", "POST"),
    route("/settings/modules", update_modules, "update_modules", "PUT"),
    route("/settings/modules/{name}", update_one_module, "update_module", "PUT"),
]
