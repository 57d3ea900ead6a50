"""Users: list by type, one, add, change, delete, count.

https://www.zoho.com/crm/developer/docs/api/v8/get-users.html, add-user.html, update-user.html, delete-user.html
"""

from __future__ import annotations

import zoneinfo
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import paging, refusals
from zcrm_tools.emulator.bodies import (
    answer,
    answer_one,
    done,
    now,
    path_id,
    reference,
    row_id,
    rows_under,
    text,
)
from zcrm_tools.emulator.call import Call, ids_param, route
from zcrm_tools.emulator.people import COLUMNS, EXTRAS, keep_extras, primary_user, rows_of, user_items
from zcrm_tools.emulator.replies import Json, Refusal, not_modified, nothing, page_info, reply, success
from zcrm_tools.emulator.schema import PROFILES, ROLES, USERS
from zcrm_tools.emulator.store import quoted

_ADMIN = f"u.profile IN (SELECT id FROM {quoted(PROFILES)} WHERE name = 'Administrator')"  # noqa: S608
_TYPES = {
    "AllUsers": "1",
    "ActiveUsers": "u.status = 'active'",
    "DeactiveUsers": "u.status = 'disabled'",
    "ConfirmedUsers": "u.confirm = 1",
    "NotConfirmedUsers": "u.confirm = 0",
    "DeletedUsers": "u.status = 'deleted'",
    "ActiveConfirmedUsers": "u.status = 'active' AND u.confirm = 1",
    "AdminUsers": _ADMIN,
    "ActiveConfirmedAdmins": f"u.status = 'active' AND u.confirm = 1 AND {_ADMIN}",
    "CurrentUser": "u.id = ?",
}
_LENGTHS = {"first_name": 50, "last_name": 50, "email": 100, "phone": 30, "mobile": 30, "alias": 50}
_OWN = ("name_format__s", "sort_order_preference__s")
"""What only the users themselves may set."""
Row = dict[str, Any]


def list_users(call: Call) -> Response:
    kind = call.query.get("type", "AllUsers")
    condition = _TYPES.get(kind)
    if condition is None:
        raise refusals.bad_param("type", supported_values=list(_TYPES))
    number, per_page = paging.numbers(call)
    values: list[object] = [call.caller.user_id] if kind == "CurrentUser" else []
    ids = ids_param(call)
    if ids is not None:
        condition += f" AND u.id IN ({', '.join('?' * len(ids))})"
        values += ids
    since = call.since("If-Modified-Since")
    if since is not None:
        condition += ' AND u."Modified_Time" > ?'
        values.append(since)
    tail = f"WHERE {condition} ORDER BY u.id LIMIT {per_page + 1} OFFSET {(number - 1) * per_page}"
    rows = rows_of(call.store, USERS, tail, tuple(values))
    if not rows:
        return nothing() if since is None else not_modified()
    items = user_items(call, rows[:per_page])
    info = page_info(per_page=per_page, count=len(items), page=number, more=len(rows) > per_page)
    return reply({"users": items, "info": info})


def get_user(call: Call) -> Response:
    user_id = path_id(call)
    if user_id is None:
        raise refusals.bad_path_id()
    rows = rows_of(call.store, USERS, "WHERE u.id = ?", (user_id,))
    return reply({"users": user_items(call, rows)}) if rows else nothing()


def count_users(call: Call) -> Response:
    sql = f"SELECT count(*) FROM {quoted(USERS)} WHERE status = 'active'"  # noqa: S608 - schema name
    return reply({"count": call.store.fetch(sql)[0][0]})


def create_user(call: Call) -> Response:
    return answer(
        call, "users", rows_under(call, "users", most=1), lambda row, at: _create(call, row, at), ok=201
    )


def _create(call: Call, row: Json, path: str) -> Json:
    for name in ("last_name", "email"):
        text(row, name, path, needed=True)
    changes = _columns(row, path)
    for name, table in (("role", ROLES), ("profile", PROFILES)):
        if row.get(name) is None:
            raise refusals.missing_key(f"{path}.{name}")
        changes[name] = _member(call, table, row[name], f"{path}.{name}")
    _unused_email(call, changes["email"], None, f"{path}.email")
    licensed = (call.store.org().get("license_details") or {}).get("users_license_purchased")
    taken = len(rows_of(call.store, USERS, "WHERE u.status = 'active'"))
    if licensed is not None and taken >= licensed:
        message = "Request exceeds your license limit. Need to upgrade in order to add"
        raise Refusal("LICENSE_LIMIT_EXCEEDED", message)
    user_id = call.store.next_id()
    by, moment = call.caller.user_id, now(call)
    stamps: Row = {"created_by": by, "created_time": moment, "Modified_By": by, "Modified_Time": moment}
    full = " ".join(filter(None, (changes.get("first_name"), changes["last_name"])))
    zone = {"time_zone": call.store.org().get("time_zone")}
    fresh = {"id": user_id, "full_name": full, "status": "active", "confirm": 0, "zuid": str(user_id % 10**9)}
    call.store.insert(USERS, {**zone, **changes, **fresh, **stamps})
    keep_extras(call.store, user_id, _extras(row, path))
    return done("User added", user_id)


def update_user(call: Call) -> Response:
    user_id = path_id(call)
    if user_id is None or not call.store.exists(USERS, user_id):
        raise refusals.bad_path_id()
    return answer_one(call, "users", lambda row, path: _update(call, user_id, row, path))


