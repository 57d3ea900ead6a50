"""Bulk write jobs: from the columns of a CSV file to records, and what became of each line.

The lines are kept when the job is made and written one by one as the clock lets it, through the same rules as any other
write. https://www.zoho.com/crm/developer/docs/api/v8/bulk-write/create-job.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from zcrm_tools.emulator import bulk, deliveries, jobs, rules
from zcrm_tools.emulator.call import as_id, parse_datetime
from zcrm_tools.emulator.jobs import Job
from zcrm_tools.emulator.query.literals import BadLiteral, literal
from zcrm_tools.emulator.render import zoned
from zcrm_tools.emulator.replies import Json, Refusal
from zcrm_tools.emulator.rules import Writer
from zcrm_tools.emulator.schema import USERS, FieldDef, ModuleDef
from zcrm_tools.emulator.store import Store

KIND: Final = "bulk_write"
_LINES = """CREATE TABLE IF NOT EXISTS _bulk_line (
    job INTEGER NOT NULL, number INTEGER NOT NULL, cells TEXT NOT NULL, status TEXT, record INTEGER, errors TEXT,
    PRIMARY KEY (job, number)) WITHOUT ROWID"""
_LISTED = frozenset(
    "MANDATORY_NOT_FOUND INVALID_DATA DUPLICATE_DATA NOT_APPROVED BLOCKED_RECORD CANNOT_PROCESS LIMIT_EXCEEDED"
    " RESOURCE_NOT_FOUND".split()
)
"""The codes that a result may name."""
_FORMATS: Final = (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S"))
_SHOWN: Final = 3
"""Mapped columns that the result repeats."""


class BadCell(Exception):
    """The text of a cell is no value of its field."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """One column of the file and the field it goes to."""

    api_name: str
    index: int | None
    find_by: str | None = None
    format: str | None = None
    default: Any = None

    def echo(self) -> Json:
        return {
            "api_name": self.api_name,
            "index": self.index,
            "format": self.format,
            "find_by": self.find_by,
            "module": None,
            "parent_column_index": None,
            "default_value": None if self.default is None else {"value": self.default},
        }


def keep_lines(store: Store, job: int, lines: Sequence[Sequence[str]]) -> None:
    store.execute(_LINES)
    for number, cells in enumerate(lines):
        store.execute(
            "INSERT INTO _bulk_line (job, number, cells) VALUES (?, ?, ?)", (job, number, json.dumps(cells))
        )


# ---- the work


def run(store: Store, job: Job, number: int) -> bool:
    """Write one line. A line that is refused is skipped and says why; the job goes on."""
    module = store.modules[job.module]
    mappings = [Mapping(*given) for given in job.body["mappings"]]
    found = store.fetch("SELECT cells FROM _bulk_line WHERE job = ? AND number = ?", (job.id, number))
    if found:
        _write(store, job, module, mappings, number, json.loads(found[0][0]))
    if number == job.total - 1:
        finish(store, job, mappings)
    return True


def _write(
    store: Store, job: Job, module: ModuleDef, mappings: Sequence[Mapping], number: int, cells: Sequence[str]
) -> None:
    record, errors = None, ""
    try:
        with store.transaction():
            status, record = _line(store, job, module, mappings, cells)
    except _Skipped as skipped:
        status, errors, record = "SKIPPED", skipped.errors, skipped.record
    except Refusal as refusal:
        status, errors = "SKIPPED", _errors(refusal)
    store.execute(
        "UPDATE _bulk_line SET status = ?, record = ?, errors = ? WHERE job = ? AND number = ?",
        (status, record, errors, job.id, number),
    )


class _Skipped(Exception):
    def __init__(self, errors: str, record: int | None = None) -> None:
        super().__init__(errors)
        self.errors = errors
        self.record = record


def _line(
    store: Store, job: Job, module: ModuleDef, mappings: Sequence[Mapping], cells: Sequence[str]
) -> tuple[str, int]:
    writer = Writer(store, job.by, job.version, source="bulkapi")
    zone = ZoneInfo(job.body["zone"])
    row = _row(store, module, mappings, cells, zone, ignore_empty=job.body["ignore_empty"])
    operation, find_by = job.body["operation"], job.body["find_by"]
    existing = None if find_by is None else _existing(store, module, row, find_by)
    if find_by == "id":
        row.pop("id", None)
    if existing is None:
        if operation == "update":
            raise _Skipped(f"RESOURCE_NOT_FOUND-{find_by}")
        return "ADDED", rules.create(writer, module, row, "$")
    if operation == "insert":
        raise _Skipped(f"DUPLICATE_DATA-{find_by}", existing)
    rules.update(writer, module, existing, row, "$")
    return "UPDATED", existing


def _existing(store: Store, module: ModuleDef, row: Json, find_by: str) -> int | None:
    value = row.get(find_by)
    if value is None or value == "":
        return None
    if find_by == "id":
        key = as_id(value)
        return key if key is not None and store.exists(module.api_name, key) else None
    return rules.find(store, module, find_by, value["id"] if isinstance(value, dict) else value)


def _row(
    store: Store,
    module: ModuleDef,
    mappings: Sequence[Mapping],
    cells: Sequence[str],
    zone: ZoneInfo,
    *,
    ignore_empty: bool,
) -> Json:
    """A line as the JSON of a record; refused with every cell that is no value of its field."""
    row: Json = {}
    wrong = []
    for mapping in mappings:
        text = cells[mapping.index] if mapping.index is not None and mapping.index < len(cells) else ""
        if text == "" and mapping.default is not None:
            text = str(mapping.default)
        field = module.fields[mapping.api_name]
        if field.data_type == "layout":
            continue  # there is one, and a bulk write does not heed its mandatory fields
        if text == "":
            if not ignore_empty:
                row[field.api_name] = None
            continue
        try:
            row[field.api_name] = value_of(store, field, mapping, text, zone)
        except BadCell:
            wrong.append(field.api_name)
    if wrong:
        raise _Skipped(f"INVALID_DATA-{','.join(wrong)}")
    return row


def value_of(store: Store, field: FieldDef, mapping: Mapping, text: str, zone: ZoneInfo) -> Any:
    """The JSON value of a cell. Raises BadCell."""
    match field.kind:
        case "integer" | "number":
            try:
                return literal(field, text.replace(",", ""))
            except BadLiteral:
                raise BadCell(text) from None
        case "boolean":
            if text.lower() not in ("true", "false", "1", "0", "yes", "no"):
                raise BadCell(text)
            return text.lower() in ("true", "1", "yes")
        case "date":
            return _date(text, mapping.format)
        case "datetime":
            return _datetime(text, mapping.format, zone)
        case "choices":
            return [part.strip() for part in text.split(";") if part.strip()]
        case "lookup" | "user":
            target = store.modules[field.lookup_module]
            return {"id": str(_found(store, target, mapping.find_by or "id", text))}
        case "json":
            try:
                return json.loads(text)
            except ValueError:
                raise BadCell(text) from None
        case "any_lookup":
            raise BadCell(text)
    return text


def _found(store: Store, target: ModuleDef, find_by: str, text: str) -> int:
    if find_by == "id":
        key = as_id(text)
        if key is None or not store.exists(target.api_name, key):
            raise BadCell(text)
        return key
    found = rules.find(store, target, find_by, text)
    if found is None:
        raise BadCell(text)
    return found


def pattern(given: str) -> str:
    """A date format of Zoho's as strptime has it."""
    for theirs, ours in _FORMATS:
        given = given.replace(theirs, ours)
    return given


