"""Territories: list, one, add, change, delete with or without a transfer.

https://www.zoho.com/crm/developer/docs/api/v8/territories.html, add-territories.html, transfer-delete-territories.html
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
    listed,
    made,
    names,
    one_of,
    path_id,
    reference,
    row_id,
    rows_under,
    stamps,
    text,
)
from zcrm_tools.emulator.call import Call, ids_param, route
from zcrm_tools.emulator.query.filters import BadFilter, compile_filter
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply
from zcrm_tools.emulator.schema import USERS
from zcrm_tools.emulator.territories import (
    KIND,
    ROOT_ID,
    RULES,
    children,
    demand_enabled,
    find,
    keep,
    members,
    territories,
    with_all_below,
)
from zcrm_tools.emulator.views import reader_of

_SPECIAL = set("^~`#%&+=[]{}|\\;\"'<>,")
_PERMISSIONS = ("read_only", "read_write_delete")


def territory_item(call: Call, territory: Json, *, rules: bool = True) -> Json:
    people = names(call.store, USERS)
    above = find(call.store, territory["reporting_to"])
    item = {
        **stamps(call, territory, people),
        **{key: territory[key] for key in ("id", "name", "api_name", "description", "permission_type")},
        "manager": people.get(territory["manager"]),
        "reporting_to": above and {"name": above["name"], "id": above["id"]},
    }
    return item | ({key: territory[key] for key in RULES} if rules else {})


def in_path(call: Call, name: str = "id", index: int = 2) -> Json:
    demand_enabled(call.store)
    found = find(call.store, path_id(call, name))
    if found is None:
        raise refusals.bad_path_id(index)
    return found


def list_territories(call: Call) -> Response:
    demand_enabled(call.store)
    wanted = ids_param(call)
    found = [one for one in territories(call.store) if wanted is None or int(one["id"]) in wanted]
    return listed(call, "territories", [territory_item(call, one, rules=False) for one in found])


def get_territory(call: Call) -> Response:
    demand_enabled(call.store)
    found = find(call.store, path_id(call))
    return reply({"territories": [territory_item(call, found)]}) if found else nothing()


def list_child_territories(call: Call) -> Response:
    below = children(call.store, int(in_path(call)["id"]))
    return listed(call, "territories", [territory_item(call, one) for one in below])


def create_territories(call: Call) -> Response:
    demand_enabled(call.store)

    def write(row: Json, path: str) -> Json:
        for name in ("name", "reporting_to", "permission_type"):
            if row.get(name) is None:
                raise refusals.missing_key(f"{path}.{name}")
        usual: Json = {"description": None, "manager": None, "users": [], **dict.fromkeys(RULES)}
        body = {**usual, **_changes(call, row, path, None)}
        body["api_name"] = body["name"].replace(" ", "_")
        return done("Territory Created Successfully", documents.add(call.store, KIND, {**body, **made(call)}))

    return answer(call, "territories", rows_under(call, "territories"), write, ok=201)


def update_territories(call: Call) -> Response:
    demand_enabled(call.store)
    rows = rows_under(call, "territories")
    return answer(call, "territories", rows, lambda row, path: _update(call, row_id(row, path), row, path))


def update_territory(call: Call) -> Response:
    key = int(in_path(call)["id"])
    return answer_one(call, "territories", lambda row, path: _update(call, key, row, path))


def _update(call: Call, key: int, row: Json, path: str) -> Json:
    before = find(call.store, key)
    if before is None:
        raise refusals.bad_value(f"{path}.id", "The territory given is invalid")
    changes = _changes(call, row, path, key)
    if key == ROOT_ID and not changes.keys() <= {"name"}:
        message = "Can't update the Org Territory Properties Except its Name"
        raise Refusal("INVALID_DATA", message, {"api_name": "id", "json_path": f"{path}.id"})
    keep(call.store, {**before, **changes, **changed(call)})
    return done("Territory Updated Successfully", key)


def _changes(call: Call, row: Json, path: str, key: int | None) -> Json:
    changes: Json = {}
    if "name" in row:
        changes["name"] = _name(call, row, path, key)
    if "description" in row:
        changes["description"] = text(row, "description", path, most=250)
    if "permission_type" in row:
        changes["permission_type"] = one_of(row, "permission_type", path, _PERMISSIONS)
    if row.get("reporting_to") is not None:
        above = reference(row["reporting_to"])
        if (
            above is None
            or find(call.store, above) is None
            or (key and above in with_all_below(call.store, key))
        ):
            raise refusals.bad_value(f"{path}.reporting_to.id", refusals.INVALID_ID)
        changes["reporting_to"] = above
    if "manager" in row:
        changes["manager"] = _manager(call, row["manager"], f"{path}.manager")
    for name, module in RULES.items():
        if name in row:
            changes[name] = _rule(call, module, row[name], f"{path}.{name}")
    return changes


def _name(call: Call, row: Json, path: str, key: int | None) -> str:
    name = text(row, "name", path, needed=True, most=50) or ""
    if _SPECIAL & set(name):
        raise refusals.bad_value(f"{path}.name", "The territory name is invalid")
    if any(one["name"] == name and one["id"] != str(key) for one in territories(call.store)):
        message = "The territory name given already exists"
        raise Refusal("DUPLICATE_DATA", message, {"api_name": "name", "json_path": f"{path}.name"})
    return name


def _manager(call: Call, value: object, path: str) -> int | None:
    if value is None:
        return None
    user = call.store.get(USERS, reference(value) or 0)
    if user is None or user["status"] != "active":
        raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
    return int(user["id"])


def _rule(call: Call, module: str, criteria: object, path: str) -> object:
    """Criteria that put records into the territory; checked and kept. The emulator assigns by hand only."""
    if criteria is not None:
        try:
            compile_filter(call.store.modules[module], criteria, reader_of(call.store, call.caller))
        except BadFilter as bad:
            raise refusals.bad_value(path + bad.path, "The given Criteria is not a valid JSON") from None
    return criteria


def _delete(call: Call, key: int) -> Json:
    where = {"id": str(key)}
    if find(call.store, key) is None:
        raise Refusal("INVALID_DATA", "The territory given is invalid", where)
    if key == ROOT_ID:
        raise Refusal("NOT_ALLOWED", "The territory you are trying to delete is the Org Territory", where)
    if children(call.store, key):
        message = (
            "This territory has a child territory associated with it. It can't be deleted directly as transfer of"
            " child territory is required."
        )
        raise Refusal("NOT_ALLOWED", message, where)
    documents.remove(call.store, KIND, key)
    return done("Given Territory Removed Successfully", key)


def delete_territories(call: Call) -> Response:
    demand_enabled(call.store)
    return answer_ids(call, "territories", lambda key: _delete(call, key))


def delete_territory(call: Call) -> Response:
    key = int(in_path(call)["id"])
    return answer(call, "territories", [{}], lambda _row, _path: _delete(call, key))


def transfer_territories(call: Call) -> Response:
    demand_enabled(call.store)
    rows = rows_under(call, "territories")
    return answer(call, "territories", rows, lambda row, path: _transfer(call, row_id(row, path), row, path))


def transfer_territory(call: Call) -> Response:
    key = int(in_path(call)["id"])
    return answer_one(call, "territories", lambda row, path: _transfer(call, key, row, path))


def _transfer(call: Call, key: int, row: Json, path: str) -> Json:
    """Delete a territory; those below it go to another, which must not be one of them."""
    if find(call.store, key) is None or key == ROOT_ID:
        raise refusals.bad_value(f"{path}.id", "The territory given is invalid")
    if row.get("transfer_to_id") is None:
        raise refusals.missing_key(f"{path}.transfer_to_id")
    target = reference(row["transfer_to_id"])
    if target is None or find(call.store, target) is None or target in with_all_below(call.store, key):
        raise refusals.bad_value(f"{path}.transfer_to_id", refusals.INVALID_ID)
    for child in children(call.store, key):
        keep(call.store, {**child, "reporting_to": target})
    documents.remove(call.store, KIND, key)
    message = "Given Territory Removed Successfully and its child Territories moved to the another territory"
    return done(message, key)


def count_territory_users(call: Call) -> Response:
    demand_enabled(call.store)
    items = [
        {"count": str(len(members(one))), "territory": {"name": one["name"], "id": one["id"]}}
        for one in territories(call.store)
    ]
    return listed(call, "associated_users_count", items)


routes: list[Route] = [
    route("/settings/territories", list_territories, "list_territories"),
    route("/settings/territories", create_territories, "create_territories", "POST"),
    route("/settings/territories", update_territories, "update_territories", "PUT"),
    route("/settings/territories", delete_territories, "delete_territories", "DELETE"),
    route(
        "/settings/territories/actions/associated_users_count", count_territory_users, "count_territory_users"
    ),
    route(
        "/settings/territories/actions/transfer_and_delete",
        transfer_territories,
        "transfer_territories",
        "POST",
    ),
    route("/settings/territories/{id}", get_territory, "get_territory"),
    route("/settings/territories/{id}", update_territory, "update_territory", "PUT"),
    route("/settings/territories/{id}", delete_territory, "delete_territory", "DELETE"),
    route("/settings/territories/{id}/__child_territories", list_child_territories, "list_child_territories"),
    route(
        "/settings/territories/{id}/actions/transfer_and_delete",
        transfer_territory,
        "transfer_territory",
        "POST",
    ),
]
