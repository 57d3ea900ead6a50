"""The org and its people: users, roles, profiles.

https://www.zoho.com/crm/developer/docs/api/v8/get-users.html, get-roles.html, get-profiles.html, get-org-data.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import paging, refusals
from zcrm_tools.emulator.call import Call, as_id, ids_param, route
from zcrm_tools.emulator.render import zoned
from zcrm_tools.emulator.replies import Json, nothing, page_info, reply
from zcrm_tools.emulator.schema import ORG_PREFIX, PROFILES, ROLES, USERS
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
Row = dict[str, Any]


def _rows(call: Call, table: str, tail: str = "", values: tuple[object, ...] = ()) -> list[Row]:
    names = list(call.store.modules[table].fields)
    columns = ", ".join(f"u.{quoted(name)}" for name in names)
    found = call.store.fetch(f"SELECT {columns} FROM {quoted(table)} u {tail}", values)  # noqa: S608
    return [dict(zip(names, row, strict=True)) for row in found]


def _names(call: Call, table: str) -> dict[int, Json]:
    display = "full_name" if table == USERS else "name"
    found = call.store.fetch(f"SELECT id, {display} FROM {quoted(table)}")  # noqa: S608 - schema names
    return {key: {"name": name, "id": str(key)} for key, name in found}


def _at(call: Call, seconds: int | None) -> str | None:
    return None if seconds is None else zoned(seconds, call.caller.time_zone)


def user_items(call: Call, rows: list[Row]) -> list[Json]:
    roles, profiles, people = (_names(call, table) for table in (ROLES, PROFILES, USERS))
    now = int(call.store.clock.now().timestamp())
    return [
        {
            "id": str(row["id"]),
            "full_name": row["full_name"],
            "first_name": row["first_name"],
            "last_name": row["last_name"],
            "email": row["email"],
            "zuid": row["zuid"],
            "alias": row["alias"],
            "phone": row["phone"],
            "mobile": row["mobile"],
            "status": row["status"],
            "confirm": bool(row["confirm"]),
            "profile": profiles.get(row["profile"]),
            "role": roles.get(row["role"]),
            "Reporting_To": people.get(row["Reporting_To"]),
            "country": row["country"],
            "locale": row["locale"] or "en_US",
            "country_locale": row["locale"] or "en_US",
            "language": (row["locale"] or "en_US").replace("-", "_"),
            "time_zone": row["time_zone"] or str(call.caller.time_zone),
            "offset": _offset(row["time_zone"], call, now),
            "time_format": "hh:mm a",
            "date_format": "MM-dd-yyyy",
            "decimal_separator": "Period",
            "number_separator": "Comma",
            "name_format__s": "Salutation,First Name,Last Name",
            "sort_order_preference__s": "First Name,Last Name",
            "microsoft": False,
            "personal_account": False,
            "Isonline": row["id"] == call.caller.user_id,
            "default_tab_group": "0",
            "type__s": "Regular User",
            "territories": [],
            "created_time": _at(call, row["created_time"]),
            "created_by": people.get(row["created_by"]),
            "Modified_Time": _at(call, row["Modified_Time"]),
            "Modified_By": people.get(row["Modified_By"]),
        }
        for row in rows
    ]


def _offset(zone: str | None, call: Call, now: int) -> int:
    """Milliseconds east of UTC, now."""
    at = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(zone) if zone else call.caller.time_zone)
    shift = at.utcoffset()
    return 0 if shift is None else int(shift.total_seconds() * 1000)


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
    tail = f"WHERE {condition} ORDER BY u.id LIMIT {per_page + 1} OFFSET {(number - 1) * per_page}"
    rows = _rows(call, USERS, tail, tuple(values))
    if not rows:
        return nothing()
    items = user_items(call, rows[:per_page])
    info = page_info(per_page=per_page, count=len(items), page=number, more=len(rows) > per_page)
    return reply({"users": items, "info": info})


def get_user(call: Call) -> Response:
    user_id = as_id(call.path["id"])
    if user_id is None:
        raise refusals.bad_path_id()
    rows = _rows(call, USERS, "WHERE u.id = ?", (user_id,))
    return reply({"users": user_items(call, rows)}) if rows else nothing()


def role_items(call: Call, rows: list[Row]) -> list[Json]:
    names = _names(call, ROLES)
    return [
        {
            "display_label": row["name"],
            "name": row["name"],
            "id": str(row["id"]),
            "reporting_to": names.get(row["reporting_to"]),
            "share_with_peers": bool(row["share_data_with_peers"]),
            "description": row["description"],
            "forecast_manager": None,
            "created_by__s": None,
            "modified_by__s": None,
            "created_time__s": None,
            "modified_time__s": None,
        }
        for row in rows
    ]


def list_roles(call: Call) -> Response:
    rows = _rows(call, ROLES, "ORDER BY u.id")
    return reply({"roles": role_items(call, rows)}) if rows else nothing()


def get_role(call: Call) -> Response:
    rows = _rows(call, ROLES, "WHERE u.id = ?", (as_id(call.path["id"]),))
    if not rows:
        raise refusals.bad_path_id(2)
    return reply({"roles": role_items(call, rows)})


def profile_items(call: Call, rows: list[Row]) -> list[Json]:
    people = _names(call, USERS)
    return [
        {
            "id": str(row["id"]),
            "api_name": row["name"],
            "name": row["name"],
            "display_label": row["name"],
            "created_time": _at(call, row["created_time"]),
            "modified_time": _at(call, row["modified_time"]),
            "created_by": people.get(row["created_by"]),
            "modified_by": people.get(row["modified_by"]),
            "description": row["description"],
            "custom": bool(row["custom"]),
            "type": "normal_profile",
        }
        for row in rows
    ]


def list_profiles(call: Call) -> Response:
    rows = _rows(call, PROFILES, "ORDER BY u.id")
    return reply({"profiles": profile_items(call, rows)}) if rows else nothing()


def get_profile(call: Call) -> Response:
    """With its permissions: the emulator grants every profile the record permissions of every module."""
    rows = _rows(call, PROFILES, "WHERE u.id = ?", (as_id(call.path["id"]),))
    if not rows:
        raise refusals.bad_path_id(2)
    item = profile_items(call, rows)[0]
    item["permissions_details"] = [
        {
            "display_label": act,
            "module": module.api_name,
            "name": f"Crm_Implied_{act}_{module.api_name}",
            "id": str(ORG_PREFIX + 500_000 + 10 * module.sequence + number),
            "enabled": True,
            "customizable": True,
            "parent_permissions": None,
        }
        for module in call.store.modules.values()
        if module.generated_type != "system"
        for number, act in enumerate(("View", "Create", "Edit", "Delete"), start=1)
    ]
    return reply({"profiles": [item]})


def get_org(call: Call) -> Response:
    return reply({"org": [call.store.org()]})


routes: list[Route] = [
    route("/users", list_users, "list_users"),
    route("/users/{id}", get_user, "get_user"),
    route("/settings/roles", list_roles, "list_roles"),
    route("/settings/roles/{id}", get_role, "get_role"),
    route("/settings/profiles", list_profiles, "list_profiles"),
    route("/settings/profiles/{id}", get_profile, "get_profile"),
    route("/org", get_org, "get_org"),
]
