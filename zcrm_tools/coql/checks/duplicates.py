"""The same thing twice in one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.coql.diagnostics import Diagnostic, Edit
from zcrm_tools.coql.nodes import Aggregate, Column, Node, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zcrm_tools.coql.checks.select import Select


def repeated(select: Select) -> Iterable[Diagnostic]:
    query = select.query
    found = _twice(query.select, [_key(each.expression) for each in query.select], "selected")
    if len(query.group_by) > 1:
        found += _twice(query.group_by, [column.text for column in query.group_by], "grouped by")
    if len(query.order_by) > 1:
        found += _twice(query.order_by, [order.column.text for order in query.order_by], "ordered by")
    return found


def _key(expression: Node) -> str:
    if isinstance(expression, Column):
        return expression.text
    if isinstance(expression, Aggregate):
        return expression.text.replace(expression.function, expression.function.upper(), 1)
    return "*"


def _twice(nodes: Sequence[Node], keys: Sequence[str], what: str) -> list[Diagnostic]:
    if len(set(keys)) == len(keys):
        return []
    found: list[Diagnostic] = []
    seen: set[str] = set()
    before = 0
    for node, key in zip(nodes, keys, strict=True):
        if key in seen:
            edits = (Edit(Span(before, node.span.end), ""),)
            message = f"`{key}` is {what} twice."
            found.append(
                Diagnostic("DUPLICATE", message, node.span, edits=edits, details={"column_name": key})
            )
        seen.add(key)
        before = node.span.end
    return found
