"""When the org works: fiscal year, business hours and shifts.

https://www.zoho.com/crm/developer/docs/api/v8/get-fiscal-year.html, get-business-hours.html, get-shift-hours.html
"""

from __future__ import annotations

import zoneinfo

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.bodies import (
    answer,
    answer_one,
    done,
    names,
    object_under,
    one_of,
    path_id,
    reference,
    row_id,
    rows_under,
    text,
)
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.hours import DAYS, days, span, timing
from zcrm_tools.emulator.people import rows_of
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply
from zcrm_tools.emulator.schema import ORG_PREFIX, ROLES, USERS

FISCAL = "fiscal_year"
HOURS = "business_hours"
SHIFT = "shift_hour"
MAX_SHIFTS = 50
_FISCAL_ID = ORG_PREFIX + 4_272
_MONTHS = "JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER".split()
_TYPES = {"24_by_7": DAYS, "24_by_5": DAYS[:5], "custom": ()}
_NAMED = {"24*7": "24_by_7", "24*5": "24_by_5"}
"""The pages write the types in another way than the OpenAPI."""


# ---- fiscal year


def _fiscal(call: Call) -> Json:
    usual = {"display_based_on": "start_month", "start_month": "JANUARY", "calendar_type": "gregorian"}
    return documents.get(call.store, FISCAL, _FISCAL_ID) or {**usual, "id": str(_FISCAL_ID)}


def get_fiscal_year(call: Call) -> Response:
    return reply({"fiscal_year": _fiscal(call)})


def update_fiscal_year(call: Call) -> Response:
    row, path = object_under(call, "fiscal_year"), "$.fiscal_year"
    year = dict(_fiscal(call))
    if "start_month" in row:
        month = row["start_month"]
        if not isinstance(month, str) or month.upper() not in _MONTHS:
            raise refusals.not_listed(f"{path}.start_month", _MONTHS)
        year["start_month"] = month.upper()
    if "display_based_on" in row:
        year["display_based_on"] = one_of(row, "display_based_on", path, ("start_month", "end_month"))
    if "calendar_type" in row:
        year["calendar_type"] = one_of(row, "calendar_type", path, ("gregorian",))
    documents.remove(call.store, FISCAL, _FISCAL_ID)
    documents.add(call.store, FISCAL, year, key=_FISCAL_ID)
    return reply(
        {"fiscal_year": done("The fiscal year configuration has been updated successfully", _FISCAL_ID)}
    )


# ---- business hours


def get_business_hours(call: Call) -> Response:
    kept = documents.every(call.store, HOURS)
    if not kept:
        return nothing()
    return reply({"business_hours": {**kept[0], "timezone": call.store.org().get("time_zone")}})


def _refused(refusal: Refusal) -> Response:
    return reply({"business_hours": refusal.item()}, refusal.status)


def create_business_hours(call: Call) -> Response:
    row = object_under(call, "business_hours")
    try:
        if documents.every(call.store, HOURS):
            raise Refusal("ALREADY_USED", "Business hours are already configured")
        key = documents.add(call.store, HOURS, _hours(row, "$.business_hours"))
    except Refusal as refusal:
        return _refused(refusal)
    return reply({"business_hours": done("Business Hours saved successfully", key)}, 201)


def update_business_hours(call: Call) -> Response:
    row = object_under(call, "business_hours")
    kept = documents.every(call.store, HOURS)
    try:
        if not kept:
            raise Refusal("NOT_ALLOWED", "Business hours is not enabled")
        documents.put(call.store, HOURS, int(kept[0]["id"]), _hours({**kept[0], **row}, "$.business_hours"))
    except Refusal as refusal:
        return _refused(refusal)
    return reply({"business_hours": done("Business Hours saved successfully", kept[0]["id"])})


def _hours(row: Json, path: str) -> Json:
    named = {**row, "type": _NAMED.get(row.get("type", ""), row.get("type"))}
    kind = one_of(named, "type", path, _TYPES)
    begins = one_of(row, "week_starts_on", path, DAYS)
    open_on = list(_TYPES[kind])
    if kind != "24_by_7":
        if row.get("business_days") is None:
            raise refusals.needs(f"{path}.type", f"{path}.business_days")
        open_on = days(row["business_days"], f"{path}.business_days")
    if kind == "24_by_5" and len(open_on) != 5:
        raise refusals.bad_value(f"{path}.business_days")
    always = {"same_as_everyday": True, "daily_timing": None, "custom_timing": None}
    when = timing(row, path, open_on, "business_timing") if kind == "custom" else always
    return {"type": kind, "week_starts_on": begins, "business_days": open_on, **when}


# ---- shifts


def _shift_item(call: Call, shift: Json) -> Json:
    users = {row["id"]: row for row in rows_of(call.store, USERS)}
    roles = names(call.store, ROLES)
    people = [
        {
            "role": roles.get(users[one]["role"]),
            "name": users[one]["full_name"],
            "id": str(one),
            "email": users[one]["email"],
            "zuid": users[one]["zuid"],
            "effective_from": None,
        }
        for one in shift["users"]
        if one in users
    ]
    days_off = [
        {"date": one["date"], "year": int(one["date"][:4]), "name": one["name"], "id": one["id"]}
        for one in documents.every(call.store, "holiday", parent=shift["id"])
    ]
    return {**shift, "users": people, "users_count": len(people), "holidays": days_off or None}


def _count(shifts: list[Json]) -> Json:
    return {"total_shift_with_user": sum(bool(one["users"]) for one in shifts), "total_shift": len(shifts)}


