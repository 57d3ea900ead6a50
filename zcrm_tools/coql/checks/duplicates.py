"""The same thing twice in one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.coql.diagnostics import Diagnostic, Edit
from zcrm_tools.coql.nodes import Aggregate, Column, Node, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zcrm_tools.coql.checks.select import Select


def repeated(select: Select) -> Iterator[Diagnostic]:
    query = select.query
    yield from _twice([(s, _key(s.expression)) for s in query.select], "selected")
    yield from _twice([(c, c.text) for c in query.group_by], "grouped by")
    yield from _twice([(o, o.column.text) for o in query.order_by], "ordered by")


def _key(expression: Node) -> str:
    if isinstance(expression, Column):
        return expression.text
    if isinstance(expression, Aggregate):
        return expression.text.replace(expression.function, expression.function.upper(), 1)
    return "*"


def _twice(items: Sequence[tuple[Node, str]], what: str) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    before = 0
    for node, key in items:
        if key in seen:
            yield Diagnostic(
                "DUPLICATE",
                f"`{key}` is {what} twice.",
                node.span,
                edits=(Edit(Span(before, node.span.end), ""),),
                details={"column_name": key},
            )
        seen.add(key)
        before = node.span.end
