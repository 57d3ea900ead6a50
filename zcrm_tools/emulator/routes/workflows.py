"""Workflow rules: their definitions, order, counts and use.

Occasions are create, edit, create_or_edit, field_update and delete; actions are field updates, tasks and webhooks. Zoho
knows more of both:
the emulator refuses those rather than keep a rule that would never do what it says.
https://www.zoho.com/crm/developer/docs/api/v8/workflow-rules.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals, task_actions, webhook_actions
from zcrm_tools.emulator.bodies import (
    answer,
    answer_ids,
    answer_one,
    at,
    changed,
    done,
    kept,
    kept_one,
    kept_row,
    listed,
    made,
    names,
    not_taken,
    object_under,
    reference,
    row_id,
    rows_under,
    shown,
    stamps,
    text,
)
from zcrm_tools.emulator.call import Call, ids_param, parse_datetime, route
from zcrm_tools.emulator.query.filters import BadFilter, compile_filter
from zcrm_tools.emulator.render import module_reference
from zcrm_tools.emulator.replies import Json, nothing, reply, success
from zcrm_tools.emulator.routes.field_updates import module_of
from zcrm_tools.emulator.routes.metadata import module_param
from zcrm_tools.emulator.schema import USERS, ModuleDef
from zcrm_tools.emulator.views import reader_of
from zcrm_tools.emulator.workflows import EVENTS, FIELD_UPDATE, FIRED, RULE

MAX_ACTIVE, MAX_RULES = 150, 1_000
"""Of a module and of the org; Zoho's figures depend on the edition."""
_KINDS: Final = {
    "field_updates": FIELD_UPDATE,
    "tasks": task_actions.KIND,
    "webhooks": webhook_actions.KIND,
}
"""Types of actions, and the documents that are one."""


def _item(call: Call, rule: Json) -> Json:
    runs = documents.every(call.store, FIRED, parent=rule["id"])
    return {
        **stamps(call, rule, names(call.store, USERS)),
        "id": rule["id"],
        "name": rule["name"],
        "description": rule["description"],
        "module": module_reference(call.store, rule["module"]),
        "execute_when": rule["execute_when"],
        "status": {"active": rule["active"]},
        "category": "workflow",
        "source": "crm",
        "editable": True,
        "deletable": True,
        "module_specific_sequence": rule["sequence"],
        "last_executed_time": at(call, runs[-1]["at"]) if runs else None,
        "lock_status": {"locked": False},
    }


def _conditions(call: Call, rule: Json) -> list[Json]:
    known = {
        one["id"]: {"name": one["name"], "id": one["id"], "type": kind}
        for kind, stored in _KINDS.items()
        for one in documents.every(call.store, stored)
    }
    return [
        {
            "id": condition["id"],
            "sequence_number": number,
            "criteria_details": condition["criteria"] and {"criteria": condition["criteria"]},
            "instant_actions": {"actions": [known[key] for key in condition["actions"] if key in known]},
            "scheduled_actions": None,
        }
        for number, condition in enumerate(rule["conditions"], start=1)
    ]


def _ordered(call: Call) -> list[Json]:
    return sorted(documents.every(call.store, RULE), key=lambda rule: (rule["module"], rule["sequence"]))


def list_workflow_rules(call: Call) -> Response:
    found = _ordered(call)
    if call.query.get("module"):
        found = [rule for rule in found if rule["module"] == module_param(call).api_name]
    wanted, when = call.query.get("status_active"), call.query.get("execute_on")
    if wanted is not None:
        found = [rule for rule in found if str(rule["active"]).lower() == wanted]
    if when is not None:
        found = [rule for rule in found if rule["execute_when"]["type"] == when]
    return listed(call, "workflow_rules", [_item(call, rule) for rule in found])


def _rule(call: Call) -> Json:
    return kept(call, RULE, 3)


def _whole(call: Call, rule: Json) -> Json:
    return {**_item(call, rule), "conditions": _conditions(call, rule)}


def get_workflow_rule(call: Call) -> Response:
    return shown(call, "workflow_rules", RULE, _whole)


def create_workflow_rules(call: Call) -> Response:
    def write(row: Json, path: str) -> Json:
        module = module_of(call, row.get("module"), f"{path}.module")
        for name in ("name", "execute_when", "conditions"):
            if row.get(name) is None:
                raise refusals.missing_key(f"{path}.{name}")
        others = [one for one in documents.every(call.store, RULE) if one["module"] == module.api_name]
        first = {"module": module.api_name, "description": None, "active": True, "sequence": len(others) + 1}
        body = {**first, **_changes(call, module, row, path, None), **made(call)}
        return done("workflow created", documents.add(call.store, RULE, body, parent=module.api_name))

    return answer(call, "workflow_rules", rows_under(call, "workflow_rules"), write, ok=201)


