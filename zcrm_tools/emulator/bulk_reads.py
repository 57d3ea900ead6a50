"""Bulk read jobs: what a query asks for, and the file its job makes of it.

https://www.zoho.com/crm/developer/docs/api/v8/bulk-read/create-job.html
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from zcrm_tools.emulator import bulk, deliveries, jobs, views
from zcrm_tools.emulator.bulk_criteria import Criteria, resolve
from zcrm_tools.emulator.caller import Caller
from zcrm_tools.emulator.jobs import Job
from zcrm_tools.emulator.query.columns import Found, Tables
from zcrm_tools.emulator.query.filters import Reader
from zcrm_tools.emulator.render import context, zoned
from zcrm_tools.emulator.replies import Json, Refusal
from zcrm_tools.emulator.schema import ModuleDef
from zcrm_tools.emulator.store import Store, epoch

KIND: Final = "bulk_read"
PER_PAGE: Final = 200_000
PER_PAGE_ICS: Final = 20_000
PAGE_SIZE: Final = "bulk_read_page"
"""The key of `Store.meta` that makes pages smaller, so that a test need not hold 200,000 records."""
MAX_PAGE: Final = 500
MAX_JOINS: Final = 15
TOKEN_SECONDS: Final = 24 * 3600
_NOT_READ = frozenset({"Notes", "Attachments", "Emails"})
_TOKENS = (
    "CREATE TABLE IF NOT EXISTS _bulk_token (token TEXT PRIMARY KEY, user INTEGER NOT NULL, query TEXT NOT NULL,"
    " expires INTEGER NOT NULL)"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A query ready to run: its columns, the rest of the statement, and itself as the job shows it."""

    module: ModuleDef
    columns: list[tuple[str, Found]]
    tail: str
    values: list[object]
    echo: Json


def module_of(store: Store, query: Json) -> ModuleDef:
    named = query.get("module")
    name = named.get("api_name") if isinstance(named, dict) else named
    found = store.modules.get(name) if isinstance(name, str) else None
    if found is None or found.generated_type == "system":
        raise Refusal("MODULE_NOT_AVAILABLE", "The module is not available.", {"api_name": name})
    if found.api_name in _NOT_READ:
        raise Refusal("MODULE_NOT_SUPPORTED", "The module is not supported.", {"api_name": name})
    return found


def plan(store: Store, caller: Caller, query: Json, file_type: str) -> Plan:
    """Check a query; the order of the checks is ours."""
    module = module_of(store, query)
    ics = file_type == "ics"
    if ics and (module.api_name != "Events" or query.get("fields")):
        message = "Only events are exported as ics, and without fields."
        raise Refusal("QUERY_NOT_SUPPORTED", message, {"file_type": file_type})
    page = query.get("page", 1)
    if isinstance(page, bool) or not isinstance(page, int) or not 1 <= page <= MAX_PAGE:
        raise Refusal("PAGE_RANGE_EXCEEDED", "The page is out of range.", {"max_limit": MAX_PAGE})
    ctx = context(store, caller)
    tables = Tables(ctx, module)
    echo: Json = {"module": {"id": str(module.id), "api_name": module.api_name}, "page": page}
    columns = _columns(tables, query.get("fields"), echo)
    reader = Reader(caller.user_id, caller.time_zone, store.clock.now())
    criteria = Criteria(tables, reader)
    conditions: list[str] = []
    values: list[object] = []
    if query.get("cvid") is not None:
        view = views.find(store, module, str(query["cvid"]))
        if view is None:
            raise Refusal("CVID_NOT_SUPPORTED", "The custom view is not supported.", {"cvid": query["cvid"]})
        sql, values = views.view_sql(reader, module, view, table=tables.base)
        conditions.append(f"({sql})")
        echo["cvid"] = str(query["cvid"])
    if query.get("criteria") is not None:
        (sql, bound), echo["criteria"] = criteria.compile(query["criteria"])
        conditions.append(f"({sql})")
        values = [*values, *bound]
    if len({name.rpartition(".")[0] for name, _ in columns} | criteria.joined | {""}) - 1 > MAX_JOINS:
        raise Refusal("JOIN_LIMIT_EXCEEDED", "Too many joins.", {"limit": MAX_JOINS})
    where = " AND ".join(conditions) or "1"
    return Plan(module, columns, f"{tables.source()} WHERE {where} ORDER BY {tables.base}.id", values, echo)


def _columns(tables: Tables, asked: Any, echo: Json) -> list[tuple[str, Found]]:
    """The columns of the file: `id` comes by itself, and all fields when none are named."""
    module = tables.module
    if not asked:
        names = [
            name for name, field in module.fields.items() if field.stored and field.data_type != "layout"
        ]
    elif isinstance(asked, list) and all(isinstance(name, str) for name in asked):
        names = asked
        echo["fields"] = asked
    else:
        raise Refusal("INVALID_REQUEST", "fields is a list of API names.", {"api_name": "fields"})
    found = []
    for name in dict.fromkeys(("id", *names)):
        virtual = module.fields.get(name)
        if virtual is not None and not virtual.stored:
            raise Refusal("FIELD_NOT_SUPPORTED", "The field is not supported.", {"api_name": name})
        column = resolve(tables, name)
        if column is None:
            details = {"api_name": name, "module": module.api_name}
            raise Refusal("FIELD_NOT_AVAILABLE", "The field is not available.", details)
        found.append((name, column))
    return found


# ---- tokens


