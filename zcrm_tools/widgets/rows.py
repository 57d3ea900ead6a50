"""Rows that are in the kernel, shown a block at a time: only what is scrolled to crosses the wire."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any, ClassVar

from zcrm_tools.errors import InvalidInput, Problem
from zcrm_tools.transfer import formulas
from zcrm_tools.widgets.panel import Panel, esm

Row = Sequence[Any]
Order = tuple[str | None, bool, str]


@dataclass(slots=True)
class Table:
    """Columns and rows, and the last order that was asked for."""

    columns: Sequence[str]
    rows: Sequence[Row]
    _order: Order = (None, False, "")
    _arranged: Sequence[Row] = ()
    _texts: list[str] = field(default_factory=list)

    def block(
        self, start: int, count: int, sort: str | None = None, *, descending: bool = False, filter: str = ""
    ) -> dict[str, Any]:
        """Some rows in an order, and how many there are. Empty values come last either way."""
        arranged = self.arranged(sort, descending=descending, filter=filter)
        return {
            "columns": [{"name": name, "label": name} for name in self.columns],
            "rows": [[cell(value) for value in row] for row in arranged[start : start + count]],
            "total": len(arranged),
        }

    def arranged(
        self, sort: str | None = None, *, descending: bool = False, filter: str = ""
    ) -> Sequence[Row]:
        order = (sort, descending, filter.casefold())
        if order != self._order or (order == (None, False, "") and not self._arranged):
            self._arranged = self._sorted(self._filtered(order[2]), sort, descending=descending)
            self._order = order
        return self._arranged

    def _filtered(self, wanted: str) -> Sequence[Row]:
        if not wanted:
            return self.rows
        if not self._texts:
            self._texts = ["\n".join(str(cell(v)) for v in row).casefold() for row in self.rows]
        return [row for row, text in zip(self.rows, self._texts, strict=True) if wanted in text]

    def _sorted(self, rows: Sequence[Row], sort: str | None, *, descending: bool) -> Sequence[Row]:
        if sort is None:
            return rows
        if sort not in self.columns:
            raise InvalidInput(
                Problem("UNKNOWN_COLUMN", f"There is no column {sort!r}.", allowed=tuple(self.columns))
            )
        at = list(self.columns).index(sort)
        values = [row[at] for row in rows]
        key = _keys(values)
        filled = [place for place, value in enumerate(values) if not empty(value)]
        order = sorted(filled, key=key, reverse=descending)
        if len(order) < len(rows):
            order += sorted(set(range(len(rows))).difference(filled))
        return [rows[place] for place in order]


class Rows(Panel):
    """Any table: a pandas, polars or Arrow frame, records, or rows of mappings. It is read where it is, not copied out."""

    _esm = esm("rows")
    fallback: ClassVar[str] = "Show the table itself, or a part of it by <code>head()</code>."

    def __init__(self, source: Any, *, label: str = "Rows") -> None:
        super().__init__()
        self._label = label
        self.table = source if isinstance(source, Table) else table(source)

    async def do_show(self) -> dict[str, Any]:
        return {"label": self._label, **self.table.block(0, 100)}

    async def do_rows(
        self, *, start: int, count: int, sort: str | None, descending: bool, filter: str
    ) -> dict[str, Any]:
        return self.table.block(start, count, sort, descending=descending, filter=filter)

    async def do_save(self, *, form: str, sort: str | None, descending: bool, filter: str) -> str:
        rows = self.table.arranged(sort, descending=descending, filter=filter)
        return saved(self.table.columns, rows, form, self._label)


def table(source: Any) -> Table:
    """Columns and rows of whatever holds some. TypeError for what does not."""
    if hasattr(source, "to_arrow") and not hasattr(source, "to_pylist"):
        source = source.to_arrow()
    if hasattr(source, "to_pylist") and hasattr(source, "column_names"):
        return Table(source.column_names, list(zip(*(c.to_pylist() for c in source.columns), strict=True)))
    if hasattr(source, "itertuples"):
        return Table([str(c) for c in source.columns], list(source.itertuples(index=False, name=None)))
    if isinstance(source, Iterable) and not isinstance(source, str | bytes | Mapping):
        return _of_mappings([row for row in source if isinstance(row, Mapping)])
    raise TypeError(f"a {type(source).__name__} is no table")


def _of_mappings(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Mostly all rows have the same keys, which takes a third of the time."""
    columns = list(dict.fromkeys(chain.from_iterable(rows)))
    if len(columns) > 1 and all(len(row) == len(columns) for row in rows):
        return Table(columns, list(map(itemgetter(*columns), rows)))
    return Table(columns, [tuple(row.get(name) for name in columns) for row in rows])


def cell(value: Any) -> Any:
    """A value as JSON; what is none of JSON's is text, and not-a-number is nothing."""
    if empty(value) or value in (float("inf"), float("-inf")):
        return None
    match value:
        case bool() | str() | int() | float() | Mapping() | list() | tuple():
            return value
        case Decimal():
            return float(value)
        case datetime():
            return value.isoformat(timespec="seconds")
        case date():
            return value.isoformat()
    return value.item() if hasattr(value, "item") else str(value)


def empty(value: Any) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, str | float) and (value == "" or value != value)  # noqa: PLR0124 — only NaN is not itself


def _keys(values: Sequence[Any]) -> Callable[[int], Any]:
    """How the value at a place is compared: as it is when all are of one kind, else as people read it."""
    kinds = {type(value) for value in values if value is not None}
    plain = kinds <= {int, float, bool, Decimal} or (
        len(kinds) == 1 and kinds.isdisjoint({str, dict, list, tuple})
    )
    return values.__getitem__ if plain else [_as_read(value) for value in values].__getitem__


def _as_read(value: Any) -> tuple[int, str]:
    """Texts without regard to case, ids by length first; a lookup is its name."""
    text = str(value.get("name") or value.get("id") or "") if isinstance(value, Mapping) else str(value)
    return (len(text), text) if text.isdigit() else (0, text.casefold())


def saved(columns: Sequence[str], rows: Sequence[Row], form: str, label: str) -> str:
    """Write the rows beside the notebook, in a new file that its owner alone can read; says where."""
    stem = "".join(c if c.isalnum() else "-" for c in label.lower()).strip("-") or "rows"
    path = _new(stem, form)
    with path.open("x", encoding="utf-8", newline="") as file:
        path.chmod(0o600)
        if form == "csv":
            writer = csv.writer(file)
            writer.writerow(map(formulas.guarded, columns))
            writer.writerows([_plain(cell(v)) for v in row] for row in rows)
        else:
            named = [dict(zip(columns, map(cell, row), strict=True)) for row in rows]
            json.dump(named, file, ensure_ascii=False, indent=1)
    return f"{len(rows):,} rows are in {path.name}."


def _new(stem: str, form: str) -> Path:
    numbered = (Path(f"{stem}{f'-{n}' if n else ''}.{form}") for n in range(10_000))
    return next(path for path in numbered if not path.exists())


def _plain(value: Any) -> Any:
    """As exports write it: a lookup by its name, several values by semicolons, and nothing that a spreadsheet would run."""
    found = _one(value)
    return formulas.guarded(found) if isinstance(found, str) else found


def _one(value: Any) -> Any:
    match value:
        case bool():
            return "true" if value else "false"
        case Mapping():
            return value.get("name") or value.get("id")
        case list() | tuple():
            return ";".join(str(_one(one)) for one in value)
    return value
