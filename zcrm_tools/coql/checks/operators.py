"""Operators: may a field of this type be compared so, and is the pattern one Zoho reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.coql.checks.kinds import kind_of, operator_of, operators_of, takes
from zcrm_tools.coql.checks.names import to_the_name
from zcrm_tools.coql.diagnostics import Diagnostic, Edit
from zcrm_tools.coql.format import quoted
from zcrm_tools.coql.nodes import Comparison, Span, Text, Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zcrm_tools.coql.checks.select import Select
    from zcrm_tools.coql.schema import FieldView
    from zcrm_tools.coql.walk import Criterion


def not_allowed(select: Select) -> Iterator[Diagnostic]:
    for criterion, field in select.criteria:
        if field is None or takes(field, criterion):
            continue
        operator = operator_of(criterion)
        span = criterion.operator_span if isinstance(criterion, Comparison) else criterion.span
        yield Diagnostic(
            "OPERATOR_NOT_ALLOWED",
            f"`{field.api_name}` is a {field.data_type} field and takes no `{operator}`.",
            span,
            edits=_instead(criterion, field, select),
            allowed=operators_of(field),
            details={
                "reason": "invalid operator found",
                "column_name": criterion.column.text,
                "operator": operator,
            },
        )


_OPPOSITE = {"true": "'false'", "false": "'true'"}


def _instead(criterion: Criterion, field: FieldView, select: Select) -> tuple[Edit, ...]:
    if not isinstance(criterion, Comparison) or not isinstance(criterion.value, Text | Word):
        return ()
    kind, operator, value = kind_of(field), criterion.operator, criterion.value
    if kind == "boolean" and operator == "!=" and (opposite := _OPPOSITE.get(value.value.lower())):
        return (Edit(Span(criterion.operator_span.start, value.span.end), f"= {opposite}"),)
    if kind == "lookup" and operator in ("like", "not like"):
        return to_the_name(criterion.column, field, select)
    return ()


def pattern(select: Select) -> Iterator[Diagnostic]:
    """`like` reads % at the ends; `not like` only at both."""
    for criterion, _ in select.criteria:
        if not isinstance(criterion, Comparison) or criterion.operator not in ("like", "not like"):
            continue
        if not isinstance(criterion.value, Text):
            continue
        text, span = criterion.value.value, criterion.value.span
        inner = text.removeprefix("%").removesuffix("%")
        contains = (Edit(span, quoted(f"%{inner}%")),) if inner else ()
        if criterion.operator == "not like" and not (len(text) > 1 and text[0] == text[-1] == "%"):
            yield Diagnostic("PATTERN", "NOT LIKE takes a pattern with % at both ends.", span, edits=contains)
        elif "%" not in text:
            yield Diagnostic(
                "PATTERN",
                "LIKE without % is no more than `=`.",
                span,
                help="'x%' begins with, '%x' ends with, '%x%' contains.",
                edits=contains,
                severity="warning",
            )
        elif "%" in inner:
            yield Diagnostic(
                "PATTERN",
                "Zoho documents % only at the ends of a pattern.",
                span,
                severity="warning",
            )
