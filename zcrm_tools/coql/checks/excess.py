"""More of a thing than a query may hold, and joins beyond what a query may follow."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from zcrm_tools.coql.checks.limits import (
    AGGREGATES,
    COLUMNS,
    COLUMNS_OVERVIEW,
    CRITERIA,
    GROUPS,
    IN_VALUES,
    JOINS_BASE,
    JOINS_PROSE,
    JOINS_SELECT,
    ORDERS,
)
from zcrm_tools.coql.diagnostics import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from zcrm_tools.coql.checks.select import Select
    from zcrm_tools.coql.nodes import Column, Node


def too_many(select: Select) -> Iterable[Diagnostic]:
    query = select.query
    if len(query.select) > COLUMNS_OVERVIEW:
        yield _beyond(query.select, COLUMNS_OVERVIEW, "columns in the select list")
    elif len(query.select) > COLUMNS:
        yield Diagnostic(
            "LIMIT_EXCEEDED",
            f"There are {len(query.select)} columns; Zoho's pages say {COLUMNS} in one place and {COLUMNS_OVERVIEW} in another.",
            query.select[COLUMNS].span,
            severity="warning",
            details={"limit": COLUMNS},
        )
    if len(select.aggregates) > AGGREGATES:
        yield _beyond(select.aggregates, AGGREGATES, "aggregates")
    if len(select.criteria) > CRITERIA:
        advice = "Use IN for many values of one column."
        yield _beyond(select.criteria, CRITERIA, "criteria", advice)
    if len(query.group_by) > GROUPS:
        yield _beyond(query.group_by, GROUPS, "columns in GROUP BY")
    if len(query.order_by) > ORDERS:
        yield _beyond(query.order_by, ORDERS, "columns in ORDER BY")
    for compared in select.doubts:
        if len(compared.literals) > IN_VALUES:
            yield _beyond(compared.literals, IN_VALUES, "values in IN", "Ask in several queries.")


def _beyond(items: Sequence[Node], most: int, what: str, advice: str = "") -> Diagnostic:
    return Diagnostic(
        "LIMIT_EXCEEDED",
        f"There are {len(items)} {what}; COQL takes {most}.",
        items[most].span,
        help=advice,
        details={"limit": most},
    )


def joins(select: Select) -> Iterable[Diagnostic]:
    """Lookups followed, each counted once. Between Zoho's two limits it is a doubt, beyond both a fault."""
    listed, base = _followed(select.listed), _followed(select.elsewhere)
    ways = listed | {way: column for way, column in base.items() if way not in listed}
    for found, most, where in (
        (listed, JOINS_SELECT, "the select list"),
        (base, JOINS_BASE, "WHERE, GROUP BY and ORDER BY"),
    ):
        if len(found) > most:
            yield _too_far(
                found, most, f"COQL follows {most} lookups in {where}; this query follows {len(found)}."
            )
            return
    if len(ways) > JOINS_PROSE:
        message = (
            f"This query follows {len(ways)} lookups; Zoho's pages say {JOINS_PROSE} in one place, "
            f"{JOINS_BASE} and {JOINS_SELECT} in another."
        )
        yield _too_far(ways, JOINS_PROSE, message, doubt=True)


def _too_far(ways: dict[str, Column], most: int, message: str, *, doubt: bool = False) -> Diagnostic:
    return Diagnostic(
        "LIMIT_EXCEEDED",
        message,
        list(ways.values())[most].span,
        severity="warning" if doubt else "error",
        details={"limit": most},
    )


def _followed(paths: Mapping[str, Column]) -> dict[str, Column]:
    """Each lookup that is followed on these paths, and the first column behind it."""
    found: dict[str, Column] = {}
    for path, column in paths.items():
        for way in _along(path.partition(".")[2] if path[0] == "!" else path):
            found.setdefault(way, column)
    return found


def _along(path: str) -> Iterable[str]:
    """The lookups a path follows: `A.B` follows `A` and `A.B`. Beyond every limit they are not counted on."""
    steps = path.split(".", 2 * JOINS_SELECT)[: 2 * JOINS_SELECT]
    return accumulate(steps, "{}.{}".format) if path else ()