def update_workflow_rules(call: Call) -> Response:
    rows = rows_under(call, "workflow_rules")

    def write(row: Json, path: str) -> Json:
        return _update(call, kept_row(call, RULE, row, path), row, path)

    return answer(call, "workflow_rules", rows, write)


def update_workflow_rule(call: Call) -> Response:
    rule = _rule(call)
    return answer_one(call, "workflow_rules", lambda row, path: _update(call, rule, row, path))


def _update(call: Call, before: Json, row: Json, path: str) -> Json:
    module = call.store.modules[before["module"]]
    changes = _changes(call, module, row, path, before["id"])
    documents.put(call.store, RULE, int(before["id"]), {**before, **changes, **changed(call)})
    return done("workflow updated", before["id"])


def _changes(call: Call, module: ModuleDef, row: Json, path: str, key: str | None) -> Json:
    changes: Json = {}
    if "name" in row:
        changes["name"] = text(row, "name", path, needed=True, most=100)
        not_taken(call, RULE, "name", changes["name"], path, key)
    if "description" in row:
        changes["description"] = text(row, "description", path, most=1_000)
    if "execute_when" in row:
        changes["execute_when"] = _occasion(module, row["execute_when"], f"{path}.execute_when")
    if "conditions" in row:
        changes["conditions"] = _read_conditions(call, module, row["conditions"], f"{path}.conditions")
    if isinstance(row.get("status"), dict) and isinstance(row["status"].get("active"), bool):
        changes["active"] = row["status"]["active"]
    return changes


def _occasion(module: ModuleDef, when: object, path: str) -> Json:
    kind = when.get("type") if isinstance(when, dict) else None
    if not isinstance(when, dict) or kind is None:
        raise refusals.missing_key(f"{path}.type")
    if kind not in EVENTS:
        raise refusals.not_covered(
            "this occasion of workflow rules", api_name="type", json_path=f"{path}.type"
        )
    details = when.get("details") or {}
    if kind == "field_update":
        watched = details.get("criteria") or []
        watched = watched if isinstance(watched, list) else [watched]
        named = [(one.get("field") or {}).get("api_name") for one in watched if isinstance(one, dict)]
        if not named or any(name not in module.fields for name in named):
            raise refusals.bad_value(f"{path}.details.criteria")
        details = {**details, "criteria": watched}
    return {"type": kind, "details": details}


def _read_conditions(call: Call, module: ModuleDef, rows: object, path: str) -> list[Json]:
    if not isinstance(rows, list) or not rows:
        raise refusals.wrong_type(path, "jsonarray")
    found = []
    for number, row in enumerate(rows):
        where = f"{path}[{number}]"
        if not isinstance(row, dict):
            raise refusals.wrong_type(where, "jsonobject")
        criteria = (row.get("criteria_details") or {}).get("criteria")
        if criteria is not None:
            try:
                compile_filter(module, criteria, reader_of(call.store, call.caller))
            except BadFilter as bad:
                raise refusals.bad_value(f"{where}.criteria_details.criteria{bad.path}") from None
        if row.get("scheduled_actions"):
            raise refusals.not_covered("scheduled actions", json_path=f"{where}.scheduled_actions")
        listed_ = (row.get("instant_actions") or {}).get("actions") or []
        found.append({"criteria": criteria, "actions": _actions(call, module, listed_, where)})
    return [{**one, "id": str(call.store.next_id())} for one in found]


def _actions(call: Call, module: ModuleDef, rows: Sequence[Json], path: str) -> list[str]:
    found = []
    for number, action in enumerate(rows):
        where = f"{path}.instant_actions.actions[{number}]"
        kind = _KINDS.get(str(action.get("type")))
        if kind is None:
            raise refusals.not_covered("this action of workflow rules", json_path=f"{where}.type")
        key = reference(action)
        update = documents.get(call.store, kind, key)
        if update is None or update["module"] != module.api_name:
            raise refusals.bad_value(f"{where}.id", refusals.INVALID_ID)
        found.append(str(key))
    return found


def _delete(call: Call, key: int) -> Json:
    kept_one(call, RULE, key)
    documents.remove(call.store, RULE, key)
    return done("workflow deleted", key)


def delete_workflow_rules(call: Call) -> Response:
    return answer_ids(call, "workflow_rules", lambda key: _delete(call, key))


def delete_workflow_rule(call: Call) -> Response:
    key = int(_rule(call)["id"])
    return answer(call, "workflow_rules", [{}], lambda _row, _path: _delete(call, key))


