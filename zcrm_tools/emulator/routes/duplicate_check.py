"""The duplicate check preference: see it, enable, change and disable it. Only Leads have one.

https://www.zoho.com/crm/developer/docs/api/v8/enable-duplicate-record-check.html
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.bodies import object_under, one_of
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.duplicate_check import KEY, KIND, preference
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply, success
from zcrm_tools.emulator.routes.metadata import module_param
from zcrm_tools.emulator.schema import ModuleDef

NAME = "duplicate_check_preference"
TYPES = ("converted_records", "mapped_module_records")


def _leads(call: Call) -> ModuleDef:
    module = module_param(call)
    if module.api_name != "Leads":
        raise Refusal("NOT_SUPPORTED", "This API does not support the given module", {"param_name": "module"})
    return module


def get_preference(call: Call) -> Response:
    leads, kept = _leads(call), preference(call.store)
    if kept is None:
        return nothing()
    shown = [
        {
            "field_mappings": [
                {
                    "current_field": _field(leads, mapping["current"]),
                    "mapped_field": _field(call.store.modules[one["module"]], mapping["mapped"]),
                }
                for mapping in one["mappings"]
            ],
            "mapped_module": _module(call.store.modules[one["module"]]),
        }
        for one in kept["configurations"]
    ]
    return reply({NAME: {"type": kept["type"], "type_configurations": shown or None}})


def _field(module: ModuleDef, name: str) -> Json:
    field = module.fields[name]
    return {"id": str(field.id), "api_name": name, "name": field.label}


def _module(module: ModuleDef) -> Json:
    return {"id": str(module.id), "api_name": module.api_name, "name": module.plural}


def create_preference(call: Call) -> Response:
    if preference(call.store) is not None:
        _leads(call)
        raise Refusal("NOT_ALLOWED", "The duplicate check preference is enabled already", {})
    return _put(call, "Duplicate check preference created successfully", ok=200)


def update_preference(call: Call) -> Response:
    if preference(call.store) is None:
        _leads(call)
        raise Refusal("NOT_ALLOWED", "The duplicate check preference is not enabled", {})
    return _put(call, "Duplicate check preference updated successfully", ok=200)


def _put(call: Call, message: str, *, ok: int) -> Response:
    leads = _leads(call)
    body = _body(call, leads, object_under(call, NAME), f"$.{NAME}")
    with call.store.transaction():
        documents.remove(call.store, KIND, KEY)
        documents.add(call.store, KIND, body, key=KEY)
    return reply({NAME: success(message, {})}, ok)


def _body(call: Call, leads: ModuleDef, row: Json, path: str) -> Json:
    kind = one_of(row, "type", path, TYPES)
    if kind == "converted_records":
        return {"type": kind, "configurations": []}
    given = row.get("type_configurations")
    if given is None:
        raise refusals.needs(f"{path}.type", f"{path}.type_configurations")
    if not isinstance(given, list) or not given:
        raise refusals.wrong_type(f"{path}.type_configurations", "jsonarray")
    contacts = call.store.modules["Contacts"]
    found = []
    for at, one in enumerate(given):
        where = f"{path}.type_configurations[{at}]"
        if not isinstance(one, dict):
            raise refusals.wrong_type(where, "jsonobject")
        if not _means(one.get("mapped_module"), contacts.api_name, contacts.id):
            raise refusals.bad_value(f"{where}.mapped_module.api_name")
        rows = one.get("field_mappings")
        if not isinstance(rows, list) or not rows:
            raise refusals.missing_key(f"{where}.field_mappings")
        mappings = [
            {
                "current": _unique(leads, row, "current_field", f"{where}.field_mappings[{number}]"),
                "mapped": _unique(contacts, row, "mapped_field", f"{where}.field_mappings[{number}]"),
            }
            for number, row in enumerate(rows)
        ]
        found.append({"module": contacts.api_name, "mappings": mappings})
    return {"type": kind, "configurations": found}


def _means(named: Any, name: str, key: int) -> bool:
    if not isinstance(named, dict) or not (named.get("api_name") or named.get("id")):
        return False
    return bool(named.get("api_name", name) == name and str(named.get("id", key)) == str(key))


def _unique(module: ModuleDef, row: Any, key: str, path: str) -> str:
    """The unique field that one side of a mapping names."""
    if not isinstance(row, dict) or row.get(key) is None:
        raise refusals.missing_key(f"{path}.{key}")
    for field in module.fields.values():
        if field.unique and _means(row[key], field.api_name, field.id):
            return field.api_name
    raise refusals.bad_value(f"{path}.{key}.api_name")


def delete_preference(call: Call) -> Response:
    _leads(call)
    if not documents.remove(call.store, KIND, KEY):
        raise Refusal("NOT_ALLOWED", "The duplicate check preference is not enabled", {})
    return reply({NAME: success("Duplicate check preference deleted successfully", {})})


_PATH = "/settings/duplicate_check_preference"
routes: list[Route] = [
    route(_PATH, get_preference, "get_duplicate_check"),
    route(_PATH, create_preference, "create_duplicate_check", "POST"),
    route(_PATH, update_preference, "update_duplicate_check", "PUT"),
    route(_PATH, delete_preference, "delete_duplicate_check", "DELETE"),
]
