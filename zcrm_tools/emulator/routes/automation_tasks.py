"""Automation tasks: the action of a workflow rule that gives somebody a task about the record.

https://www.zoho.com/crm/developer/docs/api/v8/create-automation-task.html
"""

from __future__ import annotations

from typing import Any

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
from zcrm_tools.emulator.render import module_reference
from zcrm_tools.emulator.replies import Json
from zcrm_tools.emulator.routes.field_updates import module_of
from zcrm_tools.emulator.routes.metadata import module_param
from zcrm_tools.emulator.schema import USERS, FieldDef
from zcrm_tools.emulator.task_actions import KIND
from zcrm_tools.emulator.values import check
from zcrm_tools.emulator.workflows import remove_unused, using

_OWN = frozenset({"What_Id", "Who_Id"})
"""Fields of a task that follow from the record the rule fires for."""


def _item(call: Call, action: Json) -> Json:
    return {
        **stamps(call, action, names(call.store, USERS)),
        "id": action["id"],
        "name": action["name"],
        "module": module_reference(call.store, action["module"]),
        "related_module": None,
        "field_mappings": action["field_mappings"],
        "feature_type": "workflow",
        "source": "crm",
        "lock_status": {"locked": False},
        "editable": True,
        "deletable": True,
        "associated": bool(using(call.store, action["id"])),
    }


def list_tasks(call: Call) -> Response:
    module = module_param(call).api_name if call.query.get("module") else None
    found = [one for one in documents.every(call.store, KIND) if module in (None, one["module"])]
    return listed(call, "tasks", [_item(call, one) for one in found])


def get_task(call: Call) -> Response:
    return shown(call, "tasks", KIND, _item)


def create_tasks(call: Call) -> Response:
    def write(row: Json, path: str) -> Json:
        body = {**_body(call, row, path), **made(call)}
        return done("task created successfully", documents.add(call.store, KIND, body))

    return answer(call, "tasks", rows_under(call, "tasks"), write, ok=201)


def update_task(call: Call) -> Response:
    before = kept(call, KIND, 3)
    usual = {"name": before["name"], "field_mappings": before["field_mappings"]}

    def write(row: Json, path: str) -> Json:
        body = _body(call, {**usual, **row, "module": {"api_name": before["module"]}}, path)
        documents.put(call.store, KIND, int(before["id"]), {**before, **body, **changed(call)})
        return done("task updated successfully", before["id"])

    return answer_one(call, "tasks", write)


def _body(call: Call, row: Json, path: str) -> Json:
    name = text(row, "name", path, needed=True)
    module = module_of(call, row.get("module"), f"{path}.module")
    given = row.get("field_mappings")
    if given is None:
        raise refusals.missing_key(f"{path}.field_mappings")
    if not isinstance(given, list):
        raise refusals.wrong_type(f"{path}.field_mappings", "jsonarray")
    mappings = [_mapping(call, one, f"{path}.field_mappings[{at}]") for at, one in enumerate(given)]
    return {"name": name, "module": module.api_name, "field_mappings": mappings}


def _mapping(call: Call, given: Any, path: str) -> Json:
    """A field of the task and what it gets. Zoho also takes values out of the record, which the emulator refuses."""
    if not isinstance(given, dict):
        raise refusals.wrong_type(path, "jsonobject")
    field = _field(call, given.get("field"), f"{path}.field")
    kind = one_of(given, "type", path, ("static", "merge_field"), "static")
    if kind != "static":
        raise refusals.not_covered("values of an automation task that come from the record", json_path=path)
    if "value" not in given:
        raise refusals.missing_key(f"{path}.value")
    check(call.store, call.store.modules["Tasks"], field, given["value"], f"{path}.value")
    named = {"api_name": field.api_name, "id": str(field.id)}
    return {
        "field": named,
        "type": kind,
        "value": given["value"],
        "display_value": given.get("display_value"),
    }


def _field(call: Call, named: Any, path: str) -> FieldDef:
    if not isinstance(named, dict) or not (named.get("api_name") or named.get("id")):
        raise refusals.missing_key(path)
    for field in call.store.modules["Tasks"].fields.values():
        if field.read_only or not field.stored or field.api_name in _OWN:
            continue
        if named.get("api_name", field.api_name) == field.api_name and str(named.get("id", field.id)) == str(
            field.id
        ):
            return field
    raise refusals.bad_value(f"{path}.api_name")


def _delete(call: Call, key: int) -> Json:
    kept_one(call, KIND, key)
    remove_unused(call.store, KIND, key, "The action is associated with a workflow rule")
    return done("task deleted successfully", key)


def delete_tasks(call: Call) -> Response:
    return answer_ids(call, "tasks", lambda key: _delete(call, key))


def delete_task(call: Call) -> Response:
    key = int(kept(call, KIND, 3)["id"])
    return answer(call, "tasks", [{}], lambda _row, _path: _delete(call, key))


_PATH = "/settings/automation/tasks"
routes: list[Route] = [
    route(_PATH, list_tasks, "list_automation_tasks"),
    route(_PATH, create_tasks, "create_automation_tasks", "POST"),
    route(_PATH, delete_tasks, "delete_automation_tasks", "DELETE"),
    route(f"{_PATH}/{{id}}", get_task, "get_automation_task"),
    route(f"{_PATH}/{{id}}", update_task, "update_automation_task", "PUT"),
    route(f"{_PATH}/{{id}}", delete_task, "delete_automation_task", "DELETE"),
]
