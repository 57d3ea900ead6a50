"""Bodies and answers of the settings calls: `{"roles": [{…}]}` in, `{"roles": [{code, details, message, status}]}` out.

Rows are independent of one another, each atomic, as with records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from starlette.responses import Response

from zcrm_tools.emulator import documents, paging, refusals
from zcrm_tools.emulator.call import Call, as_id, ids_param
from zcrm_tools.emulator.render import zoned
from zcrm_tools.emulator.replies import Json, Refusal, nothing, page_info, reply, success
from zcrm_tools.emulator.schema import PROFILES, USERS
from zcrm_tools.emulator.store import Store, quoted

MAX_ROWS = 100
Write = Callable[[Json, str], Json]
"""Acts on one row of a body, given its JSONPath; the success entry."""


def rows_under(call: Call, key: str, *, most: int = MAX_ROWS) -> list[Any]:
    """The list under the body's one key, 1 to `most` entries."""
    body = call.json()
    if key not in body:
        raise refusals.missing_key(f"$.{key}")
    rows = body[key]
    if not isinstance(rows, list) or not rows:
        raise refusals.wrong_type(f"$.{key}", "jsonarray")
    if len(rows) > most:
        raise refusals.over_limit(f"$.{key}", most)
    return rows


def object_under(call: Call, key: str) -> Json:
    """The object under the body's one key."""
    body = call.json()
    if key not in body:
        raise refusals.missing_key(f"$.{key}")
    if not isinstance(body[key], dict):
        raise refusals.wrong_type(f"$.{key}", "jsonobject")
    return dict(body[key])


def answer(call: Call, key: str, rows: Sequence[Any], write: Write, *, ok: int = 200) -> Response:
    """Run each row in a transaction of its own: `ok` when every one passed, 400 when none did, 207 between."""
    items: list[Json] = []
    status = 400
    with call.store.transaction():
        for number, row in enumerate(rows):
            path = f"$.{key}[{number}]"
            try:
                if not isinstance(row, dict):
                    raise refusals.wrong_type(path, "jsonobject")
                with call.store.transaction():
                    items.append(write(row, path))
            except Refusal as refusal:
                items.append(refusal.item())
                status = refusal.status
    passed = sum(item["status"] == "success" for item in items)
    return reply({key: items}, ok if passed == len(items) else 207 if passed else status)


def answer_one(call: Call, key: str, write: Write, *, ok: int = 200) -> Response:
    """The same for a call that names its object in the path: exactly one row."""
    return answer(call, key, rows_under(call, key, most=1), write, ok=ok)


def answer_ids(call: Call, key: str, act: Callable[[int], Json], *, param: str = "ids") -> Response:
    """Act on each id of a query parameter: `DELETE …?ids=1,2`."""
    ids = ids_param(call, param)
    if not ids:
        raise refusals.missing_param(param)
    if len(ids) > MAX_ROWS:
        raise refusals.too_many(MAX_ROWS, param)
    rows = [{"id": one} for one in ids]
    return answer(call, key, rows, lambda row, _path: act(row["id"]))


def done(message: str, key: int | str, **details: Any) -> Json:
    return success(message, {"id": str(key), **details})


def row_id(row: Json, path: str) -> int:
    """The `id` a row of a batch must carry."""
    if row.get("id") is None:
        raise refusals.missing_key(f"{path}.id")
    found = as_id(row["id"])
    if found is None:
        raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
    return found


def path_id(call: Call, name: str = "id") -> int | None:
    return as_id(call.path[name])


def reference(value: object) -> int | None:
    """An id written bare, or as `{"id": …}`."""
    return as_id(value.get("id")) if isinstance(value, dict) else as_id(value)


def text(row: Json, name: str, path: str, *, needed: bool = False, most: int = 255) -> str | None:
    """A text of a row; None when it is absent or null."""
    value = row.get(name)
    where = f"{path}.{name}"
    if value is None or (needed and value == ""):
        if needed:
            raise refusals.missing_key(where)
        return None
    if not isinstance(value, str):
        raise refusals.wrong_type(where, "text")
    if len(value) > most:
        raise refusals.too_long(where, most)
    return value