def update_users(call: Call) -> Response:
    rows = rows_under(call, "users", most=1)
    return answer(call, "users", rows, lambda row, path: _update(call, row_id(row, path), row, path))


def _update(call: Call, user_id: int, row: Json, path: str) -> Json:
    before = call.store.get(USERS, user_id)
    if before is None:
        raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
    if before["status"] == "deleted":
        raise Refusal("CANNOT_UPDATE_DELETED_USER", "Deleted user cannot be updated")
    _own_only(call, user_id, row, path)
    changes = _columns(row, path)
    for name, table in (("role", ROLES), ("profile", PROFILES)):
        if row.get(name) is not None:
            changes[name] = _member(call, table, row[name], f"{path}.{name}")
    if row.get("Reporting_To") is not None:
        changes["Reporting_To"] = _member(call, USERS, row["Reporting_To"], f"{path}.Reporting_To")
    if changes.get("email", before["email"]) != before["email"]:
        if before["confirm"]:
            raise Refusal("EMAIL_UPDATE_NOT_ALLOWED", "Cannot update email of a confirmed CRM User")
        _unused_email(call, changes["email"], user_id, f"{path}.email")
    if "status" in row:
        changes["status"] = _status(call, before, row["status"], f"{path}.status")
    after = {**before, **changes}
    changes["full_name"] = " ".join(filter(None, (after["first_name"], after["last_name"])))
    changes |= {"Modified_By": call.caller.user_id, "Modified_Time": now(call)}
    call.store.update(USERS, user_id, changes)
    keep_extras(call.store, user_id, _extras(row, path))
    return done("User updated", user_id)


def _own_only(call: Call, user_id: int, row: Json, path: str) -> None:
    if user_id == call.caller.user_id:
        return
    if "time_zone" in row:
        raise refusals.bad_value(f"{path}.time_zone", "Cannot update the time_zone of another User")
    for name in _OWN:
        if name in row:
            message = "You cannot update the name format and sort order preference of another user"
            raise Refusal("NOT_ALLOWED", message, {"api_name": name, "json_path": f"{path}.{name}"})


def _status(call: Call, before: Row, wanted: object, path: str) -> str:
    """`inactive` is how a person is switched off; lists call it `disabled`."""
    if wanted not in ("active", "inactive", "disabled"):
        raise refusals.not_listed(path, ["active", "inactive"])
    status = "active" if wanted == "active" else "disabled"
    if status == before["status"]:
        if status == "active":
            raise Refusal("ID_ALREADY_ACTIVE", "User is already active")
        raise Refusal("ID_ALREADY_DEACTIVATED", "User is already deactivated")
    if status == "disabled" and before["id"] == primary_user(call.store):
        raise Refusal("INVALID_REQUEST", "Primary Contact cannot be deactivated")
    return status


def _columns(row: Json, path: str) -> Row:
    """What a row says of the columns of Users."""
    changes: Row = {}
    for name in COLUMNS:
        if name in row:
            needed = name in ("last_name", "email")
            changes[name] = text(row, name, path, needed=needed, most=_LENGTHS.get(name, 100))
    email = changes.get("email")
    if email is not None and ("@" not in email or " " in email):
        raise refusals.wrong_type(f"{path}.email", "email")
    zone = changes.get("time_zone")
    if zone is not None and zone not in zoneinfo.available_timezones():
        raise refusals.bad_value(f"{path}.time_zone", "Give a proper time zone value")
    return changes


def _extras(row: Json, path: str) -> Row:
    return {name: text(row, name, path, most=2_000) for name in EXTRAS if name in row}


def _member(call: Call, table: str, value: object, path: str) -> int:
    found = reference(value)
    if found is None or not call.store.exists(table, found):
        raise refusals.bad_value(path, refusals.INVALID_ID)
    return found


def _unused_email(call: Call, email: str, but: int | None, path: str) -> None:
    tail = "WHERE u.email = ? AND u.id IS NOT ? AND u.status <> 'deleted'"
    if rows_of(call.store, USERS, tail, (email, but)):
        message = "Failed to add user since same email id is already present"
        raise Refusal("DUPLICATE_DATA", message, {"api_name": "email", "json_path": path})


def delete_user(call: Call) -> Response:
    user_id = path_id(call)
    user = None if user_id is None else call.store.get(USERS, user_id)
    if user is None:
        raise refusals.bad_path_id()
    if user["status"] == "deleted":
        raise Refusal("ID_ALREADY_DELETED", "User is already deleted", {"resource_path_index": 1})
    if user["id"] == primary_user(call.store):
        raise Refusal("INVALID_REQUEST", "Primary contact cannot be deleted")
    call.store.update(USERS, user["id"], {"status": "deleted", "Modified_Time": now(call)})
    return reply({"users": [success("User deleted", {})]})


routes: list[Route] = [
    route("/users", list_users, "list_users"),
    route("/users", create_user, "create_user", "POST"),
    route("/users", update_users, "update_users", "PUT"),
    route("/users/actions/count", count_users, "count_users"),
    route("/users/{id}", get_user, "get_user"),
    route("/users/{id}", update_user, "update_user", "PUT"),
    route("/users/{id}", delete_user, "delete_user", "DELETE"),
]
