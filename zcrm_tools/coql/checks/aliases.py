"""Aliases: filled, unique, and not in each other's way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.coql.diagnostics import Diagnostic, Edit
from zcrm_tools.coql.nodes import Column, Span
from zcrm_tools.coql.schema import field_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zcrm_tools.coql.checks.select import Select


def empty(select: Select) -> Iterable[Diagnostic]:
    for selected in select.query.select:
        if selected.alias == "":
            after = Span(selected.expression.span.end, selected.alias_span.end)
            yield Diagnostic(
                "EMPTY_ALIAS",
                "An alias cannot be empty.",
                selected.alias_span,
                edits=(Edit(after, ""),),
                details={
                    "column_name": selected.expression.text
                    if isinstance(selected.expression, Column)
                    else "",
                    "alias": "",
                },
            )


def repeated(select: Select) -> Iterable[Diagnostic]:
    for selected in select.query.select:
        alias = selected.alias
        if alias and select.aliases[alias] is not selected:
            yield Diagnostic(
                "DUPLICATE_ALIAS",
                f"Two columns have the alias `{alias}`.",
                selected.alias_span,
                details={"alias": alias},
            )


def shadowing(select: Select) -> Iterable[Diagnostic]:
    """An alias may not be the name of another column in the list; and `id` takes none."""
    plain = {s.key for s in select.query.select if s.alias is None}
    for selected in select.query.select:
        if selected.alias and selected.alias in plain:
            yield Diagnostic(
                "ALIAS_IS_A_COLUMN",
                f"`{selected.alias}` is also a column of this select list, so it cannot be an alias.",
                selected.alias_span,
                details={"column_name": selected.alias, "alias": selected.alias},
            )
        expression = selected.expression
        if (
            selected.alias
            and isinstance(expression, Column)
            and expression.text == "id"
            and not select.query.group_by
        ):
            yield Diagnostic(
                "ALIAS_OF_ID",
                "`id` is always returned as `id`; an alias for it is reported not to work.",
                selected.alias_span,
                severity="warning",
            )


def missing_comma(select: Select) -> Iterable[Diagnostic]:
    """`select First_Name Last_Name from` names First_Name Last_Name; two columns were meant."""
    if select.module is None:
        return
    for selected in select.query.select:
        alias, span, before = selected.alias, selected.alias_span, selected.expression.span
        is_bare = span.end - span.start == len(alias or "")
        has_no_as = 0 < span.start - before.end < len(" as ")
        if alias and is_bare and has_no_as and field_of(select.module, alias):
            yield Diagnostic(
                "MISSING_COMMA",
                f"`{alias}` is read as an alias; it is also a field of {select.module.api_name}.",
                span,
                edits=(Edit(Span(before.end, before.end), ","),),
                severity="warning",
            )
