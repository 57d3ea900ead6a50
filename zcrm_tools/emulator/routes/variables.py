"""Variables of the org and the groups they stand in.

https://www.zoho.com/crm/developer/docs/api/v8/get-variables.html, create-variables.html, get-variable-group.html
"""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.bodies import answer, answer_ids, answer_one, done, one_of, row_id, rows_under, text
from zcrm_tools.emulator.call import Call, as_id, route
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply
from zcrm_tools.emulator.schema import ORG_PREFIX

KIND = "variable"
GROUP = "variable_group"
GENERAL = ORG_PREFIX + 39_001
TYPES = {
    "integer": 9,
    "text": 255,
    "percent": 5,
    "decimal": 16,
    "currency": 16,
    "date": 20,
    "datetime": 30,
    "email": 100,
    "phone": 30,
    "url": 120,
    "checkbox": 5,
    "textarea": 2_000,
    "long": 18,
}
"""With the longest value of each."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def groups(call: Call) -> list[Json]:
    """The org's groups; a new org has the one named General."""
    found = documents.every(call.store, GROUP)
    return found or [{"id": str(GENERAL), "name": "General", "api_name": "General", "description": None}]


def _group(call: Call, value: object, path: str) -> Json:
    """The group a row names, by id or name; a name that is new makes one."""
    if not isinstance(value, dict):
        raise refusals.wrong_type(path, "jsonobject")
    name, key = value.get("name") or value.get("api_name"), value.get("id")
    for one in groups(call):
        if one["id"] == key or (key is None and name in (one["name"], one["api_name"])):
            return one
    if key is not None or not isinstance(name, str) or not name:
        raise refusals.bad_value(f"{path}.id" if key is not None else f"{path}.name")
    if not documents.every(call.store, GROUP):
        documents.add(call.store, GROUP, groups(call)[0], key=GENERAL)
    body = {"name": name, "api_name": re.sub(r"\W", "_", name), "description": None}
    return {**body, "id": str(documents.add(call.store, GROUP, body))}


def _item(call: Call, variable: Json) -> Json:
    group = next(one for one in groups(call) if one["id"] == variable["group"])
    return {
        "read_only": False,
        "api_name": variable["api_name"],
        "name": variable["name"],
        "description": variable["description"],
        "id": variable["id"],
        "source": "crm",
        "type": variable["type"],
        "variable_group": {"api_name": group["api_name"], "name": group["name"], "id": group["id"]},
        "value": variable["value"],
    }


def list_variables(call: Call) -> Response:
    wanted = call.query.get("group")
    items = [_item(call, one) for one in documents.every(call.store, KIND)]
    if wanted:
        items = [
            one for one in items if wanted in (one["variable_group"]["id"], one["variable_group"]["api_name"])
        ]
    return reply({"variables": items}) if items else nothing()


def _named(call: Call) -> Json:
    """The variable in the path: by id, or by API name."""
    wanted = call.path["id"]
    for one in documents.every(call.store, KIND):
        if wanted in (one["id"], one["api_name"]):
            return one
    raise refusals.bad_path_id(2)


def get_variable(call: Call) -> Response:
    return reply({"variables": [_item(call, _named(call))]})


def create_variables(call: Call) -> Response:
    def write(row: Json, path: str) -> Json:
        for name in ("name", "api_name", "type", "variable_group"):
            if row.get(name) is None:
                raise refusals.missing_key(f"{path}.{name}")
        kind = one_of(row, "type", path, TYPES)
        body = {"description": None, "value": "", "type": kind, **_changes(call, row, path, kind, None)}
        body["group"] = _group(call, row["variable_group"], f"{path}.variable_group")["id"]
        return done("variable added", documents.add(call.store, KIND, body))

    return answer(call, "variables", rows_under(call, "variables"), write, ok=201)


def update_variables(call: Call) -> Response:
    rows = rows_under(call, "variables")
    return answer(call, "variables", rows, lambda row, path: _update(call, row_id(row, path), row, path))


def update_variable(call: Call) -> Response:
    key = int(_named(call)["id"])
    return answer_one(call, "variables", lambda row, path: _update(call, key, row, path))


def _update(call: Call, key: int, row: Json, path: str) -> Json:
    before = documents.get(call.store, KIND, key)
    if before is None:
        raise refusals.bad_value(f"{path}.id")
    documents.put(call.store, KIND, key, {**before, **_changes(call, row, path, before["type"], str(key))})
    return done("variable updated", key)


