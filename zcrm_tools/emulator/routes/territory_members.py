"""Who and what is in a territory: users, seen from either side, and records.

https://www.zoho.com/crm/developer/docs/api/v8/associate-users-territory.html, assign-territories-to-records.html
"""

from __future__ import annotations

import json

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import refusals
from zcrm_tools.emulator.bodies import (
    answer,
    answer_ids,
    done,
    listed,
    names,
    now,
    path_id,
    row_id,
    rows_under,
)
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.people import Row, rows_of, user_items
from zcrm_tools.emulator.render import zoned
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply
from zcrm_tools.emulator.routes.territories import in_path
from zcrm_tools.emulator.schema import USERS, ModuleDef
from zcrm_tools.emulator.territories import ROOT_ID, column, demand_enabled, find, keep, members, territories

_MOST = {"Contacts": 10, "Accounts": 10, "Deals": 1}
"""Territories a record may have, by module."""
ADDED = "Given User added to the mentioned territory Successfully"
REMOVED = "Given User Removed from the mentioned territory Successfully"


def _join(call: Call, key: int, user_id: int, path: str) -> None:
    territory = find(call.store, key)
    user = call.store.get(USERS, user_id)
    if territory is None or user is None or user["status"] != "active":
        raise refusals.bad_value(path, refusals.INVALID_ID)
    if user_id in members(territory):
        raise Refusal("DUPLICATE_DATA", "duplicate data", {"api_name": "id", "json_path": path})
    keep(call.store, {**territory, "users": [*territory["users"], user_id]})


def _leave(call: Call, key: int, user_id: int) -> None:
    territory = find(call.store, key)
    if territory is None or user_id not in members(territory):
        raise Refusal("INVALID_DATA", "The user is not a member of this territory", {"id": str(user_id)})
    if territory["manager"] == user_id:
        message = "This user cannot be removed as the user is a manager of the mentioned Territory."
        raise Refusal("INVALID_DATA", message)
    keep(call.store, {**territory, "users": [one for one in territory["users"] if one != user_id]})


# ---- a territory's users


def list_territory_users(call: Call) -> Response:
    wanted = members(in_path(call))
    rows = [row for row in rows_of(call.store, USERS, "ORDER BY u.id") if row["id"] in wanted]
    return listed(call, "users", user_items(call, rows))


def get_territory_user(call: Call) -> Response:
    rows = rows_of(call.store, USERS, "WHERE u.id = ?", (path_id(call, "user"),))
    if not rows or rows[0]["id"] not in members(in_path(call)):
        return nothing()
    return reply({"users": user_items(call, rows)})


def add_territory_users(call: Call) -> Response:
    key = int(in_path(call)["id"])

    def write(row: Json, path: str) -> Json:
        user_id = row_id(row, path)
        _join(call, key, user_id, f"{path}.id")
        return done(ADDED, user_id)

    return answer(call, "users", rows_under(call, "users"), write)


def _user_in_path(call: Call, name: str, index: int) -> int:
    user_id = path_id(call, name)
    if user_id is None or not call.store.exists(USERS, user_id):
        raise refusals.bad_path_id(index)
    return user_id


def add_territory_user(call: Call) -> Response:
    key, user_id = int(in_path(call)["id"]), _user_in_path(call, "user", 4)

    def write(_row: Json, path: str) -> Json:
        _join(call, key, user_id, f"{path}.id")
        return done(ADDED, user_id)

    return answer(call, "users", [{}], write)


def _dismiss(call: Call, key: int, user_id: int) -> Json:
    _leave(call, key, user_id)
    return done(REMOVED, user_id)


def remove_territory_users(call: Call) -> Response:
    key = int(in_path(call)["id"])
    return answer_ids(call, "users", lambda user_id: _dismiss(call, key, user_id))


def remove_territory_user(call: Call) -> Response:
    key, user_id = int(in_path(call)["id"]), _user_in_path(call, "user", 4)
    return answer(call, "users", [{}], lambda _row, _path: _dismiss(call, key, user_id))


# ---- a user's territories; their keys are written with capitals here


def _of_user(call: Call, user_id: int) -> list[Json]:
    people = names(call.store, USERS)
    found = []
    for one in territories(call.store):
        if user_id in members(one):
            above = find(call.store, one["reporting_to"])
            found.append(
                {
                    "id": one["id"],
                    "Manager": people.get(one["manager"]),
                    "Name": one["name"],
                    "Reporting_To": above and {"id": above["id"], "Name": above["name"]},
                }
            )
    return found


def list_user_territories(call: Call) -> Response:
    demand_enabled(call.store)
    return listed(call, "territories", _of_user(call, _user_in_path(call, "id", 1)))


def get_user_territory(call: Call) -> Response:
    demand_enabled(call.store)
    wanted = call.path["territory"]
    found = [one for one in _of_user(call, _user_in_path(call, "id", 1)) if one["id"] == wanted]
    return listed(call, "territories", found)


def add_user_territories(call: Call) -> Response:
    demand_enabled(call.store)
    user_id = _user_in_path(call, "id", 1)
    if user_id == call.caller.user_id:
        raise Refusal("NOT_ALLOWED", "Logged in users cannot update their own territories")

    def write(row: Json, path: str) -> Json:
        key = row_id(row, path)
        _join(call, key, user_id, f"{path}.id")
        return done("Territory associated to the user successfully", key)

    return answer(call, "territories", rows_under(call, "territories"), write)


