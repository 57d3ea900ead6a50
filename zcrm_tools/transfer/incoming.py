"""Rows that are to go in: a CSV, JSON lines or Parquet file, or rows in memory, each with a number that people find it by.

Rows are read as often as they are needed and never held all at once. Those that were refused are written to a file of
the same form, with a column that says why: mended, that file is imported like any other.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import itertools
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem
from zcrm_tools.transfer import forms, formulas, tables

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

REASON = "Rejected because"
"""The column of a file of refused rows that says why; no field is ever called so, and an import leaves it out."""
Raw = Mapping[str, Any]
Rows: TypeAlias = "Iterable[Raw] | pd.DataFrame | pl.DataFrame | pa.Table | Path"
"""What rows can be given as: in memory, or the path of a file."""
_BATCH = 1_000
_DELIMITERS = ",;\t|"


class Incoming(Protocol):
    """`place` is the file's path, `digest` of its content. A row's number is what a spreadsheet or an editor shows."""

    @property
    def place(self) -> str: ...

    @property
    def digest(self) -> str: ...

    @property
    def headers(self) -> tuple[str, ...]: ...

    def rows(self) -> Iterator[tuple[int, Raw]]:
        """Every row with its number, in order. Cells that are not there are absent or None."""


class IncomingFile(Incoming, Protocol):
    def write_refused(self, target: Path, reasons: Mapping[int, str]) -> None:
        """The rows of these numbers, as they are here, with `REASON` added."""


def open_file(path: Path, *, exact: bool = False) -> IncomingFile:
    """By its ending. Raises InvalidInput when it is not there, cannot be read or has no rows with names.

    An apostrophe that keeps a text of CSV from being run as a formula is no part of it, unless the file is `exact`.
    """
    form = forms.format_of(path)
    try:
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as failed:
        raise _refused("NO_FILE", f"{path} cannot be read: {failed.strerror}.") from None
    place = str(path.resolve())
    match form:
        case "csv":
            return _csv(path, place, digest, exact=exact)
        case "jsonl":
            return _Lines(path, place, digest, _keys(_lines(path)))
        case _:
            return _Parquet(path, place, digest, _parquet_names(path))


def of_memory(given: Any, name: str = "") -> Incoming:
    """Mappings, or a table of pandas, polars or Arrow. By `name` they are known again; without it they are new each time."""
    if isinstance(given, Iterable) and not hasattr(given, "columns") and not hasattr(given, "schema"):
        rows: Sequence[Raw] = [dict(row) for row in given]
    else:
        rows = _arrow(given).to_pylist()
    return _Memory(tuple(rows), _keys(enumerate(rows)), f"name {name}" if name else secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class _Csv:
    path: Path
    place: str
    digest: str
    headers: tuple[str, ...]
    delimiter: str
    exact: bool

    def rows(self) -> Iterator[tuple[int, Raw]]:
        for number, cells in self._lines():
            texts = cells if self.exact else map(formulas.bare, cells)
            row: dict[str, Any] = dict(zip(self.headers, texts, strict=False))
            if extra := cells[len(self.headers) :]:
                row[SURPLUS] = extra
            yield number, row

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        with self.path.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text, delimiter=self.delimiter)
            next(reader)
            for number, cells in enumerate(reader, start=2):
                if cells:
                    yield number, cells

    def write_refused(self, target: Path, reasons: Mapping[int, str]) -> None:
        width = len(self.headers)
        kept = [at for at, header in enumerate(self.headers) if header != REASON]

        def line(cells: Sequence[str], reason: str) -> bytes:
            own = [cells[at] if at < len(cells) else "" for at in kept]
            return forms.csv_text([[*own, reason, *cells[width:]]], self.delimiter)

        with forms.private(target) as file:
            file.write(line(self.headers, REASON))
            for number, cells in self._lines():
                if number in reasons:
                    file.write(line(cells, reasons[number]))


SURPLUS = "\0surplus"
"""Key of the cells that a row has beyond the headers."""


@dataclass(frozen=True, slots=True)
class _Lines:
    path: Path
    place: str
    digest: str
    headers: tuple[str, ...]

    def rows(self) -> Iterator[tuple[int, Raw]]:
        return _lines(self.path)

    def write_refused(self, target: Path, reasons: Mapping[int, str]) -> None:
        with forms.private(target) as file:
            for number, row in self.rows():
                if number in reasons:
                    said = {**row, REASON: reasons[number]}
                    file.write(json.dumps(said, ensure_ascii=False).encode() + b"\n")


@dataclass(frozen=True, slots=True)
class _Parquet:
    path: Path
    place: str
    digest: str
    headers: tuple[str, ...]

    def rows(self) -> Iterator[tuple[int, Raw]]:
        from pyarrow import parquet

        number = 1
        with parquet.ParquetFile(self.path) as file:
            for batch in file.iter_batches(_BATCH):
                for row in batch.to_pylist():
                    yield number, row
                    number += 1

    def write_refused(self, target: Path, reasons: Mapping[int, str]) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        with parquet.ParquetFile(self.path) as file, forms.private(target) as out:
            names = [name for name in self.headers if name != REASON]
            kept = pa.schema([file.schema_arrow.field(name) for name in names])
            wanted = kept.append(pa.field(REASON, pa.string()))
            number = 1
            with parquet.ParquetWriter(out, wanted) as writer:
                for batch in file.iter_batches(_BATCH, columns=names):
                    here = [i for i in range(batch.num_rows) if number + i in reasons]
                    if here:
                        some = pa.Table.from_batches([batch]).take(here).cast(kept)
                        said = pa.array([reasons[number + i] for i in here], pa.string())
                        writer.write_table(some.append_column(REASON, said))
                    number += batch.num_rows


@dataclass(frozen=True, slots=True)
class _Memory:
    given: tuple[Raw, ...]
    headers: tuple[str, ...]
    digest: str
    place: str = ""

    def rows(self) -> Iterator[tuple[int, Raw]]:
        return enumerate(self.given)


def _csv(path: Path, place: str, digest: str, *, exact: bool) -> IncomingFile:
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            first = text.readline()
            delimiter = max(_DELIMITERS, key=lambda mark: len(next(csv.reader([first], delimiter=mark), [])))
            text.seek(0)
            headers = next(csv.reader(text, delimiter=delimiter), [])
            for (
                _
            ) in text:  # a character further down that is no UTF-8 is better found before anything is sent
                pass
    except UnicodeDecodeError as wrong:
        raise _refused(
            "NOT_UTF8",
            f"{path.name} is not UTF-8 text: byte {wrong.start} of a block makes no sense.",
            'Save it as "CSV UTF-8".',
        ) from None
    twice = sorted({h for h in headers if headers.count(h) > 1})
    if twice:
        raise _refused("HEADER_TWICE", f"{path.name} has more than one column {twice[0]!r}.")
    if not any(h.strip() for h in headers):
        raise _refused("NO_HEADERS", f"{path.name} has no line of column names.")
    return _Csv(path, place, digest, tuple(headers), delimiter, exact)


def _lines(path: Path) -> Iterator[tuple[int, Raw]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            if not isinstance(row, dict):
                raise _refused("NOT_JSON", f"Line {number} of {path.name} is no JSON object.")
            yield number, row


def _keys(rows: Iterable[tuple[int, Raw]]) -> tuple[str, ...]:
    """Every name that some row has, in the order they first appear."""
    found: dict[str, None] = {}
    for _, row in rows:
        found.update(dict.fromkeys(row))
    return tuple(found)


def _parquet_names(path: Path) -> tuple[str, ...]:
    tables.needed()
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return tuple(parquet.read_schema(path).names)
    except pa.ArrowInvalid as wrong:
        raise _refused("NOT_PARQUET", f"{path.name} is no Parquet file: {wrong}") from None


def _arrow(given: Any) -> Any:
    """Any table as Arrow's. pandas' empty cells become None."""
    tables.needed()
    import pyarrow as pa

    if isinstance(given, pa.Table):
        return given
    if hasattr(given, "to_arrow"):
        return given.to_arrow()
    if hasattr(given, "dtypes") and hasattr(given, "iloc"):
        return pa.Table.from_pandas(given, preserve_index=False)
    raise InvalidInput(
        Problem(
            "NOT_ROWS",
            f"Rows come as mappings or as a table of pandas, polars or Arrow, not as {type(given).__name__}.",
            NOTHING_SENT,
        )
    )


def place_for_refused(path: Path) -> Path:
    """An empty file beside `path`, under a name that nothing had: another process that asks at once gets another one."""
    stem = path.stem.partition(".rejected")[0]
    names = (f"{stem}.rejected{f'-{count}' * (count > 1)}{path.suffix}" for count in itertools.count(1))
    while True:
        target = path.with_name(next(names))
        with contextlib.suppress(FileExistsError):
            os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            return target


def _refused(code: str, message: str, next_step: str = "") -> InvalidInput:
    return InvalidInput(Problem(code, message, NOTHING_SENT, next_step))
