"""How much of each thing a query may hold, how far it may join and reach, and what it costs."""

from __future__ import annotations

from zcrm_tools.coql.frozen import TYPE_CHECKING

if TYPE_CHECKING:
    from zcrm_tools.coql.nodes import Query

MAX_ROWS = 2000
"""Rows one call returns at most."""
REACH = 100_000
"""Rows that offsets reach."""
COLUMNS, COLUMNS_OVERVIEW = 50, 500
"""The limits page says 50, the overview page 500."""
ORDERS, GROUPS, AGGREGATES, CRITERIA, IN_VALUES = 10, 4, 5, 25, 100
JOINS_PROSE, JOINS_BASE, JOINS_SELECT = 2, 5, 15
"""The query page says two joins; the limits page five in FROM and WHERE and fifteen in the select list."""


def price(query: Query) -> int:
    """Credits one call costs, by its LIMIT: 1 up to 200 rows, 2 up to 1,000, 3 above."""
    rows = query.limit.count if query.limit else 200
    if isinstance(rows, str) or rows <= 200:
        return 1
    return 2 if rows <= 1000 else 3
