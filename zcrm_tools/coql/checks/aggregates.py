"""Aggregates: known functions, arguments they can work on, and grouping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.coql.diagnostics import Diagnostic, Edit
from zcrm_tools.coql.format import column as written
from zcrm_tools.coql.nodes import Column, Span, Star
from zcrm_tools.coql.spelling import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zcrm_tools.coql.checks.select import Select
    from zcrm_tools.coql.nodes import Aggregate

FUNCTIONS = ("COUNT", "SUM", "MIN", "MAX", "AVG")
_HABITS = {
    "AVERAGE": "AVG",
    "MEAN": "AVG",
    "TOTAL": "SUM",
    "MAXIMUM": "MAX",
    "MINIMUM": "MIN",
    "NUMBER": "COUNT",
}
_SUITABLE = {
    "SUM": ("number",),
    "AVG": ("number",),
    "MIN": ("number", "date", "datetime"),
    "MAX": ("number", "date", "datetime"),
    "COUNT": ("number", "lookup", "picklist", "id"),
}


def _name_span(aggregate: Aggregate) -> Span:
    start = aggregate.span.start
    return Span(start, start + len(aggregate.function))


def unknown_function(select: Select) -> Iterable[Diagnostic]:
    for aggregate in select.aggregates:
        name, upper = aggregate.function, aggregate.function.upper()
        span = _name_span(aggregate)
        if upper not in FUNCTIONS:
            meant = _HABITS.get(upper) or nearest(name, FUNCTIONS)
            yield Diagnostic(
                "UNKNOWN_FUNCTION",
                f"COQL has no function `{name}`.",
                span,
                edits=(Edit(span, meant),) if meant else (),
                allowed=FUNCTIONS,
                closest=meant or "",
                details={"reason": "unsupported aggregate function", "column": aggregate.text},
            )
        elif upper not in (name, "COUNT"):
            yield Diagnostic(
                "FUNCTION_CASE",
                f"Zoho documents `{upper}` in capitals only.",
                span,
                edits=(Edit(span, upper),),
                severity="warning",
                sure=True,
            )


def unsuitable_argument(select: Select) -> Iterable[Diagnostic]:
    for aggregate in select.aggregates:
        function, argument = aggregate.function.upper(), aggregate.argument
        if isinstance(argument, Star):
            yield Diagnostic(
                "COUNT_STAR" if function == "COUNT" else "STAR_ARGUMENT",
                f"Zoho does not document {function}(*)."
                if function == "COUNT"
                else f"{function} takes a column.",
                argument.span,
                help="COUNT(id) counts every row." if function == "COUNT" else "",
                edits=(Edit(argument.span, "id"),) if function == "COUNT" else (),
                sure=True,
                severity="warning" if function == "COUNT" else "error",
            )
            continue
        field = select.look_up(argument).field
        kind = field.kind if field else "anything"
        suitable = _SUITABLE.get(function, ())
        if field and kind != "anything" and suitable and kind not in suitable:
            is_sum = function in ("SUM", "AVG")
            yield Diagnostic(
                "UNSUITABLE_ARGUMENT",
                f"{function} works on numbers; `{field.api_name}` is a {field.data_type} field."
                if is_sum
                else f"Zoho does not document {function} of a {field.data_type} field.",
                argument.span,
                help="COUNT(id) counts every row." if function == "COUNT" else "",
                severity="error" if is_sum else "warning",
            )


def ungrouped(select: Select) -> Iterable[Diagnostic]:
    """Beside an aggregate, every plain column is grouped by; and a grouping wants an aggregate."""
    query = select.query
    if not select.aggregates and not query.group_by:
        return
    grouped = {column.text for column in query.group_by}
    if not select.aggregates:
        if query.group_by:
            yield Diagnostic(
                "GROUP_WITHOUT_AGGREGATE",
                "Zoho documents GROUP BY only together with an aggregate.",
                query.group_by[0].span,
                help="Add one, such as COUNT(id).",
                severity="warning",
            )
        return
    plain = [s.expression for s in query.select if isinstance(s.expression, Column)]
    ungrouped_columns = [column for column in plain if column.text not in grouped]
    for column in ungrouped_columns:
        yield Diagnostic(
            "NOT_GROUPED",
            f"`{column.text}` stands beside an aggregate and must be grouped by.",
            column.span,
            edits=_add_to_group(select, ungrouped_columns),
        )


def _add_to_group(select: Select, columns: list[Column]) -> tuple[Edit, ...]:
    query = select.query
    names = ", ".join(dict.fromkeys(map(written, columns)))
    if query.group_by:
        end = query.group_by[-1].span.end
        return (Edit(Span(end, end), f", {names}"),)
    if query.where is None:
        return ()
    end = query.where.span.end
    return (Edit(Span(end, end), f" group by {names}"),)
