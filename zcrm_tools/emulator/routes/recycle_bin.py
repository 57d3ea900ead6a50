"""The recycle bin: look, count, restore, delete for good, empty.

https://www.zoho.com/crm/developer/docs/api/v8/get-recycle-bin.html and its neighbours
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import jobs, paging, recycling, refusals
from zcrm_tools.emulator.bodies import is_admin, names
from zcrm_tools.emulator.call import Call, as_id, parse_datetime, route
from zcrm_tools.emulator.jobs import Job
from zcrm_tools.emulator.recycling import Deleted
from zcrm_tools.emulator.render import module_reference, zoned
from zcrm_tools.emulator.replies import Json, Refusal, nothing, page_info, reply, success
from zcrm_tools.emulator.schema import USERS
from zcrm_tools.emulator.store import Store

KEY: Final = "recycle_bin"
MAX_DELETED: Final = 100
MAX_RESTORED: Final = 200
AT_ONCE: Final = 1_000
"""More records than this, children included, are left to a job."""
_SORTS: Final[dict[str, Callable[[Deleted, dict[int, Json]], Any]]] = {
    "deleted_time": lambda one, _people: one.deleted_time,
    "display_name": lambda one, _people: (one.name or "").casefold(),
    "deleted_by": lambda one, people: people.get(one.deleted_by or 0, {}).get("name", ""),
}
_TEXT: Final[dict[str, Callable[[str, str], bool]]] = {
    "equal": lambda have, asked: have == asked,
    "not_equal": lambda have, asked: have != asked,
    "contains": lambda have, asked: asked in have,
    "not_contains": lambda have, asked: asked not in have,
    "starts_with": lambda have, asked: have.startswith(asked),
    "ends_with": lambda have, asked: have.endswith(asked),
}
_COMPARATORS: Final = {
    "display_name": frozenset(_TEXT),
    "module": frozenset({"equal", "not_equal"}),
    "deleted_by": frozenset(_TEXT),
    "deleted_time": frozenset({"equal", "not_equal", "greater_than", "less_than"}),
}
Test = Callable[[Deleted], bool]


# ---- filters


def _at_fault(place: str, message: str, name: str) -> Refusal:
    details = {"api_name": name, "json_path": f"$.{place}", "param_name": "filters"}
    return Refusal("INVALID_DATA", message, details)


def chosen(store: Store, filters: object) -> list[Deleted]:
    """What is in the bin and meets the filters. Only AND joins them."""
    if not isinstance(filters, dict):
        details = {"expected_data_type": "jsonobject", "param_name": "filters"}
        raise Refusal("INVALID_DATA", refusals.INVALID, details)
    group = [filters]
    if "group" in filters or "group_operator" in filters:
        if str(filters.get("group_operator", "AND")).upper() != "AND":
            message = "The given group operator not supported. Only 'AND' operator is supported"
            raise _at_fault("group_operator", message, "group_operator")
        group = filters.get("group", [])
        if not isinstance(group, list) or not group:
            raise _at_fault("group", refusals.INVALID, "group")
    people = names(store, USERS)
    tests = [_test(one, people) for one in group]
    return [one for one in recycling.everything(store) if all(test(one) for test in tests)]


def _test(one: object, people: dict[int, Json]) -> Test:
    field = one.get("field") if isinstance(one, dict) else None
    name = field.get("api_name") if isinstance(field, dict) else None
    if not isinstance(one, dict) or not isinstance(name, str) or name not in _COMPARATORS:
        raise _at_fault("field.api_name", "The given api_name seems to be invalid", "api_name")
    comparator, value = str(one.get("comparator")), one.get("value")
    if comparator not in _COMPARATORS[name]:
        raise _at_fault("comparator", "Please provide a valid comparator", "comparator")
    if name == "deleted_time":
        return _time_test(comparator, value)
    asked = [part for part in (value if isinstance(value, list) else [value]) if part is not None]
    if not asked:
        raise _at_fault("value", refusals.INVALID, "value")
    words = [_word(name, part).casefold() for part in asked]
    test = _TEXT[comparator]
    together = all if comparator.startswith("not_") else any

    def have(record: Deleted) -> str:
        if name == "module":
            return record.module
        if name == "deleted_by":
            return str(people.get(record.deleted_by or 0, {}).get("name", ""))
        return record.name or ""

    return lambda record: together(test(have(record).casefold(), word) for word in words)


def _word(name: str, part: object) -> str:
    """A user is written by name or as `{"name", "id"}`, a module by its API name or as an object."""
    if isinstance(part, dict):
        part = part.get("api_name" if name == "module" else "name")
    if not isinstance(part, str):
        raise _at_fault("value", refusals.INVALID, "value")
    return part


def _time_test(comparator: str, value: object) -> Test:
    moment = parse_datetime(value) if isinstance(value, str) else None
    if moment is None:
        raise _at_fault("value", refusals.INVALID, "value")
    match comparator:
        case "equal":
            return lambda record: record.deleted_time == moment
        case "not_equal":
            return lambda record: record.deleted_time != moment
        case "greater_than":
            return lambda record: record.deleted_time > moment
        case _:
            return lambda record: record.deleted_time < moment


def _parameter(call: Call) -> object:
    try:
        return json.loads(call.query["filters"])
    except (ValueError, RecursionError):
        return None


# ---- looking


def list_recycle_bin(call: Call) -> Response:
    recycling.sweep(call.store)
    number, per_page = paging.numbers(call)
    sort_by, order = call.query.get("sort_by", "deleted_time"), call.query.get("sort_order", "desc")
    if sort_by not in _SORTS:
        raise refusals.bad_param("sort_by", supported_values=list(_SORTS))
    if order not in ("asc", "desc"):
        raise refusals.bad_param("sort_order", supported_values=["asc", "desc"])
    if "ids" in call.query:
        wanted = {as_id(part.strip()) for part in call.query["ids"].split(",")}
        found = [one for one in recycling.everything(call.store) if one.id in wanted]
    elif "filters" in call.query:
        found = chosen(call.store, _parameter(call))
    else:
        found = recycling.everything(call.store)
    people = names(call.store, USERS)
    found.sort(key=lambda one: (_SORTS[sort_by](one, people), one.id), reverse=order == "desc")
    start = (number - 1) * per_page
    page = found[start : start + per_page]
    if not page:
        return nothing()
    info = page_info(per_page=per_page, count=len(page), page=number, more=len(found) > start + per_page)
    return reply({KEY: [_shown(call, one, people) for one in page], "info": info})


def _shown(call: Call, one: Deleted, people: dict[int, Json]) -> Json:
    known = one.module in call.store.modules
    return {
        "owner": people.get(one.owner or 0),
        "module": module_reference(call.store, one.module) if known else {"api_name": one.module},
        "deleted_by": people.get(one.deleted_by or 0),
        "id": str(one.id),
        "display_name": one.name,
        "deleted_time": zoned(one.deleted_time, call.caller.time_zone),
    }


def get_recycled(call: Call) -> Response:
    recycling.sweep(call.store)
    found = recycling.get(call.store, as_id(call.path["id"]))
    if found is None:
        return nothing()
    return reply({KEY: [_shown(call, found, names(call.store, USERS))]})


def count_recycle_bin(call: Call) -> Response:
    recycling.sweep(call.store)
    return reply({"count": recycling.count(call.store)})


# ---- restoring and deleting

Act = Callable[[Deleted], Json]


def _answer(call: Call, ids: Sequence[object], act: Act) -> Response:
    """Act on each record in a savepoint of its own: 200, 207 or 400."""
    items = []
    with call.store.transaction():
        for text in ids:
            try:
                with call.store.transaction():
                    found = recycling.get(call.store, as_id(text))
                    if found is None:
                        raise Refusal("INVALID_DATA", refusals.INVALID_ID, {"id": str(text)})
                    _permit(call, found)
                    items.append(act(found))
            except Refusal as refusal:
                items.append(refusal.item())
    passed = sum(item["status"] == "success" for item in items)
    return reply({KEY: items}, 200 if passed == len(items) else 207 if passed else 400)


def _permit(call: Call, found: Deleted) -> None:
    if found.owner != call.caller.user_id and not is_admin(call):
        message = "User does not have sufficient privilege to restore or delete the record"
        raise Refusal("AUTHORIZATION_FAILED", message, {"id": str(found.id)})


def _restored(call: Call) -> Act:
    def act(found: Deleted) -> Json:
        recycling.restore(call.store, found)
        return success("record restored", {"id": str(found.id)})

    return act


def _deleted(call: Call) -> Act:
    def act(found: Deleted) -> Json:
        recycling.purge(call.store, found)
        return success("record deleted", {"id": str(found.id)})

    return act


def _later(call: Call, kind: str, ids: Sequence[int], message: str, *, each: bool = False) -> Response:
    """Leave it to a job. Zoho gives no id to ask for its state by."""
    caller = call.caller
    mine = [key for key in ids if is_admin(call) or _owned(call, key)]
    jobs.schedule(call.store, kind, KEY, mine, {}, by=caller.user_id, version=caller.version)
    entries: list[Json] = [{"id": str(key)} for key in ids] if each else [{}]
    scheduled = [
        {"code": "SCHEDULED", "details": details, "message": message, "status": "success"}
        for details in entries
    ]
    return reply({KEY: scheduled}, 202)


def _owned(call: Call, record_id: int) -> bool:
    found = recycling.get(call.store, record_id)
    return found is not None and found.owner == call.caller.user_id


def _large(store: Store, ids: Sequence[object]) -> list[int] | None:
    """The records that are there, when with their children they are too many to be done at once."""
    found = [one for one in (recycling.get(store, as_id(text)) for text in ids) if one is not None]
    total = sum(1 + len(recycling.children(store, one)) for one in found)
    return [one.id for one in found] if total > AT_ONCE else None


def restore_recycled(call: Call) -> Response:
    recycling.sweep(call.store)
    return _answer(call, [call.path["id"]], _restored(call))


def restore_recycle_bin(call: Call) -> Response:
    """By exactly one of `ids`, `filters` and `restore_all_records`; the last two are always left to a job."""
    recycling.sweep(call.store)
    body = call.json()
    given = [
        name for name in ("ids", "filters", "restore_all_records") if body.get(name) not in (None, False)
    ]
    if not given:
        places = [
            {"api_name": name, "json_path": f"$.{name}"} for name in ("ids", "filters", "restore_all_records")
        ]
        raise Refusal("EXPECTED_FIELD_MISSING", "Specify Atleast one field", {"expected_fields": places})
    if len(given) > 1:
        places = [{"api_name": name, "json_path": f"$.{name}"} for name in given[:2]]
        message = "Ambiguity while processing the request"
        raise Refusal("AMBIGUITY_DURING_PROCESSING", message, {"ambiguity_due_to": places})
    if given != ["ids"]:
        everything = given == ["restore_all_records"]
        found = recycling.everything(call.store) if everything else chosen(call.store, body["filters"])
        message = "Bulk restoration of records based on filters has been scheduled"
        return _later(call, "restore", _parents_first(found), message)
    ids = body["ids"]
    if not isinstance(ids, list) or not ids:
        raise refusals.wrong_type("$.ids", "jsonarray")
    if len(ids) > MAX_RESTORED:
        raise refusals.over_limit("$.ids", MAX_RESTORED)
    many = _large(call.store, ids)
    if many is not None:
        return _later(call, "restore", many, "record has been scheduled for restoration", each=True)
    return _answer(call, ids, _restored(call))


def _parents_first(found: Sequence[Deleted]) -> list[int]:
    """Notes after what they are on, which brings them along."""
    return [one.id for one in sorted(found, key=lambda one: one.module == "Notes")]


def delete_recycled(call: Call) -> Response:
    recycling.sweep(call.store)
    return _answer(call, [call.path["id"]], _deleted(call))


def delete_recycle_bin(call: Call) -> Response:
    recycling.sweep(call.store)
    text = call.query.get("ids")
    if text:
        ids = [part.strip() for part in text.split(",")]
        if len(ids) > MAX_DELETED:
            raise refusals.too_many(MAX_DELETED, "ids")
        many = _large(call.store, ids)
        if many is not None:
            return _later(call, "purge", many, "record has been scheduled for deletion", each=True)
        return _answer(call, ids, _deleted(call))
    if "filters" not in call.query:
        message = "One of the expected parameter is missing"
        raise Refusal("EXPECTED_PARAM_MISSING", message, {"param_names": ["ids", "filters"]})
    found = chosen(call.store, _parameter(call))
    message = "Bulk deletion of records based on filters has been scheduled"
    return _later(call, "purge", _parents_first(found), message)


def empty_recycle_bin(call: Call) -> Response:
    """Administrators only. More than a thousand records are left to a job."""
    recycling.sweep(call.store)
    if not is_admin(call):
        message = "User does not have sufficient privilege to empty the recycle bin"
        raise Refusal("AUTHORIZATION_FAILED", message)
    found = recycling.everything(call.store)
    if len(found) > AT_ONCE:
        _later(call, "purge", _parents_first(found), "")
        body = {"code": "SCHEDULED", "details": {}, "message": "Empty bin action has been scheduled"}
        return reply({**body, "status": "success"}, 202)
    with call.store.transaction():
        for one in found:
            recycling.purge(call.store, one)
    return reply(success("recyclebin is cleared", {}))


def _run_restore(store: Store, _job: Job, record_id: int) -> bool:
    found = recycling.get(store, record_id)
    if found is None:
        return (
            store.fetch("SELECT 1 FROM _deleted WHERE id = ?", (record_id,)) == []
        )  # came along with its parent
    recycling.restore(store, found)
    return True


def _run_purge(store: Store, _job: Job, record_id: int) -> bool:
    found = recycling.get(store, record_id)
    if found is not None:
        recycling.purge(store, found)
    return True


jobs.runs("restore", _run_restore)
jobs.runs("purge", _run_purge)

_BIN: Final = "/settings/recycle_bin"
routes: list[Route] = [
    route(_BIN, list_recycle_bin, "list_recycle_bin"),
    route(_BIN, delete_recycle_bin, "delete_recycle_bin", "DELETE"),
    route(f"{_BIN}/actions/restore", restore_recycle_bin, "restore_recycle_bin", "POST"),
    route(f"{_BIN}/actions/count", count_recycle_bin, "count_recycle_bin"),
    route(f"{_BIN}/actions/empty", empty_recycle_bin, "empty_recycle_bin", "POST"),
    route(f"{_BIN}/{{id}}/actions/restore", restore_recycled, "restore_recycled", "POST"),
    route(f"{_BIN}/{{id}}", get_recycled, "get_recycled"),
    route(f"{_BIN}/{{id}}", delete_recycled, "delete_recycled", "DELETE"),
]