def next_token(store: Store, user: int, query: Json) -> str:
    """A token for the page after the one a query asked for."""
    store.execute(_TOKENS)
    token = secrets.token_hex(48)
    expires = epoch(store.clock.now()) + TOKEN_SECONDS
    kept = json.dumps({**query, "page": query.get("page", 1) + 1})
    store.execute("INSERT INTO _bulk_token VALUES (?, ?, ?, ?)", (token, user, kept, expires))
    return token


def behind_token(store: Store, caller: Caller, token: Any) -> Json:
    """The query a token stands for. It is its user's alone and lives 24 hours."""
    store.execute(_TOKENS)
    details = {"api_name": "page_token", "json_path": "$.query.page_token"}
    found = store.fetch("SELECT user, query, expires FROM _bulk_token WHERE token = ?", (str(token),))
    if not found or found[0][0] != caller.user_id:
        raise Refusal("INVALID_REQUEST", "The page token is invalid.", details)
    if found[0][2] <= epoch(store.clock.now()):
        raise Refusal("EXPIRED_VALUE", "The page token has expired.", details)
    return dict(json.loads(found[0][1]))


# ---- the work


def run(store: Store, job: Job, _step: int) -> bool:
    """Make the file of a job and tell the callback."""
    zone = ZoneInfo(job.body["zone"])
    try:
        made = plan(
            store, Caller(job.by, frozenset(), job.version, zone), job.body["query"], job.body["file_type"]
        )
    except Refusal as refusal:  # a field or a view was taken away since
        result: Json = {"error_message": refusal.item()}
        state = "FAILURE"
    else:
        result, state = _written(store, job, made, zone), "COMPLETED"
    store.execute(
        "UPDATE _job SET body = ? WHERE id = ?", (json.dumps({**job.body, "result": result}), job.id)
    )
    callback = job.body.get("callback")
    if callback:
        about = shown(store, job, state, result, zone)
        deliveries.enqueue(store, "bulk_read", str(job.id), callback["url"], {"data": [about]})
    return state == "COMPLETED"


def _written(store: Store, job: Job, made: Plan, zone: ZoneInfo) -> Json:
    ics = job.body["file_type"] == "ics"
    size = store.meta(PAGE_SIZE) or (PER_PAGE_ICS if ics else PER_PAGE)
    page = made.echo["page"]
    selected = ", ".join(found.sql for _, found in made.columns)
    sql = f"SELECT {selected} {made.tail} LIMIT {size + 1} OFFSET {(page - 1) * size}"
    rows = store.fetch(sql, made.values)
    more = len(rows) > size
    rows = rows[:size]
    header = [name for name, _ in made.columns]
    if ics:
        data = _calendar([dict(zip(header, row, strict=True)) for row in rows], job.body["created_time"])
    else:
        converts = [_text(found, zone) for _, found in made.columns]
        data = bulk.csv_bytes(header, _converted(rows, converts))
    bulk.keep(store, job.id, bulk.zipped(f"{job.id}.{job.body['file_type']}", data))
    version = "v{}.{}".format(*job.version).removesuffix(".0")
    result: Json = {
        "page": page,
        "per_page": size,
        "count": len(rows),
        "download_url": f"/crm/bulk/{version}/read/{job.id}/result",
        "more_records": more,
    }
    if more:
        result["next_page_token"] = next_token(store, job.by, job.body["query"])
    return result


def shown(store: Store, job: Job, state: str, result: Json | None, zone: ZoneInfo) -> Json:
    """A job as polling and its callback show it."""
    user = store.get("Users", job.by) or {"full_name": None}
    about: Json = {"id": str(job.id), "operation": "read", "state": state}
    if result is not None:
        about["result"] = result
    return about | {
        "query": job.body["echo"],
        "created_by": {"id": str(job.by), "name": user["full_name"]},
        "created_time": zoned(job.body["created_time"], zone),
        "file_type": job.body["file_type"],
    }


_Text = Callable[[Any], str]


def _text(found: Found, zone: ZoneInfo) -> _Text | None:
    """How a raw value appears in the file; None where the csv module does it."""
    match found.field.kind:
        case "datetime":
            return lambda value: "" if value is None else zoned(value, zone)
        case "boolean":
            return lambda value: "true" if value else "false"
    return None


def _converted(rows: list[tuple[Any, ...]], converts: list[_Text | None]) -> Iterator[list[Any]]:
    for row in rows:
        yield [
            value if convert is None else convert(value) for value, convert in zip(row, converts, strict=True)
        ]


def _calendar(events: list[Json], stamp: int) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Zoho CRM//EN"]
    for event in events:
        lines += ["BEGIN:VEVENT", f"UID:{event['id']}", f"DTSTAMP:{_utc(stamp)}"]
        for key, name in (("DTSTART", "Start_DateTime"), ("DTEND", "End_DateTime")):
            if event.get(name) is not None:
                lines.append(f"{key}:{_utc(event[name])}")
        for key, name in (("SUMMARY", "Event_Title"), ("LOCATION", "Venue"), ("DESCRIPTION", "Description")):
            if event.get(name):
                lines.append(f"{key}:{_escaped(str(event[name]))}")
        lines.append("END:VEVENT")
    return "".join(f"{_folded(line)}\r\n" for line in (*lines, "END:VCALENDAR")).encode()


def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return text


def _folded(line: str) -> str:
    """Lines of at most 75 octets (RFC 5545, 3.1)."""
    parts: list[str] = []
    current, size = "", 0
    for char in line:
        width = len(char.encode())
        if size + width > (75 if not parts else 74):
            parts.append(current)
            current, size = "", 0
        current += char
        size += width
    return "\r\n ".join((*parts, current))


jobs.runs(KIND, run)