def _changes(call: Call, row: Json, path: str, kind: str, key: str | None) -> Json:
    changes: Json = {}
    for name in ("name", "api_name"):
        if name not in row:
            continue
        changes[name] = value = text(row, name, path, needed=True, most=50)
        if name == "api_name" and not _NAME.fullmatch(value or ""):
            raise refusals.bad_value(f"{path}.api_name")
        others = documents.every(call.store, KIND)
        if any(other[name] == value and other["id"] != key for other in others):
            details = {"api_name": name, "json_path": f"{path}.{name}"}
            raise Refusal("DUPLICATE_DATA", "duplicate data", details)
    if "description" in row:
        changes["description"] = text(row, "description", path, most=255)
    if "value" in row:
        changes["value"] = _value(row["value"], kind, f"{path}.value")
    return changes


def _value(value: Any, kind: str, path: str) -> Any:
    """Kept as it was sent, once it fits the variable's type."""
    written = str(value).lower() if isinstance(value, bool) else str("" if value is None else value)
    fits = {
        "integer": r"-?\d{1,9}",
        "long": r"-?\d{1,18}",
        "percent": r"\d{1,3}(\.\d+)?",
        "decimal": r"-?\d{1,16}(\.\d+)?",
        "currency": r"-?\d{1,16}(\.\d+)?",
        "date": r"\d{4}-\d\d-\d\d",
        "datetime": r"\d{4}-\d\d-\d\dT.+",
        "email": r"[^@\s]+@[^@\s]+",
        "checkbox": "true|false",
    }
    if isinstance(value, (list, dict)) or (written and not re.fullmatch(fits.get(kind, r"(?s).*"), written)):
        raise refusals.bad_value(path, expected_data_type=kind)
    if len(written) > TYPES[kind] and kind not in ("decimal", "currency"):
        raise refusals.too_long(path, TYPES[kind])
    return value


def _delete(call: Call, key: int) -> Json:
    if not documents.remove(call.store, KIND, key):
        raise Refusal("INVALID_DATA", "variable not deleted", {"id": str(key)})
    return done("variable deleted", key)


def delete_variables(call: Call) -> Response:
    return answer_ids(call, "variables", lambda key: _delete(call, key))


def delete_variable(call: Call) -> Response:
    return reply({"variables": [_delete(call, int(_named(call)["id"]))]})


# ---- groups


def _group_item(group: Json) -> Json:
    return {"display_label": group["name"], **group}


def list_variable_groups(call: Call) -> Response:
    return reply({"variable_groups": [_group_item(group) for group in groups(call)]})


def get_variable_group(call: Call) -> Response:
    wanted = call.path["id"]
    found = [_group_item(one) for one in groups(call) if wanted in (one["id"], one["api_name"])]
    return reply({"variable_groups": found}) if found else nothing()


def update_variable_groups(call: Call) -> Response:
    rows = rows_under(call, "variable_groups")
    return answer(call, "variable_groups", rows, lambda row, at: _regroup(call, row_id(row, at), row, at))


def update_variable_group(call: Call) -> Response:
    wanted = call.path["id"]
    found = [one for one in groups(call) if wanted in (one["id"], one["api_name"])]
    if not found:
        raise refusals.bad_path_id(2)
    key = as_id(found[0]["id"]) or 0
    return answer_one(call, "variable_groups", lambda row, at: _regroup(call, key, row, at))


def _regroup(call: Call, key: int, row: Json, path: str) -> Json:
    before = next((one for one in groups(call) if one["id"] == str(key)), None)
    if before is None:
        raise refusals.bad_value(f"{path}.id")
    after = dict(before)
    for name in ("name", "api_name", "description"):
        if name in row:
            after[name] = text(row, name, path, needed=name != "description", most=255)
    if any(one["id"] != str(key) and one["name"] == after["name"] for one in groups(call)):
        details = {"api_name": "name", "json_path": f"{path}.name"}
        raise Refusal("DUPLICATE_DATA", "duplicate data", details)
    documents.remove(call.store, GROUP, key)
    documents.add(call.store, GROUP, after, key=key)
    return done("variable group updated", key)


routes: list[Route] = [
    route("/settings/variables", list_variables, "list_variables"),
    route("/settings/variables", create_variables, "create_variables", "POST"),
    route("/settings/variables", update_variables, "update_variables", "PUT"),
    route("/settings/variables", delete_variables, "delete_variables", "DELETE"),
    route("/settings/variables/{id}", get_variable, "get_variable"),
    route("/settings/variables/{id}", update_variable, "update_variable", "PUT"),
    route("/settings/variables/{id}", delete_variable, "delete_variable", "DELETE"),
    route("/settings/variable_groups", list_variable_groups, "list_variable_groups"),
    route("/settings/variable_groups", update_variable_groups, "update_variable_groups", "PUT"),
    route("/settings/variable_groups/{id}", get_variable_group, "get_variable_group"),
    route("/settings/variable_groups/{id}", update_variable_group, "update_variable_group", "PUT"),
]
