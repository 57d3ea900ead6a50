"""Building COQL from values: the tree is made of nodes and printed, so no value can ever become syntax."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from zcrm_tools.coql.format import format as print_query
from zcrm_tools.coql.nodes import (
    Column,
    Comparison,
    Condition,
    Group,
    In,
    IsNull,
    Limit,
    Logical,
    Operator,
    Order,
    Part,
    Query,
    Selected,
    Text,
)


def column(path: str) -> Column:
    return Column(tuple(Part(step) for step in path.split(".")))


def compare(field: str, operator: Operator, value: str) -> Comparison:
    return Comparison(column(field), operator, Text(value))


def equals(field: str, value: str) -> Comparison:
    return compare(field, "=", value)


def contains(field: str, text: str) -> Comparison:
    """Zoho documents no escape for a `%` inside a pattern, so a reader's `%` matches anything."""
    return compare(field, "like", f"%{text}%")


def one_of(field: str, values: Sequence[str]) -> Condition:
    return In(column(field), tuple(Text(v) for v in values))


def present(field: str) -> Condition:
    return IsNull(column(field), negated=True)


def every(conditions: Sequence[Condition]) -> Condition:
    """All of them, bracketed in pairs as Zoho demands."""
    return reduce(lambda a, b: Logical("and", _bracket(a), _bracket(b)), conditions)


def some(conditions: Sequence[Condition]) -> Condition:
    """Any of them, bracketed in pairs."""
    return reduce(lambda a, b: Logical("or", _bracket(a), _bracket(b)), conditions)


def select(
    fields: Sequence[str],
    module: str,
    where: Condition,
    *,
    order: Sequence[tuple[str, bool]] = (),
    limit: int,
    offset: int = 0,
) -> str:
    """The text of a query. `order` pairs a field with whether it descends."""
    return print_query(
        Query(
            tuple(Selected(column(f)) for f in fields),
            module,
            where=where,
            order_by=tuple(Order(column(f), descending) for f, descending in order),
            limit=Limit(limit, offset),
        )
    )


def _bracket(condition: Condition) -> Condition:
    return Group(condition) if isinstance(condition, Logical) else condition
