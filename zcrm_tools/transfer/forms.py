"""CSV, Excel, JSON lines and Parquet. Each page is brought into the file's form once, when it comes, and kept so; putting
the file together is then little more than copying. The same rows give the same bytes, however the pages fell.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import orjson

from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem
from zcrm_tools.transfer import formulas, tables, workbook
from zcrm_tools.transfer.columns import Column, plain_rows

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("csv", "xlsx", "jsonl", "parquet")
ROW_GROUP = 10_000
"""Rows of a Parquet row group; what is waiting for one is in memory."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A page in its file's form. `misfits` are values that were not of their column's type and are empty, `guarded` those
    that a spreadsheet would have run.
    """

    data: bytes
    first: int = 0
    last: int = 0
    rows: int = 0
    misfits: int = 0
    guarded: int = 0


class Sink(Protocol):
    """A file being put together."""

    def add(self, data: bytes, skip: int) -> None:
        """Append a page but its first `skip` rows."""

    def close(self) -> None:
        """The file is whole."""

    def abandon(self) -> None:
        """The file will not be finished."""


class Form(Protocol):
    def encode(self, content: bytes) -> Encoded:
        """One answer of Zoho's, which is never empty."""

    def ids(self, data: bytes) -> list[int]: ...

    def open(self, path: Path) -> Sink: ...


def format_of(target: Path) -> str:
    """By the file's ending. Raises InvalidInput for another than these."""
    ending = target.suffix.lower().lstrip(".")
    if ending in FORMATS:
        return ending
    raise InvalidInput(
        Problem(
            "UNKNOWN_FORMAT",
            f"{target.name} ends in none of {', '.join(f'.{one}' for one in FORMATS)}.",
            NOTHING_SENT,
            "Name the file by its format, and save it so.",
        )
    )


def form(format: str, columns: Sequence[Column], *, exact: bool = False, zone: tzinfo | None = None) -> Form:
    """`exact`: CSV has every text as it is, also what a spreadsheet would run as a formula. By the clock of `zone` are the
    moments of Excel; without it they are text.
    """
    match format:
        case "csv":
            return _Csv(columns, exact)
        case "xlsx":
            return _Excel(columns, zone)
        case "jsonl":
            return _Lines(columns)
        case _:
            return _Parquet(columns)


def private(path: Path) -> BinaryIO:
    """A new file that only its owner may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _rows(content: bytes) -> list[dict[str, Any]]:
    return list(orjson.loads(content).get("data") or ())


def _encoded(rows: Sequence[dict[str, Any]], data: bytes, guarded: int = 0) -> Encoded:
    if not rows:
        return Encoded(b"")
    return Encoded(data, int(rows[0]["id"]), int(rows[-1]["id"]), len(rows), guarded=guarded)


class _Csv:
    def __init__(self, columns: Sequence[Column], exact: bool) -> None:
        self._columns = columns
        self._exact = exact

    def encode(self, content: bytes) -> Encoded:
        rows = _rows(content)
        cells = plain_rows(self._columns, rows)
        guarded = 0 if self._exact else formulas.guard(cells)
        return _encoded(rows, csv_text(cells), guarded)

    def ids(self, data: bytes) -> list[int]:
        return [int(row[0]) for row in _read_csv(data)]

    def open(self, path: Path) -> Sink:
        file = private(path)
        file.write(csv_text([[c.name for c in self._columns]]))
        return _Appended(file, lambda data, skip: csv_text(_read_csv(data)[skip:]))


class _Lines:
    """Rows as Zoho gives them, with the asked fields in the asked order."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._fields = tuple(dict.fromkeys(c.field for c in columns))

    def encode(self, content: bytes) -> Encoded:
        rows = _rows(content)
        lines = [
            orjson.dumps({name: row.get(name) for name in self._fields}, option=orjson.OPT_APPEND_NEWLINE)
            for row in rows
        ]
        return _encoded(rows, b"".join(lines))

    def ids(self, data: bytes) -> list[int]:
        return [int(orjson.loads(line)["id"]) for line in data.split(b"\n") if line]

    def open(self, path: Path) -> Sink:
        return _Appended(private(path), lambda data, skip: b"".join(data.splitlines(keepends=True)[skip:]))


class _Appended:
    def __init__(self, file: BinaryIO, without: Any) -> None:
        self._file = file
        self._without = without

    def add(self, data: bytes, skip: int) -> None:
        self._file.write(self._without(data, skip) if skip else data)

    def close(self) -> None:
        self._file.close()

    abandon = close


class _Written(list[str]):
    write = list.append


def csv_text(rows: Sequence[Sequence[Any]], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    if "\r" not in text.getvalue():
        return text.getvalue().encode()
    lines = _Written()  # a cell with a lone CR is quoted only where CR ends lines
    csv.writer(lines, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return "".join(f"{line[:-2]}\n" for line in lines).encode()


def _read_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


class _Excel:
    def __init__(self, columns: Sequence[Column], zone: tzinfo | None) -> None:
        self._columns = columns
        self._zone = zone

    def encode(self, content: bytes) -> Encoded:
        rows = _rows(content)
        data, long = workbook.lines(self._columns, rows, self._zone)
        return replace(_encoded(rows, data), misfits=long)

    def ids(self, data: bytes) -> list[int]:
        return workbook.ids(data)

    def open(self, path: Path) -> Sink:
        return workbook.Workbook(private(path), [c.name for c in self._columns])


class _Parquet:
    """Pages are kept as Arrow streams."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._schema = tables.schema(columns)

    def encode(self, content: bytes) -> Encoded:
        found, misfits = tables.page(content, self._columns)
        if not found.num_rows:
            return Encoded(b"")
        ids = found.column("id")
        data = tables.to_stream(found)
        return Encoded(data, int(ids[0].as_py()), int(ids[-1].as_py()), found.num_rows, misfits)

    def ids(self, data: bytes) -> list[int]:
        return [int(i) for i in tables.from_stream(data).column("id").to_pylist()]

    def open(self, path: Path) -> Sink:
        return _Groups(private(path), self._schema)


class _Groups:
    """Row groups are cut by count and encoded afresh, so that how the pages fell is not in the file."""

    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:
        from pyarrow import parquet

        self._file = file
        self._schema = schema
        self._writer = parquet.ParquetWriter(file, schema, compression="snappy")
        self._waiting: list[pa.Table] = []
        self._count = 0

    def add(self, data: bytes, skip: int) -> None:
        rows = tables.without_dictionaries(tables.from_stream(data).slice(skip))
        self._waiting.append(rows)
        self._count += rows.num_rows
        while self._count >= ROW_GROUP:
            self._write(ROW_GROUP)

    def close(self) -> None:
        if self._count:
            self._write(self._count)
        self._writer.close()
        self._file.close()

    def abandon(self) -> None:
        self._waiting, self._count = [], 0
        self._writer.close()
        self._file.close()

    def _write(self, rows: int) -> None:
        whole = tables.joined(self._waiting)
        group = tables.with_dictionaries(whole.slice(0, rows), self._schema)
        self._writer.write_table(group, row_group_size=rows)
        rest = whole.slice(rows)
        self._count = rest.num_rows
        self._waiting = [rest.combine_chunks()] if self._count else []