def _date(text: str, given: str | None) -> str:
    for one in (pattern(given or "MM/dd/yyyy"), "%Y-%m-%d"):
        try:
            return datetime.strptime(text, one).date().isoformat()  # noqa: DTZ007 - only the date is kept
        except ValueError:
            continue
    raise BadCell(text)


def _datetime(text: str, given: str | None, zone: ZoneInfo) -> str:
    """Times without an offset are in the zone of whoever made the job."""
    if parse_datetime(text) is not None:
        return text
    try:
        return (
            datetime.strptime(text, pattern(given or "MM/dd/yyyy HH:mm:ss")).replace(tzinfo=zone).isoformat()
        )
    except ValueError:
        raise BadCell(text) from None


def _errors(refusal: Refusal) -> str:
    """`MANDATORY_NOT_FOUND-Company,Last_Name:DUPLICATE_DATA-Email`."""
    items = refusal.details["errors"] if refusal.code == "MULTIPLE_OR_MULTI_ERRORS" else [refusal.item()]
    fields: dict[str, list[str]] = {}
    for item in items:
        code = item["code"] if item["code"] in _LISTED else "CANNOT_PROCESS"
        fields.setdefault(code, []).append(str(item["details"].get("api_name", "")))
    return ":".join(f"{code}-{','.join(names)}" for code, names in fields.items())


