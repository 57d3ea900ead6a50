"""Rows as columns and rows: the form that costs a reader the fewest tokens, with the ids kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zcrm_tools.actions.action import Output
from zcrm_tools.actions.written import plain
from zcrm_tools.crm.reads import Page
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem


class Table(Output):
    module: str = ""
    count: int
    columns: list[str] = []
    rows: list[list[Any]] = []
    more: bool = False
    cursor: str = ""
    note: str = ""
    query: str = ""
    credits: int = 0
    warnings: list[str] = []

    def dicts(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def pandas(self) -> Any:
        """A data frame. Needs pandas (the extra `notebooks`)."""
        import pandas as pd  # type: ignore[import-untyped, unused-ignore]

        return pd.DataFrame(self.rows, columns=pd.Index(self.columns))

    def polars(self) -> Any:
        """A data frame. Needs polars. A column of mixed kinds becomes text."""
        import polars as pl  # type: ignore[import-not-found, import-untyped, unused-ignore]

        return pl.DataFrame(self._series(), strict=False)

    def arrow(self) -> Any:
        """An Arrow table. Needs pyarrow. A column of mixed kinds becomes text."""
        import pyarrow as pa  # type: ignore[import-not-found, import-untyped, unused-ignore]

        return pa.table(self._series())

    def _series(self) -> dict[str, list[Any]]:
        """Column by column, each of one kind."""
        return {name: _of_one_kind([row[at] for row in self.rows]) for at, name in enumerate(self.columns)}


def _of_one_kind(values: list[Any]) -> list[Any]:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return [None if value is None else float(value) for value in values]
    if len(kinds) > 1:
        return [None if value is None else str(value) for value in values]
    return values


def table(
    page: Page,
    columns: Sequence[str],
    *,
    module: str,
    offset: int | None = None,
    query: str = "",
    credits: int = 0,
    warnings: Sequence[str] = (),
) -> Table:
    """`offset` is where the page began; None when this call cannot continue."""
    rows = [[plain(record.get(c)) for c in columns] for record in page.records]
    more = page.more and bool(rows)
    note = ""
    if more:
        note = "There are more: narrow the search" + (
            " or pass the cursor." if offset is not None else " or page by id (`id > 'last' order by id`)."
        )
    return Table(
        module=module,
        count=len(rows),
        columns=list(columns) if rows else [],
        rows=rows,
        more=more,
        cursor=str(offset + len(rows)) if more and offset is not None else "",
        note=note if rows else "Nothing was found.",
        query=query,
        credits=credits,
        warnings=list(warnings),
    )


def cursor_offset(cursor: str) -> int:
    """Read a cursor that `table` gave."""
    if not cursor:
        return 0
    if cursor.isascii() and cursor.isdigit() and len(cursor) <= 6:
        return int(cursor)
    raise InvalidInput(
        Problem(
            "BAD_CURSOR", f"{cursor!r} is not a cursor from an earlier result.", NOTHING_SENT, field="cursor"
        )
    )
