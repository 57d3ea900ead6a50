"""Map dependency: which values of one picklist go with a value of another, by layout. Definitions; records are not held to them.

https://www.zoho.com/crm/developer/docs/api/v8/get-map-dependency.html
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.bodies import answer, answer_one, done, flag, listed, path_id, rows_under
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.replies import Json, nothing, reply
from zcrm_tools.emulator.routes.metadata import module_param
from zcrm_tools.emulator.schema import Choice, FieldDef, ModuleDef

KIND = "map_dependency"
"""Documents, under the id of their layout."""


def _layout(call: Call) -> ModuleDef:
    """The module whose layout the path names."""
    module = module_param(call)
    if path_id(call, "layout") != module.layout_id:
        raise refusals.bad_path_id(2)
    return module


def _kept(call: Call) -> list[Json]:
    return documents.every(call.store, KIND, parent=call.path["layout"])


def _item(module: ModuleDef, one: Json) -> Json:
    def named(field: FieldDef) -> Json:
        return {"api_name": field.api_name, "id": str(field.id)}

    def value(choice: Choice) -> Json:
        return {"id": str(choice.id), "actual_value": choice.actual, "display_value": choice.display}

    parent, child = module.fields[one["parent"]], module.fields[one["child"]]
    return {
        "id": one["id"],
        "parent": named(parent),
        "child": named(child),
        "pick_list_values": [
            {
                **value(choice),
                "maps": [
                    value(other)
                    for other in child.picklist
                    if other.actual in one["maps"].get(choice.actual, ())
                ],
            }
            for choice in parent.picklist
        ],
        "internal": False,
        "active": one["active"],
        "source": 1,
        "category": 1,
        "sub_module": None,
    }


def list_dependencies(call: Call) -> Response:
    module = _layout(call)
    found = [one for one in _kept(call) if {one["parent"], one["child"]} <= module.fields.keys()]
    return listed(call, "map_dependency", [_item(module, one) for one in found])


def get_dependency(call: Call) -> Response:
    module = _layout(call)
    found = next((one for one in _kept(call) if one["id"] == call.path["id"]), None)
    return reply({"map_dependency": [_item(module, found)]}) if found else nothing()


def _named(call: Call) -> Json:
    found = next((one for one in _kept(call) if one["id"] == call.path["id"]), None)
    if found is None:
        raise refusals.bad_path_id(4)
    return found


def create_dependency(call: Call) -> Response:
    module = _layout(call)

    def write(row: Json, path: str) -> Json:
        for name in ("parent", "child", "pick_list_values"):
            if row.get(name) is None:
                raise refusals.missing_key(f"{path}.{name}")
        body = _body(call, module, row, path, {"active": True, "maps": {}})
        key = documents.add(call.store, KIND, body, parent=call.path["layout"])
        return done("Map Dependency created successfully", key)

    return answer(call, "map_dependency", rows_under(call, "map_dependency", most=1), write, ok=201)


def update_dependency(call: Call) -> Response:
    module, before = _layout(call), _named(call)

    def write(row: Json, path: str) -> Json:
        documents.put(call.store, KIND, int(before["id"]), _body(call, module, row, path, before))
        return done("Map Dependency updated successfully", before["id"])

    return answer_one(call, "map_dependency", write)


def delete_dependency(call: Call) -> Response:
    _layout(call)
    found = _named(call)
    documents.remove(call.store, KIND, int(found["id"]))
    return reply({"map_dependency": [done("Map Dependency deleted successfully", found["id"])]})


def _body(call: Call, module: ModuleDef, row: Json, path: str, before: Json) -> Json:
    body = {**before, "maps": dict(before["maps"])}
    for name in ("parent", "child"):
        if name in row:
            body[name] = _picklist(module, row[name], f"{path}.{name}")
    if body["parent"] == body["child"]:
        raise refusals.bad_value(f"{path}.child")
    if any(one["child"] == body["child"] and one["id"] != before.get("id") for one in _kept(call)):
        raise refusals.bad_value(f"{path}.child", "a child can have only one parent")
    if "active" in row:
        body["active"] = flag(row, "active", path, default=True)
    if "pick_list_values" in row:
        parent, child = module.fields[body["parent"]], module.fields[body["child"]]
        _map(parent, child, row["pick_list_values"], f"{path}.pick_list_values", body["maps"])
    return body


def _picklist(module: ModuleDef, named: Any, path: str) -> str:
    """The picklist of the module that `{"api_name"}`, `{"id"}` or both mean."""
    if not isinstance(named, dict):
        raise refusals.wrong_type(path, "jsonobject")
    if not (named.get("api_name") or named.get("id")):
        raise refusals.missing_key(f"{path}.api_name")
    for field in module.fields.values():
        fits = named.get("api_name", field.api_name) == field.api_name
        if fits and str(named.get("id", field.id)) == str(field.id) and field.data_type == "picklist":
            return field.api_name
    raise refusals.bad_value(f"{path}.api_name")


def _map(parent: FieldDef, child: FieldDef, rows: Any, path: str, maps: dict[str, list[str]]) -> None:
    """Add to `maps` which values of the child go with a value of the parent; `_delete` takes one away."""
    if not isinstance(rows, list):
        raise refusals.wrong_type(path, "jsonarray")
    for at, row in enumerate(rows):
        value = _choice(parent, row, f"{path}[{at}]")
        given = row.get("maps")
        if given is None:
            raise refusals.missing_key(f"{path}[{at}].maps")
        if not isinstance(given, list):
            raise refusals.wrong_type(f"{path}[{at}].maps", "jsonarray")
        found = list(maps.get(value, ()))
        for number, one in enumerate(given):
            actual = _choice(child, one, f"{path}[{at}].maps[{number}]")
            gone = "_delete" in one and one["_delete"] is not False
            found = (
                [kept for kept in found if kept != actual] if gone else list(dict.fromkeys((*found, actual)))
            )
        maps[value] = found


def _choice(field: FieldDef, row: Any, path: str) -> str:
    if not isinstance(row, dict):
        raise refusals.wrong_type(path, "jsonobject")
    key, actual = row.get("id"), row.get("actual_value")
    for choice in field.picklist:
        if str(key) == str(choice.id) if key is not None else actual == choice.actual:
            return choice.actual
    raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)


_PATH = "/settings/layouts/{layout}/map_dependency"
routes: list[Route] = [
    route(_PATH, list_dependencies, "list_map_dependencies"),
    route(_PATH, create_dependency, "create_map_dependency", "POST"),
    route(f"{_PATH}/{{id}}", get_dependency, "get_map_dependency"),
    route(f"{_PATH}/{{id}}", update_dependency, "update_map_dependency", "PUT"),
    route(f"{_PATH}/{{id}}", delete_dependency, "delete_map_dependency", "DELETE"),
]
