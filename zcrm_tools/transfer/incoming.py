"""Rows that are to go in: a CSV, Excel, JSON lines or Parquet file, or rows in memory, each with a number that people find it by.

Rows are read as often as they are needed and never held all at once. Those that were refused are written to a file of
the same form, with a column that says why: mended, that file is imported like any other.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import secrets
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic_core import from_json

from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem
from zcrm_tools.metadata.habits import Mark
from zcrm_tools.transfer import csv_file, excel_file, forms, tables
from zcrm_tools.transfer.raw import REASON, Incoming, IncomingFile, Raw, unreadable

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

Rows: TypeAlias = "Iterable[Raw] | pd.DataFrame | pl.DataFrame | pa.Table | Path | str"
"""What rows can be given as: in memory, or the path of a file."""
_BATCH = 1_000


def open_file(path: Path, *, exact: bool = False) -> IncomingFile:
    """By its ending. Raises InvalidInput when it is not there, cannot be read or has no rows with names.

    An apostrophe that keeps a text of CSV from being run as a formula is no part of it, unless the file is `exact`.
    """
    form = forms.format_of(path)
    try:
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as failed:
        raise unreadable("NO_FILE", f"{path} cannot be read: {failed.strerror}.") from None
    place = str(path.resolve())
    match form:
        case "csv":
            return csv_file.open_csv(path, place, digest, exact=exact)
        case "xlsx":
            return excel_file.open_excel(path, place, digest)
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
class _Lines:
    path: Path
    place: str
    digest: str
    headers: tuple[str, ...]
    mark: Mark = ""

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
    mark: Mark = ""

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
    mark: Mark = ""

    def rows(self) -> Iterator[tuple[int, Raw]]:
        return enumerate(self.given)


def _lines(path: Path) -> Iterator[tuple[int, Raw]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = from_json(
                    line.removeprefix(BOM_UTF8)
                )  # refuses half a character, and what is nested too deep
            except ValueError:
                row = None
            if not isinstance(row, dict):
                raise unreadable("NOT_JSON", f"Line {number} of {path.name} is no JSON object.")
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
        raise unreadable("NOT_PARQUET", f"{path.name} is no Parquet file: {wrong}") from None


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
