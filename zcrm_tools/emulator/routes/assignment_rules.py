"""Assignment rules: the list and one with its entries.

https://www.zoho.com/crm/developer/docs/api/v8/get-assignment-rules.html
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents
from zcrm_tools.emulator.assignment import CURRENT, KIND
from zcrm_tools.emulator.bodies import names, path_id, stamps
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.render import module_reference
from zcrm_tools.emulator.replies import Json, nothing, reply
from zcrm_tools.emulator.routes.metadata import module_param
from zcrm_tools.emulator.schema import USERS, ModuleDef


def _item(call: Call, module: ModuleDef, rule: Json) -> Json:
    people = names(call.store, USERS)
    default = rule["default_assignee"]
    current = {"id": CURRENT, "name": CURRENT}
    return {
        **stamps(call, rule, people),
        "id": rule["id"],
        "name": rule["name"],
        "api_name": rule["name"].replace(" ", "_"),
        "description": rule["description"],
        "module": module_reference(call.store, module.api_name),
        "default_assignee": current if default == CURRENT else people.get(default),
    }


def list_assignment_rules(call: Call) -> Response:
    if call.query.get("module"):
        modules = [module_param(call)]
    else:
        modules = [one for one in call.store.modules.values() if one.generated_type != "system"]
    items = [
        _item(call, module, rule)
        for module in modules
        for rule in documents.every(call.store, KIND, parent=module.api_name)
    ]
    return reply({"assignment_rules": items}) if items else nothing()


def get_assignment_rule(call: Call) -> Response:
    module = module_param(call)
    found = documents.every(call.store, KIND, parent=module.api_name)
    rule = next((one for one in found if int(one["id"]) == path_id(call)), None)
    if rule is None:
        return nothing()
    people = names(call.store, USERS)
    entries = [
        {
            "id": str(int(rule["id"]) * 100 + number)[-18:],
            "sequence_number": number,
            "criteria": entry["criteria"],
            "assign_to": [{"type": "users", "resources": [people.get(one) for one in entry["assign_to"]]}],
            "user_availability_based_on": [],
            "followup_actions": [],
        }
        for number, entry in enumerate(rule["rule_entries"], start=1)
    ]
    return reply({"assignment_rules": [{**_item(call, module, rule), "rule_entries": entries}]})


_PATH = "/settings/automation/assignment_rules"
routes: list[Route] = [
    route(_PATH, list_assignment_rules, "list_assignment_rules"),
    route(f"{_PATH}/{{id}}", get_assignment_rule, "get_assignment_rule"),
]
