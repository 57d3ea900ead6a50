"""Global sets: lists of values that picklists of several modules can share.

https://www.zoho.com/crm/developer/docs/api/v8/get-global-picklist.html, create-global-picklists.html
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, global_sets, refusals
from zcrm_tools.emulator.bodies import (
    answer,
    answer_one,
    changed,
    done,
    flag,
    kept,
    listed,
    made,
    names,
    not_taken,
    one_of,
    rows_under,
    shown,
    stamps,
    text,
)
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.global_sets import KIND, NONE
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply, success
from zcrm_tools.emulator.schema import USERS, ModuleDef

MAX_SETS, MAX_USED, MAX_UNUSED = 10, 1_000, 500


def _item(call: Call, one: Json) -> Json:
    fields = list(global_sets.bound(call.store, one["id"]))
    modules = {module.api_name: module for module, _ in fields}
    return {
        **stamps(call, one, names(call.store, USERS)),
        **{key: one[key] for key in ("id", "display_label", "api_name", "description")},
        "actual_label": one["display_label"],
        "pick_list_values_sorted_lexically": one["sorted"],
        "presence": True,
        "customizable": True,
        "source": "crm",
        "used_in_modules": [_module(module) for module in modules.values()],
        "associated_fields_count": len(fields),
        "pick_list_values": [
            {**value, "sequence_number": number} for number, value in enumerate(global_sets.values_of(one))
        ],
    }


def _module(module: ModuleDef) -> Json:
    return {"plural_label": module.plural, "api_name": module.api_name, "id": str(module.id)}


def list_global_picklists(call: Call) -> Response:
    found = [_item(call, one) for one in documents.every(call.store, KIND)]
    return reply({"global_picklists": found}) if found else nothing()


def get_global_picklist(call: Call) -> Response:
    return shown(call, "global_picklists", KIND, _item)


def _set(call: Call) -> Json:
    return kept(call, KIND, 2)


def create_global_picklist(call: Call) -> Response:
    def write(row: Json, path: str) -> Json:
        for name in ("display_label", "pick_list_values"):
            if row.get(name) is None:
                raise refusals.missing_key(f"{path}.{name}")
        if len(documents.every(call.store, KIND)) >= MAX_SETS:
            raise Refusal("LIMIT_EXCEEDED", "Global picklists limit exceeded", {"limit": MAX_SETS})
        empty = _value(call, {"display_value": NONE}, path)
        fresh = {"description": None, "sorted": False, "values": [empty], "replaced": []}
        body = _body(call, row, path, fresh)
        body["api_name"] = body["display_label"].replace(" ", "_")
        key = documents.add(call.store, KIND, {**body, **made(call)})
        return done("global picklist added successfully", key)

    return answer(call, "global_picklists", rows_under(call, "global_picklists", most=1), write, ok=201)


def update_global_picklist(call: Call) -> Response:
    before = _set(call)

    def write(row: Json, path: str) -> Json:
        body = _body(call, row, path, before)
        documents.put(call.store, KIND, int(before["id"]), {**body, **changed(call)})
        global_sets.spread(call.store, body)
        return done("global picklist updated successfully", before["id"])

    return answer_one(call, "global_picklists", write)


def _body(call: Call, row: Json, path: str, before: Json) -> Json:
    body = dict(before)
    if "display_label" in row:
        label = text(row, "display_label", path, needed=True, most=50)
        not_taken(call, KIND, "display_label", label, path, before.get("id"))
        body["display_label"] = label
    if "description" in row:
        body["description"] = text(row, "description", path, most=1_000)
    if "pick_list_values_sorted_lexically" in row:
        body["sorted"] = flag(row, "pick_list_values_sorted_lexically", path, default=False)
    if "pick_list_values" in row:
        body["values"] = _changed_values(call, row["pick_list_values"], f"{path}.pick_list_values", before)
    return body


def _changed_values(call: Call, rows: object, path: str, before: Json) -> list[Json]:
    """A row with an id, or a display value that is there, changes that value; `_delete` takes it away; others are new."""
    if not isinstance(rows, list) or not rows:
        raise refusals.wrong_type(path, "jsonarray")
    values = {value["id"]: value for value in before["values"]}
    for number, row in enumerate(rows):
        where = f"{path}[{number}]"
        if not isinstance(row, dict):
            raise refusals.wrong_type(where, "jsonobject")
        known = values.get(str(row.get("id")))
        if row.get("id") is not None and known is None:
            raise refusals.bad_value(f"{where}.id", refusals.INVALID_ID)
        if "_delete" in row and row["_delete"] is not False and known:
            del values[known["id"]]
            continue
        value = _value(call, {**(known or {}), **row}, where)
        if any(
            one["display_value"] == value["display_value"] and one["id"] != value["id"]
            for one in values.values()
        ):
            details = {"api_name": "display_value", "json_path": f"{where}.display_value"}
            raise Refusal("DUPLICATE_DATA", "duplicate data", details)
        values[value["id"]] = value
    used = sum(value["type"] == "used" for value in values.values())
    if used > MAX_USED or len(values) - used > MAX_UNUSED:
        raise Refusal("LIMIT_EXCEEDED", "limit exceeded", {"api_name": "pick_list_values", "json_path": path})
    return list(values.values())


def _value(call: Call, row: Json, path: str) -> Json:
    shown = text(row, "display_value", path, needed=True, most=120)
    actual = (
        text(row, "actual_value", path, most=120) or text(row, "reference_value", path, most=120) or shown
    )
    return {
        "display_value": shown,
        "actual_value": actual,
        "reference_value": actual,
        "type": one_of(row, "type", path, ("used", "unused"), "used"),
        "id": str(row.get("id") or call.store.next_id()),
    }


def delete_global_picklist(call: Call) -> Response:
    one = _set(call)
    with call.store.transaction():
        global_sets.let_go(call.store, one["id"])
        documents.remove(call.store, KIND, int(one["id"]))
    details = {"job_id": str(call.store.next_id())}
    item = {**success("global picklist delete scheduled successfully", details), "code": "SCHEDULED"}
    return reply({"global_picklists": [item]}, 202)


def replace_values(call: Call) -> Response:
    """One value takes the place of another, in the records too, and goes; a job, done at once."""
    before = _set(call)

    def write(row: Json, path: str) -> Json:
        current = documents.get(call.store, KIND, int(before["id"])) or before
        old, new = (_named(current, row.get(name), f"{path}.{name}") for name in ("old_value", "new_value"))
        if old["display_value"] == NONE or old["id"] == new["id"]:
            raise refusals.bad_value(f"{path}.old_value", "-None- value cannot be replaced")
        kept = [value for value in current["values"] if value["id"] != old["id"]]
        gone = {key: old[key] for key in ("display_value", "actual_value", "reference_value")}
        after = {**current, "values": kept, "replaced": [*current["replaced"], gone]}
        documents.put(call.store, KIND, int(before["id"]), after)
        global_sets.swap(call.store, before["id"], old["actual_value"], new["actual_value"])
        global_sets.spread(call.store, after)
        return {**success("success", {"job_id": str(call.store.next_id())}), "code": "SCHEDULED"}

    rows = rows_under(call, "replace_picklist_values")
    return answer(call, "replace_picklist_values", rows, write, ok=202)


def _named(one: Json, value: object, path: str) -> Json:
    if not isinstance(value, dict) or not (value.get("id") or value.get("display_value")):
        raise Refusal("EXPECTED_FIELD_MISSING", "Specify atleast one field", {"json_path": path})
    fits = [
        found
        for found in one["values"]
        if value.get("id") in (None, found["id"])
        and value.get("display_value") in (None, found["display_value"])
    ]
    if not fits:
        raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
    return dict(fits[0])


def list_replaced_values(call: Call) -> Response:
    gone = _set(call)["replaced"]
    return reply({"replaced_values": gone}) if gone else nothing()


def list_field_associations(call: Call) -> Response:
    items = [
        {
            "field": {"api_name": field.api_name, "id": str(field.id)},
            "module": _module(module),
            "layouts": [{"name": "Standard", "id": str(module.layout_id), "status": "active"}],
        }
        for module, field in global_sets.bound(call.store, _set(call)["id"])
    ]
    return listed(call, "associations", items)


def list_value_associations(call: Call) -> Response:
    _set(call)
    if not call.query.get("picklist_value_id"):
        raise refusals.missing_param("picklist_value_id")
    return nothing()


_PATH = "/settings/global_picklists"
routes: list[Route] = [
    route(_PATH, list_global_picklists, "list_global_picklists"),
    route(_PATH, create_global_picklist, "create_global_picklist", "POST"),
    route(f"{_PATH}/{{id}}", get_global_picklist, "get_global_picklist"),
    route(f"{_PATH}/{{id}}", update_global_picklist, "update_global_picklist", "PATCH"),
    route(f"{_PATH}/{{id}}", delete_global_picklist, "delete_global_picklist", "DELETE"),
    route(
        f"{_PATH}/{{id}}/actions/replace_picklist_values", replace_values, "replace_picklist_values", "POST"
    ),
    route(f"{_PATH}/{{id}}/actions/replaced_values", list_replaced_values, "list_replaced_values"),
    route(f"{_PATH}/{{id}}/actions/associations", list_field_associations, "list_picklist_fields"),
    route(
        f"{_PATH}/{{id}}/actions/pick_list_values_associations", list_value_associations, "list_picklist_uses"
    ),
]
