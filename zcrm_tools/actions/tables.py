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
