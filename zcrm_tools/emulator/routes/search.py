"""Search and count. Of criteria, email, phone and word only the first given counts.

The index lags behind writes at Zoho; here a write is found at once, unless a fault plan says otherwise.
https://www.zoho.com/crm/developer/docs/api/v8/search-records.html
"""

from __future__ import annotations

import re

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import lag, paging, refusals
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.query import criteria
from zcrm_tools.emulator.query.literals import like_pattern
from zcrm_tools.emulator.render import context, fields_shown, read
from zcrm_tools.emulator.replies import Refusal, nothing, page_info, reply
from zcrm_tools.emulator.routes.records import asked_fields, converted_condition, narrowed
from zcrm_tools.emulator.schema import ModuleDef
from zcrm_tools.emulator.store import quoted

KINDS = ("criteria", "email", "phone", "word")
MAX_ROWS = 2_000
_WORD = re.compile(r"[\w\s@.\-]{2,}")
Condition = tuple[str, list[object]]


def condition_of(call: Call, module: ModuleDef) -> Condition | None:
    """What the call searches for; None when it names nothing."""
    kind = next((name for name in KINDS if call.query.get(name)), None)
    if kind is None:
        return None
    text = call.query[kind]
    if kind == "criteria":
        return criteria.compile_tree(module, criteria.parse(text))
    if kind == "word":
        return _word(module, text)
    columns = [f"t.{quoted(f.api_name)}" for f in module.fields.values() if f.data_type == kind]
    if not columns:
        return "0", []
    return f"({' OR '.join(f'{column} = ?' for column in columns)})", [text] * len(columns)


def _word(module: ModuleDef, text: str) -> Condition:
    """Records with a word, in any text field, that begins with the text."""
    if not _WORD.fullmatch(text):
        raise refusals.bad_param("word")
    tests = [
        f"' ' || t.{quoted(f.api_name)} LIKE ? ESCAPE '\\'"
        for f in module.fields.values()
        if f.kind == "text"
    ]
    return f"({' OR '.join(tests)})", [f"% {like_pattern(text)}%"] * len(tests)


def search_records(call: Call) -> Response:
    module = call.module
    names = asked_fields(call, mandatory=False)
    number, per_page = paging.numbers(call)
    found = condition_of(call, module)
    if found is None:
        message = "one of the expected parameter is missing"
        raise Refusal("EXPECTED_PARAM_MISSING", message, {"param_names": list(KINDS)})
    if number * per_page > MAX_ROWS:
        message = "maximum response iteration limit reached"
        raise Refusal("LIMIT_REACHED", message, {"limit": str(MAX_ROWS)})
    condition, values = found
    caught_up = lag.indexed(call.store, module)
    where = " AND ".join(filter(None, (condition, converted_condition(call, module), caught_up)))
    tail = (
        f"FROM {quoted(module.api_name)} t WHERE {where} {_order(call)}"
        f" LIMIT {per_page + 1} OFFSET {(number - 1) * per_page}"
    )
    ctx = context(call.store, call.caller)
    rows = read(call.store, fields_shown(ctx, module, names), tail, values)
    if not rows:
        return nothing()
    more = len(rows) > per_page
    rows = rows[:per_page]
    info = page_info(per_page=per_page, count=len(rows), page=number, more=more)
    return reply({"data": rows, "info": info})


def _order(call: Call) -> str:
    sort_by = call.query.get("sort_by", "Modified_Time")
    order = call.query.get("sort_order", "desc")
    if sort_by not in paging.SORTABLE:
        raise refusals.bad_param("sort_by", supported_values=list(paging.SORTABLE))
    if order not in ("asc", "desc"):
        raise refusals.bad_param("sort_order", supported_values=["asc", "desc"])
    return f"ORDER BY t.{quoted(sort_by)} {order.upper()}, t.id {order.upper()}"


def count_records(call: Call) -> Response:
    """`GET /{module}/actions/count`. A custom view and a search exclude each other."""
    module = call.module
    found = condition_of(call, module)
    if found is not None and "cvid" in call.query:
        raise refusals.ambiguous("cvid", next(name for name in KINDS if call.query.get(name)))
    conditions, bound = narrowed(call, module)
    condition, values = found or ("", [])
    where = " AND ".join(filter(None, (condition, *conditions, lag.indexed(call.store, module)))) or "1"
    sql = f"SELECT count(*) FROM {quoted(module.api_name)} t WHERE {where}"  # noqa: S608 - bound values
    return reply({"count": call.store.fetch(sql, [*values, *bound])[0][0]})


routes: list[Route] = [
    route("/{module}/search", search_records, "search_records"),
    route("/{module}/actions/count", count_records, "count_records"),
]