def reorder_workflow_rules(call: Call) -> Response:
    rows = object_under(call, "reorder").get("workflow_rules") or []
    with call.store.transaction():
        for number, row in enumerate(rows):
            path = f"$.reorder.workflow_rules[{number}]"
            rule = documents.get(call.store, RULE, row_id(row, path))
            place = row.get("module_specific_sequence")
            if rule is None or not isinstance(place, int):
                raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
            documents.put(call.store, RULE, int(rule["id"]), {**rule, "sequence": place})
    return reply({"reorder": [success("rules reordered successfully", {})]})


# ---- counts


def _counted(call: Call, actions: Sequence[str]) -> Json:
    counts = {
        kind: sum(documents.get(call.store, stored, int(key)) is not None for key in actions)
        for kind, stored in _KINDS.items()
    }
    return {kind: count for kind, count in counts.items() if count or kind == "field_updates"}


def count_workflow_actions(call: Call) -> Response:
    ids = ids_param(call)
    if not ids:
        raise refusals.missing_param("ids")
    found = [documents.get(call.store, RULE, key) for key in ids]
    items = [
        {
            "id": rule["id"],
            "conditions": [
                {
                    "id": condition["id"],
                    "sequence_number": number,
                    "instant_actions": {"actions_count": _counted(call, condition["actions"])},
                    "scheduled_actions": [],
                }
                for number, condition in enumerate(rule["conditions"], start=1)
            ],
        }
        for rule in found
        if rule is not None
    ]
    return reply({"workflow_rules": items}) if items else nothing()


def count_rules_of_modules(call: Call) -> Response:
    wanted = module_param(call).api_name if call.query.get("module") else None
    rules = documents.every(call.store, RULE)
    items = [
        {
            "module": module_reference(call.store, name),
            "active_rules_configured": sum(one["active"] for one in rules if one["module"] == name),
            "total_rules_configured": sum(one["module"] == name for one in rules),
        }
        for name in dict.fromkeys(one["module"] for one in rules)
        if wanted in (None, name)
    ]
    return reply({"module_specific_count": items})


def count_rules(call: Call) -> Response:
    rules = documents.every(call.store, RULE)
    counts = {
        "active_rules_configured": sum(one["active"] for one in rules),
        "total_rules_configured": len(rules),
        "active_rules_limit": MAX_RULES,
        "total_rules_limit": MAX_RULES,
        "active_rules_limit_per_module": MAX_ACTIVE,
        "total_rules_limit_per_module": MAX_ACTIVE,
        "rules_per_process_limit": 10,
        "scheduled_actions_per_rule_limit": 5,
        "total_actions_per_rule_limit": 50,
    }
    return reply({"rules_count": counts})


def rule_usage(call: Call) -> Response:
    """How often a rule fired between two instants."""
    rule = _rule(call)
    bounds = []
    for name in ("executed_from", "executed_till"):
        if not call.query.get(name):
            raise refusals.missing_param(name)
        moment = parse_datetime(call.query[name]) or parse_datetime(f"{call.query[name]}T00:00:00Z")
        if moment is None:
            raise refusals.bad_pattern(name)
        bounds.append(moment)
    found = documents.every(call.store, FIRED, parent=rule["id"])
    runs = [run for run in found if bounds[0] <= run["at"] <= bounds[1]]
    conditions = [
        {
            "id": one["id"],
            "usage_count": sum(run["condition"] == one["id"] for run in runs),
            "instant_actions": {"actions": []},
            "scheduled_actions": [],
        }
        for one in rule["conditions"]
    ]
    item = {"trigger_count": len(runs), "name": rule["name"], "id": rule["id"], "conditions": conditions}
    return reply({"workflow_rules": [{**item, "reset_time": None}]})


_PATH = "/settings/automation/workflow_rules"
routes: list[Route] = [
    route(_PATH, list_workflow_rules, "list_workflow_rules"),
    route(_PATH, create_workflow_rules, "create_workflow_rules", "POST"),
    route(_PATH, update_workflow_rules, "update_workflow_rules", "PUT"),
    route(_PATH, delete_workflow_rules, "delete_workflow_rules", "DELETE"),
    route(f"{_PATH}/actions/actions_count", count_workflow_actions, "count_workflow_actions"),
    route(f"{_PATH}/actions/module_specific_count", count_rules_of_modules, "count_rules_of_modules"),
    route(f"{_PATH}/actions/rules_count", count_rules, "count_workflow_rules"),
    route(f"{_PATH}/actions/reorder", reorder_workflow_rules, "reorder_workflow_rules", "PUT"),
    route(f"{_PATH}/{{id}}", get_workflow_rule, "get_workflow_rule"),
    route(f"{_PATH}/{{id}}", update_workflow_rule, "update_workflow_rule", "PUT"),
    route(f"{_PATH}/{{id}}", delete_workflow_rule, "delete_workflow_rule", "DELETE"),
    route(f"{_PATH}/{{id}}/actions/usage", rule_usage, "workflow_rule_usage"),
]
