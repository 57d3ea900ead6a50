"""Profiles and their permissions: list, one, clone, change, delete.

https://www.zoho.com/crm/developer/docs/api/v8/get-profiles.html, create-profile.html, update-profile-permission.html
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator import permissions as rights
from zcrm_tools.emulator.bodies import answer_one, at, done, names, now, path_id, text
from zcrm_tools.emulator.call import Call, as_id, route
from zcrm_tools.emulator.people import Row, rows_of
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply, success
from zcrm_tools.emulator.schema import PROFILES, USERS

MAX_PROFILES = 25
_SPECIAL = "#%&()*^"
_TYPES = ("normal_profile", "lite_profile", "private_profile", "system_profile")


def profile_items(call: Call, rows: list[Row]) -> list[Json]:
    people = names(call.store, USERS)
    return [
        {
            "id": str(row["id"]),
            "api_name": row["name"],
            "name": row["name"],
            "display_label": row["name"],
            "created_time": at(call, row["created_time"]),
            "modified_time": at(call, row["modified_time"]),
            "created_by": people.get(row["created_by"]),
            "modified_by": people.get(row["modified_by"]),
            "description": row["description"],
            "custom": bool(row["custom"]),
            "type": "normal_profile",
        }
        for row in rows
    ]


def list_profiles(call: Call) -> Response:
    asked = call.query.get("type", "normal_profile")
    if asked not in _TYPES:
        raise refusals.bad_param("type")
    rows = rows_of(call.store, PROFILES, "ORDER BY u.id") if asked == "normal_profile" else []
    if not rows:
        return nothing()
    return reply({"profiles": profile_items(call, rows), "info": {"license_limit": MAX_PROFILES}})


def get_profile(call: Call) -> Response:
    """With its permissions, which the list leaves out."""
    row = _profile(call)
    granted = rights.of_profile(call.store, row["id"])
    listed = [
        {
            "display_label": permission.label,
            "module": permission.module,
            "name": permission.name,
            "id": str(permission.id),
            "enabled": granted.allows(permission.name),
            "customizable": not granted.administrator,
            "parent_permissions": None,
        }
        for permission in rights.permissions(call.store)
    ]
    item = {**profile_items(call, [row])[0], "permissions_details": listed, "sections": _sections(listed)}
    return reply({"profiles": [item]})


def _sections(listed: list[Json]) -> list[Json]:
    """The permissions as the set-up page groups them, by id."""
    groups: dict[str | None, list[str]] = {}
    for permission in listed:
        groups.setdefault(permission["module"], []).append(permission["id"])
    modules = [
        {"display_label": name, "name": name, "module": name, "permissions_details": ids}
        for name, ids in groups.items()
        if name is not None
    ]
    general = {"display_label": "Setup", "name": "Setup", "permissions_details": groups.get(None, [])}
    return [
        {"name": "module_permissions", "categories": modules},
        {"name": "setup_permissions", "categories": [general]},
    ]


def _profile(call: Call) -> Row:
    rows = rows_of(call.store, PROFILES, "WHERE u.id = ?", (path_id(call),))
    if not rows:
        raise refusals.bad_path_id(2)
    return rows[0]


def _name(call: Call, row: Json, path: str, but: int | None) -> str:
    name = text(row, "name", path, needed=True, most=50) or ""
    if any(char in name for char in _SPECIAL):
        message = "Profile name should not contain the following special character(s) : #, %, &, (, ), *, ^"
        raise refusals.bad_value(f"{path}.name", message)
    same = rows_of(call.store, PROFILES, "WHERE u.name = ? AND u.id IS NOT ?", (name, but))
    if same:
        details = {"api_name": "name", "json_path": f"{path}.name", "id": str(same[0]["id"])}
        raise Refusal("DUPLICATE_DATA", "duplicate data", details)
    return name


def clone_profile(call: Call) -> Response:
    source = _profile(call)

    def write(row: Json, path: str) -> Json:
        name = _name(call, row, path, None)
        if len(rows_of(call.store, PROFILES)) >= MAX_PROFILES:
            details = {"limit": MAX_PROFILES}
            raise Refusal("LICENSE_LIMIT_EXCEEDED", "Request exceeds your license limit", details)
        profile_id = call.store.next_id()
        by, moment = call.caller.user_id, now(call)
        made = {"created_by": by, "created_time": moment, "modified_by": by, "modified_time": moment}
        about = text(row, "description", path, most=250)
        call.store.insert(
            PROFILES, {"id": profile_id, "name": name, "description": about, "custom": 1, **made}
        )
        granted = rights.of_profile(call.store, source["id"])
        rights.switch(
            call.store,
            profile_id,
            {one.name: granted.allows(one.name) for one in rights.permissions(call.store)},
        )
        return done("profile created successfully", profile_id)

    return answer_one(call, "profiles", write, ok=201)


def update_profile(call: Call) -> Response:
    profile = _profile(call)
    if profile["name"] == "Administrator":
        message = "System profile cannot be updated"
        raise Refusal("NOT_ALLOWED", message, {"resource_path_index": 2})

    def write(row: Json, path: str) -> Json:
        changes: Row = {"modified_by": call.caller.user_id, "modified_time": now(call)}
        if "name" in row:
            changes["name"] = _name(call, row, path, profile["id"])
        if "description" in row:
            changes["description"] = text(row, "description", path, most=250)
        rights.switch(call.store, profile["id"], _switched(call, row, path))
        call.store.update(PROFILES, profile["id"], changes)
        return done("profile updated successfully", profile["id"])

    return answer_one(call, "profiles", write)


def _switched(call: Call, row: Json, path: str) -> dict[str, bool]:
    listed = row.get("permissions_details", [])
    if not isinstance(listed, list):
        raise refusals.wrong_type(f"{path}.permissions_details", "jsonarray")
    known = {str(one.id): one.name for one in rights.permissions(call.store)}
    found = {}
    for number, item in enumerate(listed):
        where = f"{path}.permissions_details[{number}]"
        if not isinstance(item, dict) or str(item.get("id")) not in known:
            raise refusals.bad_value(f"{where}.id", "Invalid permission ID")
        if not isinstance(item.get("enabled"), bool):
            raise refusals.wrong_type(f"{where}.enabled", "boolean")
        found[known[str(item["id"])]] = item["enabled"]
    return found


def delete_profile(call: Call) -> Response:
    """Its users go to the profile that the call names: `transfer_to_id`, on older pages `transfer_to`."""
    profile = _profile(call)
    asked = call.query.get("transfer_to_id") or call.query.get("transfer_to")
    if not asked:
        raise refusals.missing_param("transfer_to_id")
    if not profile["custom"]:
        raise Refusal("CANNOT_DELETE", "Default profile cannot be deleted")
    target = as_id(asked)
    if target is None or target == profile["id"] or not call.store.exists(PROFILES, target):
        raise refusals.bad_param("transfer_to_id")
    with call.store.transaction():
        call.store.execute('UPDATE "Users" SET profile = ? WHERE profile = ?', (target, profile["id"]))
        call.store.execute('DELETE FROM "__profiles" WHERE id = ?', (profile["id"],))
        documents.remove(call.store, rights.KIND, profile["id"])
    return reply(success("Profile deleted", {}))


routes: list[Route] = [
    route("/settings/profiles", list_profiles, "list_profiles"),
    route("/settings/profiles/{id}", get_profile, "get_profile"),
    route("/settings/profiles/{id}", update_profile, "update_profile", "PUT"),
    route("/settings/profiles/{id}", delete_profile, "delete_profile", "DELETE"),
    route("/settings/profiles/{id}/actions/clone", clone_profile, "clone_profile", "POST"),
]
