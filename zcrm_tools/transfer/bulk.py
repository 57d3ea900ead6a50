"""A module by bulk read jobs: 50 credits for up to 200,000 records, whenever Zoho gets round to it.

The CSV of a job is brought into the rows that COQL would have given, so that the file is the same by either route.
Zoho promises no order, so its rows are put in order on disk. A job's id is kept with the pages: an export that is gone
on with does not pay for it twice.
https://www.zoho.com/crm/developer/docs/api/v8/bulk-read/overview.html
"""

from __future__ import annotations

import asyncio
import csv
import io
import sqlite3
import zipfile
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import orjson

from zcrm_tools.coql.nodes import (
    Between,
    Comparison,
    Condition,
    Group,
    In,
    IsNull,
    Logical,
    Text,
    Value,
    Word,
)
from zcrm_tools.crm import bulk_read, files
from zcrm_tools.crm.org import Org
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.models.metadata import FieldInfo
from zcrm_tools.models.record import naming_field
from zcrm_tools.transfer.apart import Apart
from zcrm_tools.transfer.columns import Kind, kind_of
from zcrm_tools.transfer.coverage import Gap, Piece
from zcrm_tools.transfer.forms import Form
from zcrm_tools.transfer.segments import Segments

JOINS = 15
"""Relations that one query may follow."""
LOOKS = 6
"""Times a job is looked at, as a rule; a credit each, like the download."""
WAITS = (2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds between two looks; the last one again and again."""
PIECE = 2_000
_USERS = frozenset({"ownerlookup", "userlookup"})
_COMPARED = {
    "=": "equal", "!=": "not_equal", "<>": "not_equal", "<": "less_than", "<=": "less_equal",
    ">": "greater_than", ">=": "greater_equal",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What a job is asked for: names beside `id`, and Zoho's criteria."""

    module: str
    fields: tuple[FieldInfo, ...]
    criteria: Mapping[str, Any] | None

    @property
    def names(self) -> list[str]:
        return [name for info in self.fields if info.api_name != "id" for name in _names(info)]


def asked(module: str, fields: Sequence[FieldInfo], conditions: Iterable[Condition]) -> Asked | str:
    """The query of a job, or why there can be none."""
    if several := next((f.api_name for f in fields if f.data_type == "multi_module_lookup"), ""):
        return f"{several} leads to several modules"
    if sum(f.data_type == "lookup" or f.data_type in _USERS for f in fields) > JOINS:
        return f"it follows at most {JOINS} lookups"
    try:
        group = [_criterion(one) for one in conditions]
    except ValueError as untold:
        return f"its criteria cannot say {untold}"
    criteria = {"group": group, "group_operator": "and"} if len(group) > 1 else group[0] if group else None
    return Asked(module, tuple(fields), criteria)


def price(rows: int) -> int:
    """Credits, about: the jobs, looking at them, and their files."""
    jobs = max(1, -(-rows // bulk_read.PER_JOB))
    return jobs * (50 + LOOKS + 1)


async def fill(
    org: Org,
    wanted: Asked,
    segments: Segments,
    form: Form,
    apart: Apart,
    *,
    on_page: Callable[[int], None],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Read what is left to read into `segments`. Raises what Zoho refuses; NotFound when a job of an earlier run is gone."""
    sorted_rows = segments.folder / "bulk.db"
    with _ordered(sorted_rows) as rows:
        number, token = 0, ""
        while True:
            job = segments.jobs.get(number) or await bulk_read.create(
                org, wanted.module, wanted.names, criteria=wanted.criteria, page_token=token
            )
            segments.note_job(number, job)
            ended = await _finished(org, job, sleep)
            archive = segments.folder / "bulk.zip"
            await files.save(bulk_read.result(org, job), archive)
            await apart.do(_take, rows, archive)
            archive.unlink()
            if not ended.more:
                break
            number, token = number + 1, ended.page_token
        for gap in segments.left():
            of_gap = segments.add_gap(gap)
            for index, (some, last) in enumerate(_pieces(rows, gap)):
                content = await apart.do(_as_coql, some, wanted.fields)
                encoded = await apart.do(form.encode, content)
                piece = Piece(index, encoded.first, encoded.last, last)
                segments.write(of_gap, piece, encoded)
                on_page(encoded.rows)


async def _finished(org: Org, job: str, sleep: Callable[[float], Awaitable[None]]) -> bulk_read.BulkRead:
    waits = iter(WAITS)
    while not (found := await bulk_read.look(org, job)).finished:
        await sleep(next(waits, WAITS[-1]))
    if found.state != "COMPLETED":
        raise InvalidInput(
            Problem(
                "JOB_FAILED",
                f"Zoho's bulk read job {job} ended as {found.state}: {found.error or 'no reason given'}.",
                NOTHING_WRITTEN,
                "Export with --route coql.",
            )
        )
    return found


class _ordered:  # noqa: N801 — a context manager
    """Rows of a CSV by their ids, on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        self._path.unlink(missing_ok=True)
        self.db = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
        self.db.execute("PRAGMA journal_mode = OFF")
        self.db.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, cells BLOB) STRICT")
        return self

    def __exit__(self, *exc: object) -> None:
        self.db.close()
        self._path.unlink(missing_ok=True)


def _take(rows: _ordered, archive: Path) -> None:
    """A job's CSV into the rows that are kept; its names are those of the first line."""
    with zipfile.ZipFile(archive) as packed, packed.open(packed.namelist()[0]) as file:
        reader = csv.reader(io.TextIOWrapper(file, "utf-8", newline=""))
        names = next(reader)
        at = names.index("id")
        rows.db.execute("BEGIN")
        rows.db.executemany(
            "INSERT OR IGNORE INTO row VALUES (?, ?)",
            ((int(cells[at]), orjson.dumps(dict(zip(names, cells, strict=True)))) for cells in reader),
        )
        rows.db.execute("COMMIT")


def _pieces(rows: _ordered, gap: Gap) -> Iterator[tuple[list[bytes], bool]]:
    """Rows of a gap by the page, and whether it is the last."""
    after = gap.after
    while True:
        found = rows.db.execute(
            "SELECT id, cells FROM row WHERE id > ? AND id < ? ORDER BY id LIMIT ?",
            (after, min(gap.before, 2**63 - 1), PIECE),
        ).fetchall()
        last = len(found) < PIECE
        yield [row[1] for row in found], last
        if last:
            return
        after = found[-1][0]


def _as_coql(some: Sequence[bytes], fields: Sequence[FieldInfo]) -> bytes:
    """As COQL would have answered."""
    data = []
    for line in some:
        cells = orjson.loads(line)
        data.append(
            {"id": cells["id"]} | {f.api_name: _value(f, cells) for f in fields if f.api_name != "id"}
        )
    return orjson.dumps({"data": data})


def _value(info: FieldInfo, cells: Mapping[str, str]) -> Any:
    text = cells.get(info.api_name, "")
    if text == "":
        return None
    if info.data_type in _USERS or info.data_type == "lookup":
        return {"name": cells.get(_names(info)[1]) or None, "id": text}
    quoted = info.json_type == "string"
    return text if quoted and kind_of(info) in ("integer", "number") else _READ.get(kind_of(info), str)(text)


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)


_READ: Mapping[Kind, Callable[[str], Any]] = {
    "integer": int,
    "number": _number,
    "boolean": lambda text: text.lower() == "true",
    "choices": lambda text: text.split(";"),
}


def _names(info: FieldInfo) -> tuple[str, ...]:
    """A lookup is its id; its name is asked for beside it. Of a user COQL gives the last name."""
    name = info.api_name
    if info.data_type in _USERS:
        return name, f"{name}.last_name"
    if info.data_type == "lookup":
        return name, f"{name}.{naming_field(info.lookup_module)}"
    return (name,)


def _criterion(condition: Condition) -> dict[str, Any]:
    """Zoho's JSON for a condition of COQL. ValueError names what it has no word for."""
    match condition:
        case Group():
            return _criterion(condition.condition)
        case Logical():
            both = [_criterion(condition.left), _criterion(condition.right)]
            return {"group": both, "group_operator": condition.operator}
        case Comparison() if condition.operator in _COMPARED:
            return _single(condition.column.text, _COMPARED[condition.operator], _plain(condition.value))
        case In() if isinstance(condition.values, tuple):
            word = "not_in" if condition.negated else "in"
            return _single(condition.column.text, word, [_plain(v) for v in condition.values])
        case Between():
            word = "not_between" if condition.negated else "between"
            return _single(condition.column.text, word, [_plain(condition.low), _plain(condition.high)])
        case IsNull():
            word = "not_equal" if condition.negated else "equal"
            return _single(condition.column.text, word, "${EMPTY}")
    raise ValueError(str(getattr(condition, "operator", "that")))


def _single(column: str, comparator: str, value: Any) -> dict[str, Any]:
    if "->" in column or column.startswith("!"):
        raise ValueError(column)
    return {"field": {"api_name": column}, "comparator": comparator, "value": value}


def _plain(value: Value) -> Any:
    match value:
        case Text():
            return value.value
        case Word(value="true" | "false" as said):
            return said == "true"
        case Word():
            return value.value
    found = getattr(value, "value", None)
    if found is None:
        raise ValueError("a subquery")
    return _number(str(found))
