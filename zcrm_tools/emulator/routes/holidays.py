"""Holidays of the org and of single shifts; from v2.1 on.

https://www.zoho.com/crm/developer/docs/api/v8/get-holidays.html, add-holiday.html
"""

from __future__ import annotations

from datetime import date

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.bodies import (
    answer,
    answer_one,
    done,
    listed,
    one_of,
    path_id,
    reference,
    row_id,
    rows_under,
    text,
)
from zcrm_tools.emulator.call import V2_1, Call, route
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply
from zcrm_tools.emulator.routes.business_hours import SHIFT

KIND = "holiday"
MAX_A_YEAR = 52
_TYPES = ("business_holiday", "shift_holiday")
_SPECIAL = set("_~,`#%&+=[]{}|;<>^")


def _supported(call: Call) -> None:
    if call.caller.version < V2_1:
        raise Refusal("API_NOT_SUPPORTED", "This API is supported from version 2.1 on")


def _item(call: Call, holiday: Json) -> Json:
    item = {key: holiday[key] for key in ("date", "name", "id", "type")}
    item["year"] = int(holiday["date"][:4])
    shift = documents.get(call.store, SHIFT, holiday.get("shift"))
    return item | ({"shift_hour": {"name": shift["name"], "id": shift["id"]}} if shift else {})


def list_holidays(call: Call) -> Response:
    _supported(call)
    year, kind, shift = (call.query.get(name) for name in ("year", "type", "shift_id"))
    if year is not None and not year.isdecimal():
        raise refusals.bad_pattern("year")
    if kind is not None and kind not in _TYPES:
        raise refusals.bad_pattern("type")
    items = [
        _item(call, one)
        for one in sorted(documents.every(call.store, KIND), key=lambda one: str(one["date"]))
        if (year in (None, one["date"][:4]))
        and kind in (None, one["type"])
        and shift in (None, str(one["shift"]))
    ]
    return listed(call, "holidays", items)


def get_holiday(call: Call) -> Response:
    _supported(call)
    holiday = documents.get(call.store, KIND, path_id(call))
    return listed(call, "holidays", [_item(call, holiday)]) if holiday else nothing()


def create_holidays(call: Call) -> Response:
    _supported(call)

    def write(row: Json, path: str) -> Json:
        body = _body(call, row, path, None)
        parent = str(body["shift"] or "")
        return done("Holiday created successfully", documents.add(call.store, KIND, body, parent=parent))

    return answer(call, "holidays", rows_under(call, "holidays"), write, ok=201)


def update_holidays(call: Call) -> Response:
    _supported(call)
    rows = rows_under(call, "holidays")
    return answer(call, "holidays", rows, lambda row, path: _update(call, row_id(row, path), row, path))


def update_holiday(call: Call) -> Response:
    _supported(call)
    key = path_id(call)
    if documents.get(call.store, KIND, key) is None:
        raise refusals.bad_path_id(2)
    return answer_one(call, "holidays", lambda row, path: _update(call, key or 0, row, path))


def _update(call: Call, key: int, row: Json, path: str) -> Json:
    before = documents.get(call.store, KIND, key)
    if before is None:
        raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
    shift = {"shift_hour": before["shift"] and {"id": str(before["shift"])}}
    documents.put(call.store, KIND, key, _body(call, {**before, **shift, **row}, path, str(key)))
    return done("Holidays updated successfully", key)


def _body(call: Call, row: Json, path: str, key: str | None) -> Json:
    name = text(row, "name", path, needed=True, most=80) or ""
    if _SPECIAL & set(name):
        raise refusals.bad_value(f"{path}.name")
    day = text(row, "date", path, needed=True) or ""
    try:
        if date.fromisoformat(day).isoformat() != day:
            raise ValueError(day)
    except ValueError:
        raise refusals.wrong_type(f"{path}.date", "date") from None
    kind = one_of(row, "type", path, _TYPES)
    shift = None
    if kind == "shift_holiday":
        if row.get("shift_hour") is None:
            raise refusals.needs(f"{path}.type", f"{path}.shift_hour")
        shift = reference(row["shift_hour"])
        if documents.get(call.store, SHIFT, shift) is None:
            raise refusals.bad_value(f"{path}.shift_hour.id", refusals.INVALID_ID)
    others = [one for one in documents.every(call.store, KIND) if one["id"] != key and one["shift"] == shift]
    if any(one["date"] == day for one in others):
        raise Refusal("DUPLICATE_DATA", "duplicate data", {"api_name": "date", "json_path": f"{path}.date"})
    if sum(one["date"][:4] == day[:4] for one in others) >= MAX_A_YEAR:
        raise Refusal("LIMIT_EXCEEDED", "Holidays limit exceeded", {"limit": MAX_A_YEAR})
    return {"name": name, "date": day, "type": kind, "shift": shift}


def delete_holiday(call: Call) -> Response:
    _supported(call)
    key = path_id(call)
    if key is None or not documents.remove(call.store, KIND, key):
        raise refusals.bad_path_id(2)
    return reply({"holidays": [done("Holiday deleted successfully", key)]})


routes: list[Route] = [
    route("/settings/holidays", list_holidays, "list_holidays"),
    route("/settings/holidays", create_holidays, "create_holidays", "POST"),
    route("/settings/holidays", update_holidays, "update_holidays", "PUT"),
    route("/settings/holidays/{id}", get_holiday, "get_holiday"),
    route("/settings/holidays/{id}", update_holiday, "update_holiday", "PUT"),
    route("/settings/holidays/{id}", delete_holiday, "delete_holiday", "DELETE"),
]
