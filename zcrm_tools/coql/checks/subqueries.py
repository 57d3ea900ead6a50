"""Sub-queries: how many, and of how many columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.coql.diagnostics import Diagnostic
from zcrm_tools.coql.nodes import Star

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zcrm_tools.coql.checks.select import Select

SUBQUERIES = 5
ROWS = 100
"""Rows a sub-query returns at most."""


def one_column(select: Select) -> Iterable[Diagnostic]:
    if select.outer:
        return
    columns = select.query.select
    if len(columns) > 1 or isinstance(columns[0].expression, Star):
        yield Diagnostic(
            "SUBQUERY_COLUMNS",
            "A sub-query selects one column.",
            columns[min(1, len(columns) - 1)].span,
            details={"column_name": [selected.key for selected in columns]},
        )
    limit = select.query.limit
    if limit and isinstance(limit.count, int) and limit.count > ROWS:
        yield Diagnostic(
            "SUBQUERY_ROWS",
            f"A sub-query is reported to return at most {ROWS} rows.",
            limit.span,
            severity="warning",
        )


def too_many(selects: Sequence[Select]) -> Iterable[Diagnostic]:
    inner = selects[1:]
    if len(inner) > SUBQUERIES:
        yield Diagnostic(
            "LIMIT_EXCEEDED",
            f"There are {len(inner)} sub-queries; COQL takes {SUBQUERIES}.",
            inner[SUBQUERIES].query.span,
            help="Run the inner query first and put its values into IN ( ... ).",
            details={"limit": SUBQUERIES},
        )