def list_shift_hours(call: Call) -> Response:
    shifts = [_shift_item(call, one) for one in documents.every(call.store, SHIFT)]
    return reply({"shift_count": _count(shifts), "shift_hours": shifts}) if shifts else nothing()


def get_shift_hour(call: Call) -> Response:
    shift = documents.get(call.store, SHIFT, path_id(call))
    if shift is None:
        return nothing()
    shown = [_shift_item(call, shift)]
    return reply({"shift_count": _count(shown), "shift_hours": shown})


def create_shift_hours(call: Call) -> Response:
    def write(row: Json, path: str) -> Json:
        if not documents.every(call.store, HOURS):
            raise Refusal("NOT_ALLOWED", "Business hours is not enabled")
        if len(documents.every(call.store, SHIFT)) >= MAX_SHIFTS:
            raise Refusal("LIMIT_EXCEEDED", "Shift hours Limit exceeds", {"limit": str(MAX_SHIFTS)})
        key = documents.add(call.store, SHIFT, _shift(call, row, path, None))
        return done("Shift Hours created successfully.", key)

    return answer(call, "shift_hours", rows_under(call, "shift_hours"), write, ok=201)


def update_shift_hours(call: Call) -> Response:
    rows = rows_under(call, "shift_hours")
    return answer(call, "shift_hours", rows, lambda row, path: _update(call, row_id(row, path), row, path))


def update_shift_hour(call: Call) -> Response:
    key = path_id(call)
    if documents.get(call.store, SHIFT, key) is None:
        raise refusals.bad_path_id(3)
    return answer_one(call, "shift_hours", lambda row, path: _update(call, key or 0, row, path))


def _update(call: Call, key: int, row: Json, path: str) -> Json:
    before = documents.get(call.store, SHIFT, key)
    if before is None:
        raise refusals.bad_value(f"{path}.id", "Invalid ID")
    documents.put(call.store, SHIFT, key, _shift(call, {**before, **row}, path, str(key)))
    return done("Shift Hours updated successfully.", key)


def _shift(call: Call, row: Json, path: str, key: str | None) -> Json:
    name = text(row, "name", path, needed=True, most=80)
    zone = text(row, "timezone", path, needed=True)
    if zone not in zoneinfo.available_timezones():
        raise refusals.bad_value(f"{path}.timezone")
    others = documents.every(call.store, SHIFT)
    if any(other["name"] == name and other["id"] != key for other in others):
        details = {"api_name": "name", "json_path": f"{path}.name"}
        raise Refusal("DUPLICATE_DATA", "Shift Name already exists", details)
    if row.get("shift_days") is None:
        raise refusals.missing_key(f"{path}.shift_days")
    on = days(row["shift_days"], f"{path}.shift_days")
    if row.get("same_as_everyday") is None:
        raise refusals.missing_key(f"{path}.same_as_everyday")
    when = timing(row, path, on, "shift_timing")
    return {
        "name": name,
        "timezone": zone,
        "shift_days": on,
        **when,
        "break_hours": _breaks(row.get("break_hours"), f"{path}.break_hours"),
        "users": _users(call, row.get("users") or [], f"{path}.users"),
    }


def _breaks(rows: object, path: str) -> list[Json] | None:
    if not rows:
        return None
    if not isinstance(rows, list) or len(rows) > 2 or not all(isinstance(one, dict) for one in rows):
        raise refusals.bad_value(path)
    return [
        {
            **one,
            "break_days": days(one.get("break_days"), f"{path}[{number}].break_days"),
            "daily_timing": span(one.get("daily_timing"), f"{path}[{number}].daily_timing"),
            "custom_timing": None,
        }
        for number, one in enumerate(rows)
    ]


def _users(call: Call, rows: object, path: str) -> list[int]:
    if not isinstance(rows, list):
        raise refusals.wrong_type(path, "jsonarray")
    found = [reference(one) for one in rows]
    for number, one in enumerate(found):
        if one is None or not call.store.exists(USERS, one):
            raise refusals.bad_value(f"{path}[{number}].id")
    return [one for one in found if one is not None]


def delete_shift_hour(call: Call) -> Response:
    key = path_id(call)
    if key is None or not documents.remove(call.store, SHIFT, key):
        raise refusals.bad_path_id(3, "Invalid ID")
    return reply({"shift_hours": [done("shift hours deleted successfully", key)]})


_SHIFTS = "/settings/business_hours/shift_hours"
routes: list[Route] = [
    route("/settings/fiscal_year", get_fiscal_year, "get_fiscal_year"),
    route("/settings/fiscal_year", update_fiscal_year, "update_fiscal_year", "PUT"),
    route("/settings/business_hours", get_business_hours, "get_business_hours"),
    route("/settings/business_hours", create_business_hours, "create_business_hours", "POST"),
    route("/settings/business_hours", update_business_hours, "update_business_hours", "PUT"),
    route(_SHIFTS, list_shift_hours, "list_shift_hours"),
    route(_SHIFTS, create_shift_hours, "create_shift_hours", "POST"),
    route(_SHIFTS, update_shift_hours, "update_shift_hours", "PUT"),
    route(f"{_SHIFTS}/{{id}}", get_shift_hour, "get_shift_hour"),
    route(f"{_SHIFTS}/{{id}}", update_shift_hour, "update_shift_hour", "PUT"),
    route(f"{_SHIFTS}/{{id}}", delete_shift_hour, "delete_shift_hour", "DELETE"),
]