def flag(row: Json, name: str, path: str, default: bool) -> bool:
    value = row.get(name, default)
    if not isinstance(value, bool):
        raise refusals.wrong_type(f"{path}.{name}", "boolean")
    return value


def one_of(row: Json, name: str, path: str, allowed: Iterable[str], default: str | None = None) -> str:
    """One of a few words; absent means the default, or that it is missing."""
    value = row.get(name, default)
    if value is None:
        raise refusals.missing_key(f"{path}.{name}")
    if value not in allowed:
        raise refusals.not_listed(f"{path}.{name}", list(allowed))
    return str(value)


# ---- settings objects, each a document of its kind


def kept(call: Call, kind: str, index: int) -> Json:
    """The one whose id is in the path, at this place of it; refused when there is none."""
    found = documents.get(call.store, kind, path_id(call))
    if found is None:
        raise refusals.bad_path_id(index)
    return found


def kept_row(call: Call, kind: str, row: Json, path: str) -> Json:
    """The one that a row of a batch names by its `id`."""
    found = documents.get(call.store, kind, row_id(row, path))
    if found is None:
        raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
    return found


def kept_one(call: Call, kind: str, key: int) -> Json:
    """The one that `?ids=` names."""
    found = documents.get(call.store, kind, key)
    if found is None:
        raise Refusal("INVALID_DATA", refusals.INVALID_ID, {"id": str(key)})
    return found


def shown(call: Call, key: str, kind: str, item: Callable[[Call, Json], Json]) -> Response:
    """`{key: [item]}` for the id in the path; 204 when there is none, as a GET has it."""
    found = documents.get(call.store, kind, path_id(call))
    return reply({key: [item(call, found)]}) if found else nothing()


def not_taken(
    call: Call, kind: str, name: str, value: object, path: str, but: object, message: str = "duplicate data"
) -> None:
    """Refuse a value that another document of the kind has under this name; `but` is the id of one's own."""
    if any(one[name] == value and one["id"] != but for one in documents.every(call.store, kind)):
        raise Refusal("DUPLICATE_DATA", message, {"api_name": name, "json_path": f"{path}.{name}"})


# ---- answers


def listed(call: Call, key: str, items: Sequence[Json], **info: Any) -> Response:
    """A page of items with its `info`; 204 when there are none."""
    number, per_page = paging.numbers(call)
    start = (number - 1) * per_page
    page = items[start : start + per_page]
    if not page:
        return nothing()
    more = len(items) > start + per_page
    shown = page_info(per_page=per_page, count=len(page), page=number, more=more, **info)
    return reply({key: list(page), "info": shown})


def names(store: Store, table: str) -> dict[int, Json]:
    """`{"name", "id"}` of every user, role or profile by id."""
    display = "full_name" if table == USERS else "name"
    found = store.fetch(f"SELECT id, {display} FROM {quoted(table)}")  # noqa: S608 - schema names
    return {key: {"name": name, "id": str(key)} for key, name in found}


def at(call: Call, seconds: int | None) -> str | None:
    return None if seconds is None else zoned(seconds, call.caller.time_zone)


def now(call: Call) -> int:
    return int(call.store.clock.now().timestamp())


def made(call: Call) -> Json:
    """The stamps of a new document; `changed` adds to them, `stamps` shows them."""
    return {"created_by": call.caller.user_id, "created_time": now(call), **changed(call)}


def changed(call: Call) -> Json:
    return {"modified_by": call.caller.user_id, "modified_time": now(call)}


def stamps(call: Call, document: Json, people: dict[int, Json]) -> Json:
    return {
        "created_time": at(call, document.get("created_time")),
        "created_by": people.get(document.get("created_by", 0)),
        "modified_time": at(call, document.get("modified_time")),
        "modified_by": people.get(document.get("modified_by", 0)),
    }


def is_admin(call: Call) -> bool:
    sql = f"SELECT 1 FROM {USERS} u JOIN {PROFILES} p ON p.id = u.profile WHERE u.id = ? AND p.name = 'Administrator'"  # noqa: S608
    return bool(call.store.fetch(sql, (call.caller.user_id,)))
