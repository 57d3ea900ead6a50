"""The timeline of a record: what was done to it and to its notes, attachments and activities, newest first.

https://www.zoho.com/crm/developer/docs/api/v8/timeline-of-a-record.html
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import bodies, history, refusals
from zcrm_tools.emulator.call import Call, as_id, parse_datetime, route
from zcrm_tools.emulator.describe import choice_item
from zcrm_tools.emulator.paging import numbers
from zcrm_tools.emulator.replies import Json, nothing, reply
from zcrm_tools.emulator.schema import PROFILES, USERS, FieldDef

INNER = (
    "field_history.data_type",
    "field_history.field_label",
    "field_history.enable_colour_code",
    "field_history.pick_list_values",
    "done_by.type__s",
    "done_by.profile",
)
"""What `include_inner_details` may ask for."""
_COLUMNS = {"record.module.api_name": "h.module", "source": "h.source", "done_by.id": "h.by"}
_DEPTH = 10
Condition = tuple[str, list[object]]


def get_timeline(call: Call) -> Response:
    module, record_id = call.module, call.record_id
    if not call.store.exists(module.api_name, record_id):
        raise refusals.bad_path_id(1, "the related id given seems to be invalid")
    history.ensure(call.store)
    inner = _inner(call)
    page, per_page = _page(call)
    order = call.query.get("sort_order", "desc")
    if call.query.get("sort_by", "audited_time") != "audited_time":
        raise refusals.bad_param("sort_by", supported_values=["audited_time"])
    if order not in ("asc", "desc"):
        raise refusals.bad_param("sort_order", supported_values=["asc", "desc"])
    where, values = _filters(call)
    rows = call.store.fetch(
        "SELECT h.id, h.module, h.record, h.name, h.related, h.action, h.source, h.by, h.at, h.changes"  # noqa: S608
        " FROM _history_of o JOIN _history h ON h.id = o.line"
        f" WHERE o.module = ? AND o.record = ? AND {where} ORDER BY h.id {order} LIMIT ? OFFSET ?",
        (module.api_name, record_id, *values, per_page + 1, (page - 1) * per_page),
    )
    if not rows:
        return nothing()
    people = _people(call, inner)
    items = [_item(call, row, people, inner) for row in rows[:per_page]]
    more = len(rows) > per_page
    info = {
        "per_page": per_page,
        "next_page_token": _token(call, page + 1, per_page) if more else None,
        "count": len(items),
        "page": page,
        "previous_page_token": _token(call, page - 1, per_page) if page > 1 else None,
        "more_records": more,
    }
    return reply({"__timeline": items, "info": info})


def _inner(call: Call) -> set[str]:
    asked = {name.strip() for name in call.query.get("include_inner_details", "").split(",") if name.strip()}
    if not asked <= set(INNER):
        raise refusals.bad_param("include_inner_details", supported_values=list(INNER))
    return asked


# ---- pages


def _page(call: Call) -> tuple[int, int]:
    token = call.query.get("page_token")
    if token is None:
        return numbers(call)
    if "per_page" in call.query:
        raise refusals.ambiguous("per_page", "page_token")
    parts = token.split(".")  # page.per_page.seal
    if len(parts) == 3 and all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts[:2]):
        page, per_page = int(parts[0]), int(parts[1])
        if hmac.compare_digest(token.encode(), _token(call, page, per_page).encode()):
            return page, per_page
    raise refusals.bad_param("page_token")


def _token(call: Call, page: int, per_page: int) -> str:
    text = f"{page}.{per_page}"
    bound = f"{text}.{call.caller.user_id}.{call.url}.{call.query.get('filters', '')}"
    return f"{text}.{hmac.digest(call.store.meta('secret'), bound.encode(), 'sha256').hex()[:24]}"


# ---- filters


def _filters(call: Call) -> Condition:
    text = call.query.get("filters")
    if text is None:
        return "1", []
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise refusals.bad_param("filters") from None
    return _condition(given, 0)


def _condition(given: Any, depth: int) -> Condition:
    if not isinstance(given, dict) or depth > _DEPTH:
        raise refusals.bad_param("filters")
    if "group" in given:
        operator, group = given.get("group_operator"), given["group"]
        if operator not in ("AND", "OR") or not isinstance(group, list) or not group:
            raise refusals.bad_param("filters")
        parts = [_condition(one, depth + 1) for one in group]
        sql = f" {operator} ".join(part[0] for part in parts)
        return f"({sql})", [value for part in parts for value in part[1]]
    field, comparator, value = given.get("field"), given.get("comparator"), given.get("value")
    name = field.get("api_name") if isinstance(field, dict) else None
    if name == "audited_time":
        return _between(comparator, value)
    if name not in _COLUMNS or comparator not in ("equal", "in"):
        raise refusals.bad_param("filters")
    wanted = value if comparator == "in" else [value]
    if not isinstance(wanted, list) or not wanted or not all(isinstance(one, str) for one in wanted):
        raise refusals.bad_param("filters")
    values: list[object] = [as_id(one) for one in wanted] if name == "done_by.id" else list(wanted)
    return f"{_COLUMNS[name]} IN ({', '.join('?' * len(values))})", values


def _between(comparator: Any, value: Any) -> Condition:
    if comparator != "between" or not isinstance(value, list) or len(value) != 2:
        raise refusals.bad_param("filters")
    moments: list[object] = [parse_datetime(one) if isinstance(one, str) else None for one in value]
    if None in moments:
        raise refusals.bad_param("filters")
    return "h.at BETWEEN ? AND ?", moments


# ---- one line


def _people(call: Call, inner: set[str]) -> dict[int, Json]:
    people = bodies.names(call.store, USERS)
    if "done_by.type__s" in inner:
        people = {key: {**person, "type__s": "regular user"} for key, person in people.items()}
    if "done_by.profile" in inner:
        profiles = bodies.names(call.store, PROFILES)
        for user_id, profile in call.store.fetch(f"SELECT id, profile FROM {USERS}"):  # noqa: S608
            people[user_id] = {**people[user_id], "profile": profiles.get(profile)}
    return people


def _item(call: Call, row: Sequence[Any], people: dict[int, Json], inner: set[str]) -> Json:
    line, module, record_id, name, related, action, source, by, at, changes = row
    known = call.store.modules.get(module)
    fields = known.fields if known else {}
    return {
        "done_by": people.get(by),
        "related_record": related and json.loads(related),
        "automation_details": None,
        "record": {
            "module": {"api_name": module, "id": str(known.id) if known else None},
            "name": name,
            "id": str(record_id),
        },
        "audited_time": bodies.at(call, at),
        "action": action,
        "id": str(history.FIRST_ID + line),
        "source": source,
        "field_history": changes and [_change(fields.get(c[0]), c, inner) for c in json.loads(changes)],
    }


def _change(field: FieldDef | None, change: Sequence[str], inner: set[str]) -> Json:
    api_name, old, new = change
    item: Json = {
        "api_name": api_name,
        "_value": {"new": new, "old": old},
        "id": str(field.id) if field else None,
    }
    more: Json = {
        "data_type": field.data_type if field else None,
        "field_label": field.label if field else api_name,
        "enable_colour_code": False,
        "pick_list_values": [choice_item(choice) for choice in field.picklist] if field else [],
    }
    return item | {key: value for key, value in more.items() if f"field_history.{key}" in inner}


routes: list[Route] = [route("/{module}/{id}/__timeline", get_timeline, "get_timeline")]
