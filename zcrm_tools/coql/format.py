"""Tree to canonical text: one line, lower-case keywords, single quotes, `!=`, brackets where the tree needs them.

`parse(format(query)) == query` for every tree the parser can make; a tree built by hand may gain brackets.
"""

from __future__ import annotations

from zcrm_tools.coql.frozen import TYPE_CHECKING
from zcrm_tools.coql.lexer import is_bare, quoted
from zcrm_tools.coql.nodes import (
    Aggregate,
    Between,
    Column,
    Comparison,
    Group,
    In,
    IsNull,
    Logical,
    Star,
    Subquery,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zcrm_tools.coql.nodes import Condition, Limit, Order, Query, Selected, Value

__all__ = ["column", "condition", "criterion", "format", "quoted", "selected", "value"]


def format(query: Query) -> str:  # noqa: A001 - the verb of the language's tools
    """The canonical text of a query. Formatting what was parsed from it changes nothing."""
    module = f"{query.module}#{query.cvid}" if query.cvid else query.module
    clauses = [f"select {_listed(map(selected, query.select))}", f"from {module}"]
    if query.where is not None:
        clauses.append(f"where {condition(query.where)}")
    if query.group_by:
        clauses.append(f"group by {_listed(map(column, query.group_by))}")
    if query.order_by:
        clauses.append(f"order by {_listed(map(_order, query.order_by))}")
    if query.limit is not None:
        clauses.append(_limit(query.limit))
    return " ".join(clauses)


def column(node: Column) -> str:
    """A column, quoted when it has to be: reserved words, `->`, names that are not words."""
    needs_quotes = not is_bare(node.text) or any(part.target for part in node.parts)
    return quoted(node.text) if needs_quotes else node.text


def selected(node: Selected) -> str:
    expression = node.expression
    if isinstance(expression, Aggregate):
        argument = expression.argument
        text = f"{expression.function}({'*' if isinstance(argument, Star) else column(argument)})"
    else:
        text = "*" if isinstance(expression, Star) else column(expression)
    return text if node.alias is None else f"{text} as {quoted(node.alias)}"


def condition(node: Condition) -> str:
    """A condition. Chains are walked, not recursed into: `a and b and c` may be long."""
    tail: list[str] = []
    while isinstance(node, Logical):
        tail.append(f" {node.operator} {_operand(node.right, node.operator)}")
        if isinstance(node.left, Logical) and _binds_less(node.left, node.operator):
            return f"({condition(node.left)})" + "".join(reversed(tail))
        node = node.left
    head = f"({condition(node.condition)})" if isinstance(node, Group) else criterion(node)
    return head + "".join(reversed(tail))


def _binds_less(inner: Logical, outer: str) -> bool:
    return inner.operator == "or" and outer == "and"


def _operand(node: Condition, outer: str) -> str:
    """The right side of a chain: without brackets, `a or (b or c)` would be read back as `(a or b) or c`."""
    if isinstance(node, Logical) and (node.operator == outer or _binds_less(node, outer)):
        return f"({condition(node)})"
    return condition(node)


def criterion(node: Comparison | Between | In | IsNull) -> str:
    name = column(node.column)
    if isinstance(node, Comparison):
        return f"{name} {node.operator} {value(node.value)}"
    negation = "not " if node.negated else ""
    if isinstance(node, IsNull):
        return f"{name} is {negation}null"
    if isinstance(node, Between):
        return f"{name} {negation}between {value(node.low)} and {value(node.high)}"
    inside = node.values
    return f"{name} {negation}in " + (
        value(inside) if isinstance(inside, Subquery) else f"({_listed(map(value, inside))})"
    )


def value(node: Value) -> str:
    if isinstance(node, Subquery):
        return f"({format(node.query)})"
    return quoted(node.value) if isinstance(node, Text) else node.value


def _order(node: Order) -> str:
    return f"{column(node.column)} desc" if node.descending else column(node.column)


def _limit(node: Limit) -> str:
    rows = _count(node.count)
    return f"limit {rows}" if node.offset == 0 else f"limit {rows} offset {_count(node.offset)}"


def _count(count: int | str) -> str:
    return str(count) if isinstance(count, int) else quoted(count)


def _listed(items: Iterable[str]) -> str:
    return ", ".join(items)
