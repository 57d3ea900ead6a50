"""Rows as Arrow, pandas and polars, with the types that the org's metadata gives them. Needs the extra `tables`.

A page's bytes go through Arrow's own JSON reader. What does not fit the metadata (an unknown type, a number that is
text) goes column by column; a value that cannot be of its column's type is left empty there and counted.

| field | Arrow | pandas |
|---|---|---|
| picklist | dictionary of text | category |
| multi-select | list of text | object |
| whole numbers | int64 | Int64 |
| numbers, money | double | Float64 |
| date | date32 | date32[pyarrow] |
| moment | timestamp[us, UTC] | datetime64[us, UTC] |
| yes or no | bool | boolean |
| id, lookup, text | string | string |
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zcrm_tools.errors import NotConfigured, Problem
from zcrm_tools.transfer.columns import Column, Kind, value

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


def needed() -> None:
    """Raise NotConfigured, with what to install, where Arrow is not there."""
    _arrow()


def schema(columns: Sequence[Column]) -> pa.Schema:
    arrow = _arrow()
    return arrow.schema([(c.name, _type(c.kind)) for c in columns])


def page(content: bytes, columns: Sequence[Column]) -> tuple[pa.Table, int]:
    """The rows of one answer of Zoho's, and how many values did not fit their column and are empty."""
    arrow = _arrow()
    if any(c.kind == "json" for c in columns):
        return by_column(json.loads(content)["data"], columns)
    try:
        return _read(content, columns), 0
    except (arrow.ArrowInvalid, arrow.ArrowNotImplementedError):
        return by_column(json.loads(content)["data"], columns)


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[Column]) -> pa.Table:
    """Records that are in memory, as an Arrow table."""
    return by_column(list(rows), columns)[0]


def to_pandas(found: pa.Table) -> pd.DataFrame:
    """With nullable types throughout, so that an empty cell never turns whole numbers into fractions."""
    pandas = library("pandas")
    arrow = _arrow()
    types = {
        arrow.int64(): pandas.Int64Dtype(),
        arrow.float64(): pandas.Float64Dtype(),
        arrow.bool_(): pandas.BooleanDtype(),
        arrow.string(): pandas.StringDtype(),
        arrow.date32(): pandas.ArrowDtype(arrow.date32()),
    }
    return found.to_pandas(types_mapper=types.get)


def to_polars(found: pa.Table) -> pl.DataFrame:
    frame: pl.DataFrame = library("polars").from_arrow(found)
    return frame


def be_frugal() -> None:
    """For a process that is ours, before Arrow is loaded: its usual pool keeps what it once had, in each thread; the
    system's gives it back. The Parquet writer goes by the variable alone, and would hold 30 MB more.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    arrow = _arrow()
    arrow.set_memory_pool(arrow.system_memory_pool())


def to_stream(found: pa.Table) -> bytes:
    """As Arrow's own stream, lightly packed."""
    arrow = _arrow()
    out = arrow.BufferOutputStream()
    options = arrow.ipc.IpcWriteOptions(compression="lz4")
    with arrow.ipc.new_stream(out, found.schema, options=options) as stream:
        stream.write_table(found)
    return out.getvalue().to_pybytes()  # type: ignore[no-any-return]


def from_stream(data: bytes) -> pa.Table:
    arrow = _arrow()
    return arrow.ipc.open_stream(arrow.BufferReader(data)).read_all()


def joined(parts: Sequence[pa.Table]) -> pa.Table:
    return _arrow().concat_tables(parts)


def without_dictionaries(found: pa.Table) -> pa.Table:
    """Picklists as text: each page has a dictionary of its own."""
    arrow = _arrow()
    return found.cast(
        arrow.schema(
            [(f.name, arrow.string()) if arrow.types.is_dictionary(f.type) else f for f in found.schema]
        )
    )


def with_dictionaries(found: pa.Table, wanted: pa.Schema) -> pa.Table:
    """One dictionary a column, in the order its values first appear."""
    arrow = _arrow()
    whole = found.combine_chunks()
    for at, field in enumerate(wanted):
        if arrow.types.is_dictionary(field.type):
            whole = whole.set_column(at, field, whole.column(at).dictionary_encode())
    return whole