# ---- the outcome


def finish(store: Store, job: Job, mappings: Sequence[Mapping]) -> None:
    """Keep the result of a job whose lines are all written, and tell the callback."""
    store.execute(_LINES)
    lines = store.fetch(
        "SELECT cells, status, record, errors FROM _bulk_line WHERE job = ? ORDER BY number", (job.id,)
    )
    shown_columns = [one for one in mappings if one.index is not None][:_SHOWN]
    rows = []
    for text, status, record, errors in lines:
        cells = json.loads(text)
        repeated = [
            cells[m.index] if m.index is not None and m.index < len(cells) else "" for m in shown_columns
        ]
        rows.append([*repeated, status, "" if record is None else str(record), errors or ""])
    header = [*(one.api_name for one in shown_columns), "STATUS", "RECORD_ID", "ERRORS"]
    name = f"{job.module}-{job.body['file_name']}"
    bulk.keep(store, job.id, bulk.zipped(name, bulk.csv_bytes(header, rows)))
    callback = job.body.get("callback")
    if callback:
        about = shown(store, job, "COMPLETED", ZoneInfo(job.body["zone"]))
        deliveries.enqueue(store, "bulk_write", str(job.id), callback["url"], about)


def shown(store: Store, job: Job, state: str, zone: ZoneInfo) -> Json:
    """A job as polling and its callback show it."""
    store.execute(_LINES)
    counted = dict(
        store.fetch("SELECT status, count(*) FROM _bulk_line WHERE job = ? GROUP BY status", (job.id,))
    )
    done = state == "COMPLETED"
    file: Json = {"status": "COMPLETED" if done else "INPROGRESS"}
    if state != "ADDED":
        file |= {
            "name": job.body["file_name"],
            "added_count": counted.get("ADDED", 0),
            "skipped_count": counted.get("SKIPPED", 0),
            "updated_count": counted.get("UPDATED", 0),
            "total_count": sum(counted.values()) - counted.get(None, 0),
        }
    resource = {
        "status": "COMPLETED" if done else "INPROGRESS",
        "type": "data",
        "code": "SUCCESS" if done else "ADDED",
        "module": {"api_name": job.module, "id": str(store.modules[job.module].id)},
        "field_mappings": [Mapping(*given).echo() for given in job.body["mappings"]],
        "find_by": job.body["find_by"],
        "file": file,
    }
    user = store.get(USERS, job.by) or {"full_name": None}
    about: Json = {"status": state, "character_encoding": job.body["encoding"], "resource": [resource]}
    about["id"] = str(job.id)
    if done:
        version = "v{}.{}".format(*job.version).removesuffix(".0")
        org = store.org().get("zgid", "")
        about["result"] = {"download_url": f"/{version}/crm/org{org}/bulk-write/{job.id}/{job.id}.zip"}
    if job.body.get("callback"):
        about["callback"] = job.body["callback"]
    return about | {
        "created_by": {"id": str(job.by), "name": user["full_name"]},
        "operation": job.body["operation"],
        "created_time": zoned(job.body["created_time"], zone),
    }


jobs.runs(KIND, run)
