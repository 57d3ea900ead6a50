"""Roles: the hierarchy of the org.

https://www.zoho.com/crm/developer/docs/api/v8/get-roles.html, create-role.html, transfer-users-and-delete-role.html
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.bodies import (
    answer,
    answer_one,
    changed,
    done,
    flag,
    made,
    names,
    path_id,
    reference,
    row_id,
    rows_under,
    stamps,
    text,
)
from zcrm_tools.emulator.call import Call, as_id, route
from zcrm_tools.emulator.people import Row, rows_of
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply
from zcrm_tools.emulator.schema import ROLES, USERS

_KIND = "role"
"""Documents: who made and changed a role, and its forecast manager."""
_DUPLICATE = "Failed to add role since role with same name is already exist"


def role_items(call: Call, rows: list[Row]) -> list[Json]:
    roles, people = names(call.store, ROLES), names(call.store, USERS)
    kept = {int(one["id"]): one for one in documents.every(call.store, _KIND)}
    return [
        {
            "display_label": row["name"],
            "name": row["name"],
            "api_name": row["name"].replace(" ", "_"),
            "id": str(row["id"]),
            "reporting_to": roles.get(row["reporting_to"]),
            "share_with_peers": bool(row["share_data_with_peers"]),
            "description": row["description"],
            "forecast_manager": people.get(kept.get(row["id"], {}).get("forecast_manager", 0)),
            **{f"{key}__s": value for key, value in stamps(call, kept.get(row["id"], {}), people).items()},
        }
        for row in rows
    ]


def list_roles(call: Call) -> Response:
    rows = rows_of(call.store, ROLES, "ORDER BY u.id")
    return reply({"roles": role_items(call, rows)}) if rows else nothing()


def get_role(call: Call) -> Response:
    rows = rows_of(call.store, ROLES, "WHERE u.id = ?", (path_id(call),))
    if not rows:
        raise refusals.bad_path_id(2)
    return reply({"roles": role_items(call, rows)})


def create_roles(call: Call) -> Response:
    def write(row: Json, path: str) -> Json:
        for name in ("name", "reporting_to"):
            if row.get(name) is None:
                raise refusals.missing_key(f"{path}.{name}")
        role_id = call.store.next_id()
        call.store.insert(
            ROLES, {"share_data_with_peers": 0, **_changes(call, row, path, None), "id": role_id}
        )
        documents.add(call.store, _KIND, {**made(call), **_manager(call, row, path)}, key=role_id)
        return done("Role added", role_id)

    return answer(call, "roles", rows_under(call, "roles"), write, ok=201)


def update_roles(call: Call) -> Response:
    rows = rows_under(call, "roles", most=1)
    return answer(call, "roles", rows, lambda row, path: _update(call, row_id(row, path), row, path))


def update_role(call: Call) -> Response:
    role_id = path_id(call)
    if role_id is None or not call.store.exists(ROLES, role_id):
        raise refusals.bad_path_id(2)
    return answer_one(call, "roles", lambda row, path: _update(call, role_id, row, path))


def _update(call: Call, role_id: int, row: Json, path: str) -> Json:
    if not call.store.exists(ROLES, role_id):
        raise refusals.bad_value(f"{path}.id", "the given role id seems invalid")
    changes = _changes(call, row, path, role_id)
    if changes:
        call.store.update(ROLES, role_id, changes)
    before = documents.get(call.store, _KIND, role_id) or {}
    after = {**before, **changed(call), **_manager(call, row, path)}
    documents.remove(call.store, _KIND, role_id)
    documents.add(call.store, _KIND, after, key=role_id)
    return done("Role updated", role_id)


def _changes(call: Call, row: Json, path: str, role_id: int | None) -> Row:
    changes: Row = {}
    if "name" in row:
        name = text(row, "name", path, needed=True, most=200)
        if "#" in (name or ""):
            message = "Role name should not contain the following special character(s) : #"
            raise refusals.bad_value(f"{path}.name", message)
        if rows_of(call.store, ROLES, "WHERE u.name = ? AND u.id IS NOT ?", (name, role_id)):
            details = {"api_name": "name", "json_path": f"{path}.name"}
            raise Refusal("DUPLICATE_DATA", _DUPLICATE, details)
        changes["name"] = name
    if "description" in row:
        changes["description"] = text(row, "description", path, most=250)
    if "share_with_peers" in row:
        changes["share_data_with_peers"] = int(flag(row, "share_with_peers", path, default=False))
    if row.get("reporting_to") is not None:
        changes["reporting_to"] = _superior(call, row["reporting_to"], role_id, f"{path}.reporting_to")
    return changes


def _superior(call: Call, value: object, role_id: int | None, path: str) -> int:
    """The role reported to; never the role itself or one below it."""
    above = reference(value)
    step = above
    while step is not None and step != role_id:
        row = call.store.get(ROLES, step)
        if row is None:
            break
        step = row["reporting_to"]
    if above is None or not call.store.exists(ROLES, above) or (role_id is not None and step == role_id):
        raise refusals.bad_value(path, refusals.INVALID_ID)
    return above


def _manager(call: Call, row: Json, path: str) -> Row:
    if row.get("forecast_manager") is None:
        return {}
    user_id = reference(row["forecast_manager"])
    if user_id is None or not call.store.exists(USERS, user_id):
        raise refusals.bad_value(f"{path}.forecast_manager", refusals.INVALID_ID)
    return {"forecast_manager": user_id}


def delete_role(call: Call) -> Response:
    """Its users and the roles below it go to the role that the call names."""
    role_id = path_id(call)
    if role_id is None or not call.store.exists(ROLES, role_id):
        raise refusals.bad_path_id(2)
    asked = call.query.get("transfer_to_id")
    if not asked:
        raise refusals.missing_param("transfer_to_id")
    target = as_id(asked)
    if target is None:
        message = "either the request body or parameters is in wrong format"
        raise Refusal("UNABLE_TO_PARSE_DATA_TYPE", message, {"param_name": "transfer_to_id"})
    if target == role_id or not call.store.exists(ROLES, target):
        raise refusals.bad_param("transfer_to_id")
    role = call.store.get(ROLES, role_id) or {}
    with call.store.transaction():
        call.store.execute('UPDATE "Users" SET role = ? WHERE role = ?', (target, role_id))
        below = 'UPDATE "__roles" SET reporting_to = ? WHERE reporting_to = ? AND id <> ?'
        call.store.execute(below, (target, role_id, target))
        call.store.execute(
            'UPDATE "__roles" SET reporting_to = ? WHERE id = ? AND reporting_to = ?',
            (role["reporting_to"], target, role_id),
        )
        call.store.execute('DELETE FROM "__roles" WHERE id = ?', (role_id,))
        documents.remove(call.store, _KIND, role_id)
    return reply({"roles": [done("Role Deleted", role_id)]})


routes: list[Route] = [
    route("/settings/roles", list_roles, "list_roles"),
    route("/settings/roles", create_roles, "create_roles", "POST"),
    route("/settings/roles", update_roles, "update_roles", "PUT"),
    route("/settings/roles/{id}", get_role, "get_role"),
    route("/settings/roles/{id}", update_role, "update_role", "PUT"),
    route("/settings/roles/{id}", delete_role, "delete_role", "DELETE"),
]
