"""Operators: may a field of this type be compared so, and is the pattern one Zoho reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.coql.checks.names import to_the_name
from zcrm_tools.coql.checks.select import is_spelled_otherwise
from zcrm_tools.coql.diagnostics import Diagnostic, Edit
from zcrm_tools.coql.format import quoted
from zcrm_tools.coql.nodes import Comparison, Span, Text, Word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zcrm_tools.coql.checks.select import Compared, Select
    from zcrm_tools.coql.nodes import Criterion
    from zcrm_tools.coql.schema import FieldView


def not_allowed(select: Select, compared: Compared) -> Iterable[Diagnostic]:
    criterion, field, _, operator, takes = compared
    if takes or field is None:
        return ()
    span = criterion.operator_span if isinstance(criterion, Comparison) else criterion.span
    refusal = Diagnostic(
        "OPERATOR_NOT_ALLOWED",
        f"`{field.api_name}` is a {field.data_type} field and takes no `{operator}`.",
        span,
        edits=_instead(criterion, field, select),
        sure=field.kind == "boolean",
        allowed=field.operators,
        details={
            "reason": "invalid operator found",
            "column_name": criterion.column.text,
            "operator": operator,
        },
    )
    return (refusal,)


_OPPOSITE = {"true": "'false'", "false": "'true'"}


def _instead(criterion: Criterion, field: FieldView, select: Select) -> tuple[Edit, ...]:
    if not isinstance(criterion, Comparison) or not isinstance(criterion.value, Text | Word):
        return ()
    kind, operator, value = field.kind, criterion.operator, criterion.value
    if kind == "boolean" and operator == "!=" and (opposite := _OPPOSITE.get(value.value.lower())):
        return (Edit(Span(criterion.operator_span.start, value.span.end), f"= {opposite}"),)
    if kind == "lookup" and operator in ("like", "not like"):
        return to_the_name(criterion.column, field, select)
    return ()


def spelling(_: Select, compared: Compared) -> Iterable[Diagnostic]:
    if isinstance(compared.criterion, Comparison) and is_spelled_otherwise(compared.criterion):
        span = compared.criterion.operator_span
        yield Diagnostic(
            "UNDOCUMENTED_OPERATOR",
            "Zoho documents `!=` and not `<>`.",
            span,
            edits=(Edit(span, "!="),),
            severity="warning",
            sure=True,
        )


def pattern(_: Select, compared: Compared) -> Iterable[Diagnostic]:
    """`like` reads % at the ends; `not like` only at both."""
    if compared.operator not in ("like", "not like") or not isinstance(compared.literals[0], Text):
        return ()
    return _pattern(compared.operator, compared.literals[0])


def _pattern(operator: str, value: Text) -> Iterable[Diagnostic]:
    text, span = value.value, value.span
    inner = text.removeprefix("%").removesuffix("%")
    contains = (Edit(span, quoted(f"%{inner}%")),) if inner else ()
    if operator == "not like" and not (len(text) > 1 and text[0] == text[-1] == "%"):
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