def by_column(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> tuple[pa.Table, int]:
    """Column by column, for what Arrow's JSON reader cannot take."""
    arrow = _arrow()
    arrays, misfits = [], 0
    for column in columns:
        values = [value(column, row) for row in rows]
        try:
            array = _array(values, column.kind)
        except (arrow.ArrowInvalid, arrow.ArrowTypeError, TypeError, ValueError):
            kept = [v if _fits(v, column.kind) else None for v in values]
            misfits += sum(v is not None for v in values) - sum(v is not None for v in kept)
            array = _array(kept, column.kind)
        arrays.append(array)
    return arrow.Table.from_arrays(arrays, schema=schema(columns)), misfits


def _read(content: bytes, columns: Sequence[Column]) -> pa.Table:
    """The envelope is one JSON object, so one block."""
    arrow = _arrow()
    from pyarrow import json as arrow_json

    wire = {c.field: _wire_type(c) for c in columns}
    for c in columns:
        if c.kind in ("name", "module"):
            wire[c.field] = _lookup_type(
                module=any(o.field == c.field and o.kind == "module" for o in columns)
            )
    row = arrow.struct(list(wire.items()))
    found = arrow_json.read_json(
        arrow.BufferReader(content),
        read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(content) + 1),
        parse_options=arrow_json.ParseOptions(
            explicit_schema=arrow.schema([("data", arrow.list_(row))]), unexpected_field_behavior="ignore"
        ),
    )
    rows = found.column("data").combine_chunks().flatten()
    parts = dict(zip(wire, rows.flatten(), strict=True))
    return arrow.Table.from_arrays([_typed(parts[c.field], c) for c in columns], schema=schema(columns))


def _typed(array: Any, column: Column) -> Any:
    from pyarrow import compute

    match column.kind:
        case "id":
            return compute.struct_field(array, "id")
        case "name":
            return compute.struct_field(array, "name")
        case "module":
            return compute.struct_field(array, ["module", "api_name"])
        case "datetime" | "date":
            return compute.cast(array, _type(column.kind))
        case "integer" | "number" if column.quoted:
            return compute.cast(array, _type(column.kind))
        case "choice":
            return compute.dictionary_encode(array)
        case _:
            return array


def _wire_type(column: Column) -> Any:
    """What Arrow's reader is to expect in Zoho's JSON."""
    arrow = _arrow()
    if column.quoted or column.kind in ("date", "datetime", "choice"):
        return arrow.string()
    return _lookup_type() if column.kind == "id" else _type(column.kind)


def _lookup_type(*, module: bool = False) -> Any:
    arrow = _arrow()
    named = [("id", arrow.string()), ("name", arrow.string())]
    target = [("module", arrow.struct([("api_name", arrow.string())]))]
    return arrow.struct(named + target if module else named)


def _type(kind: Kind) -> Any:
    arrow = _arrow()
    return {
        "choice": lambda: arrow.dictionary(arrow.int32(), arrow.string()),
        "choices": lambda: arrow.list_(arrow.string()),
        "integer": arrow.int64,
        "number": arrow.float64,
        "boolean": arrow.bool_,
        "date": arrow.date32,
        "datetime": lambda: arrow.timestamp("us", "UTC"),
    }.get(kind, arrow.string)()


def _array(values: list[Any], kind: Kind) -> Any:
    arrow = _arrow()
    from pyarrow import compute

    if kind in ("date", "datetime"):
        return compute.cast(arrow.array(values, arrow.string()), _type(kind))
    if kind == "json":
        values = [None if v is None else json.dumps(v, ensure_ascii=False) for v in values]
    if kind == "integer":
        values = [int(v) if isinstance(v, str) else v for v in values]
    if kind == "number":
        values = [float(v) if isinstance(v, str) else v for v in values]
    return arrow.array(values, _type(kind))


def _fits(given: Any, kind: Kind) -> bool:
    try:
        _array([given], kind)
    except (ValueError, TypeError, _arrow().ArrowException):
        return False
    return True


def _arrow() -> Any:
    return library("pyarrow")


def library(name: str) -> Any:
    """One of the extra `tables`. Raises NotConfigured, with what to install, where it is not there."""
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError:
        raise NotConfigured(
            Problem(
                "LIBRARY_MISSING",
                f"Tables need {name}, which is not installed.",
                next_step="Install it with: pip install 'zcrm-tools[tables]'",
                fix_by="person",
            )
        ) from None