def _withdraw(call: Call, user_id: int, key: int) -> Json:
    if user_id == call.caller.user_id:
        raise Refusal("NOT_ALLOWED", "You cannot update the territories you belong to")
    if key == ROOT_ID:
        raise Refusal("INVALID_DATA", "Organization Territory cannot be removed from the user")
    _leave(call, key, user_id)
    return done("Territory removed from the user successfully", key)


def remove_user_territories(call: Call) -> Response:
    demand_enabled(call.store)
    user_id = _user_in_path(call, "id", 1)
    return answer_ids(call, "territories", lambda key: _withdraw(call, user_id, key))


def remove_user_territory(call: Call) -> Response:
    key, user_id = int(in_path(call, "territory", 3)["id"]), _user_in_path(call, "id", 1)
    return answer(call, "territories", [{}], lambda _row, _path: _withdraw(call, user_id, key))


# ---- a record's territories


def _records(call: Call, word: str, change: str) -> Response:
    """Assign or remove: scheduled says the answer, and the emulator does it at once."""
    demand_enabled(call.store)
    module = call.module
    fixed = path_id(call) if "id" in call.path else None

    def write(row: Json, path: str) -> Json:
        if module.api_name == "Leads" or module.api_name not in _MOST:
            raise Refusal("TERRITORY_NOT_ENABLED", "Territory feature is not enabled", status=403)
        record_id = fixed if fixed is not None else row_id(row, path)
        record = call.store.get(module.api_name, record_id)
        if record is None:
            raise refusals.bad_value(f"{path}.id", "The record Id given seems to be invalid")
        after = _changed(call, module, record, row, path, change)
        stored = {_field(module): json.dumps(after) if after else None}
        stamp = {"Modified_Time": now(call), "Modified_By": call.caller.user_id}
        call.store.update(module.api_name, record_id, {**stored, **stamp})
        found = done(f"Territory {word} process scheduled successfully", record_id)
        found["details"] = {"job_id": str(call.store.next_id()), "id": str(record_id)}
        return {**found, "code": "SCHEDULED"}

    rows = rows_under(call, "data", most=1 if fixed is not None else 100)
    return answer(call, "data", rows, write, ok=202)


def _field(module: ModuleDef) -> str:
    return column(module) or "Territory"


def _changed(call: Call, module: ModuleDef, record: Row, row: Json, path: str, change: str) -> list[Json]:
    listed_ = row.get("Territories")
    if not isinstance(listed_, list) or not listed_:
        raise refusals.missing_key(f"{path}.Territories")
    held = {one["id"]: one for one in json.loads(record.get(_field(module)) or "[]")}
    seen: set[int] = set()
    for number, item in enumerate(listed_):
        where = f"{path}.Territories[{number}]"
        key = row_id(item if isinstance(item, dict) else {}, where)
        details = {"api_name": "id", "json_path": f"{where}.id"}
        territory = find(call.store, key)
        if territory is None or (change == "remove" and str(key) not in held):
            raise Refusal("INVALID_DATA", refusals.INVALID_ID, details)
        if key in seen:
            raise Refusal("ALREADY_USED", "Duplicate territory ID found", details)
        seen.add(key)
        if change == "remove":
            del held[str(key)]
            continue
        if str(key) in held:
            raise Refusal("DUPLICATE_DATA", "Given territory already exists for that record", details)
        held[str(key)] = _assigned(call, territory)
    most = _MOST[module.api_name]
    if len(held) > most:
        too_many: Json = {"limit": most, "api_name": "Territories", "json_path": f"{path}.Territories"}
        raise Refusal("LIMIT_EXCEEDED", "Maximum limit of territories for that record exceeds", too_many)
    return list(held.values())


def _assigned(call: Call, territory: Json) -> Json:
    return {
        "Name": territory["name"],
        "id": territory["id"],
        "$assigned_by": names(call.store, USERS).get(call.caller.user_id),
        "$assigned_time": zoned(now(call), call.caller.time_zone),
        "$assigned": "manually",
    }


def assign_territories(call: Call) -> Response:
    return _records(call, "assignment", "assign")


def remove_territories(call: Call) -> Response:
    return _records(call, "removal", "remove")


_ONE = "/settings/territories/{id}/users"
routes: list[Route] = [
    route(_ONE, list_territory_users, "list_territory_users"),
    route(_ONE, add_territory_users, "add_territory_users", "PUT"),
    route(_ONE, remove_territory_users, "remove_territory_users", "DELETE"),
    route(f"{_ONE}/{{user}}", get_territory_user, "get_territory_user"),
    route(f"{_ONE}/{{user}}", add_territory_user, "add_territory_user", "PUT"),
    route(f"{_ONE}/{{user}}", remove_territory_user, "remove_territory_user", "DELETE"),
    route("/users/{id}/territories", list_user_territories, "list_user_territories"),
    route("/users/{id}/territories", add_user_territories, "add_user_territories", "PUT"),
    route("/users/{id}/territories", remove_user_territories, "remove_user_territories", "DELETE"),
    route("/users/{id}/territories/{territory}", get_user_territory, "get_user_territory"),
    route("/users/{id}/territories/{territory}", remove_user_territory, "remove_user_territory", "DELETE"),
    route("/{module}/actions/assign_territories", assign_territories, "assign_territories", "POST"),
    route("/{module}/actions/remove_territories", remove_territories, "remove_territories", "POST"),
    route("/{module}/{id}/actions/assign_territories", assign_territories, "assign_territories_one", "POST"),
    route("/{module}/{id}/actions/remove_territories", remove_territories, "remove_territories_one", "POST"),
]
