"""Field updates: the action of a workflow rule that writes a value into the record.

https://www.zoho.com/crm/developer/docs/api/v8/field-updates.html
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.bodies import (
    answer,
    answer_ids,
    answer_one,
    changed,
    done,
    kept,
    kept_one,
    listed,
    made,
    names,
    one_of,
    rows_under,
    shown,
    stamps,
    text,
)
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.replies import Json
from zcrm_tools.emulator.schema import USERS, ModuleDef
from zcrm_tools.emulator.values import check
from zcrm_tools.emulator.workflows import FIELD_UPDATE, remove_unused, using


def _item(call: Call, update: Json) -> Json:
    module = call.store.modules[update["module"]]
    field = module.fields[update["field"]]
    shown = {
        "singular_label": module.singular,
        "moduleName": module.module_name,
        "id": str(module.id),
        "plural_label": module.plural,
        "api_name": module.api_name,
    }
    return {
        **stamps(call, update, names(call.store, USERS)),
        "id": update["id"],
        "name": update["name"],
        "type": "static",
        "update_type": "overwrite",
        "module": shown,
        "related_module": None,
        "field": {"id": str(field.id), "api_name": field.api_name},
        "value": update["value"],
        "feature_type": "workflow",
        "source": "crm",
        "lock_status": {"locked": False},
        "notify": False,
        "editable": True,
        "deletable": True,
        "associated": bool(using(call.store, update["id"])),
    }


def module_of(call: Call, value: object, path: str) -> ModuleDef:
    """The module that `{"api_name"}` or `{"id"}` means."""
    if not isinstance(value, dict):
        raise refusals.missing_key(path) if value is None else refusals.wrong_type(path, "jsonobject")
    for module in call.store.modules.values():
        named = value.get("api_name") == module.api_name or value.get("id") == str(module.id)
        if named and module.generated_type != "system":
            return module
    raise refusals.bad_value(f"{path}.api_name")


def list_field_updates(call: Call) -> Response:
    found = documents.every(call.store, FIELD_UPDATE)
    return listed(call, "field_updates", [_item(call, one) for one in found])


def get_field_update(call: Call) -> Response:
    return shown(call, "field_updates", FIELD_UPDATE, _item)


def create_field_updates(call: Call) -> Response:
    def write(row: Json, path: str) -> Json:
        body = {**_body(call, row, path), **made(call)}
        return done("field update created", documents.add(call.store, FIELD_UPDATE, body))

    return answer(call, "field_updates", rows_under(call, "field_updates"), write, ok=201)


def update_field_update(call: Call) -> Response:
    before = kept(call, FIELD_UPDATE, 3)
    fixed = {"module": {"api_name": before["module"]}, "type": "static"}
    usual = {"name": before["name"], "field": {"api_name": before["field"]}, "value": before["value"]}

    def write(row: Json, path: str) -> Json:
        body = _body(call, {**usual, **row, **fixed}, path)
        documents.put(call.store, FIELD_UPDATE, int(before["id"]), {**before, **body, **changed(call)})
        return done("field update updated", before["id"])

    return answer_one(call, "field_updates", write)


def _body(call: Call, row: Json, path: str) -> Json:
    module = module_of(call, row.get("module"), f"{path}.module")
    one_of(row, "type", path, ("static",), "static")
    name = text(row, "name", path, needed=True)
    named = row.get("field")
    wanted = named.get("api_name") if isinstance(named, dict) else None
    field = module.fields.get(wanted) if isinstance(wanted, str) else None
    if field is None or field.read_only or field.kind == "any_lookup":
        raise refusals.missing_key(f"{path}.field") if named is None else refusals.bad_value(f"{path}.field")
    if "value" not in row:
        raise refusals.missing_key(f"{path}.value")
    check(call.store, module, field, row["value"], f"{path}.value")
    return {"module": module.api_name, "name": name, "field": field.api_name, "value": row["value"]}


def _delete(call: Call, key: int) -> Json:
    kept_one(call, FIELD_UPDATE, key)
    remove_unused(call.store, FIELD_UPDATE, key, "The action is associated with a workflow rule")
    return done("field update deleted", key)


def delete_field_updates(call: Call) -> Response:
    return answer_ids(call, "field_updates", lambda key: _delete(call, key))


def delete_field_update(call: Call) -> Response:
    key = int(kept(call, FIELD_UPDATE, 3)["id"])
    return answer(call, "field_updates", [{}], lambda _row, _path: _delete(call, key))


_PATH = "/settings/automation/field_updates"
routes: list[Route] = [
    route(_PATH, list_field_updates, "list_field_updates"),
    route(_PATH, create_field_updates, "create_field_updates", "POST"),
    route(_PATH, delete_field_updates, "delete_field_updates", "DELETE"),
    route(f"{_PATH}/{{id}}", get_field_update, "get_field_update"),
    route(f"{_PATH}/{{id}}", update_field_update, "update_field_update", "PUT"),
    route(f"{_PATH}/{{id}}", delete_field_update, "delete_field_update", "DELETE"),
]
