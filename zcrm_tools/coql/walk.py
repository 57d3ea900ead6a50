"""Everything inside a tree: conditions, columns, sub-queries. Source order, and no recursion over long chains."""

from __future__ import annotations

from zcrm_tools.coql.frozen import TYPE_CHECKING
from zcrm_tools.coql.nodes import (
    Aggregate,
    Between,
    Column,
    Comparison,
    Condition,
    Criterion,
    Group,
    In,
    Logical,
    Query,
    Subquery,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def criteria(condition: Condition | None) -> Iterator[Criterion]:
    """The single criteria of a condition, in source order; those of sub-queries are not entered."""
    pending = [condition] if condition else []
    while pending:
        node = pending.pop()
        if isinstance(node, Logical):
            pending += node.right, node.left
        elif isinstance(node, Group):
            pending.append(node.condition)
        else:
            yield node


def values(criterion: Criterion) -> tuple[Value, ...]:
    """What the column is compared with. A sub-query counts as one value."""
    if isinstance(criterion, Comparison):
        return (criterion.value,)
    if isinstance(criterion, Between):
        return (criterion.low, criterion.high)
    if isinstance(criterion, In):
        return (criterion.values,) if isinstance(criterion.values, Subquery) else criterion.values
    return ()


def queries(query: Query) -> Iterator[Query]:
    """The query and every sub-query in it, outermost first."""
    pending = [query]
    while pending:
        current = pending.pop(0)
        yield current
        for criterion in criteria(current.where):
            pending += (value.query for value in values(criterion) if isinstance(value, Subquery))


def columns(query: Query) -> Iterator[Column]:
    """Every column of one select, in source order; those of its sub-queries are not entered."""
    for selected in query.select:
        expression = selected.expression
        inner = expression.argument if isinstance(expression, Aggregate) else expression
        if isinstance(inner, Column):
            yield inner
    for criterion in criteria(query.where):
        yield criterion.column
    yield from query.group_by
    for order in query.order_by:
        yield order.column
