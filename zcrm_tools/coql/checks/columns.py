"""Modules and columns: do they exist, can they stand where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.coql.checks.paths import SHOWN
from zcrm_tools.coql.diagnostics import Diagnostic, Edit
from zcrm_tools.coql.kinds import SELECT_ONLY
from zcrm_tools.coql.nodes import Column, Span
from zcrm_tools.coql.spelling import folded
from zcrm_tools.coql.suggest import module_meant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zcrm_tools.coql.checks.select import Select, Use


def unknown_module(select: Select) -> Iterable[Diagnostic]:
    query = select.query
    if select.module is not None or query.module in (names := select.schema.module_names()):
        return
    meant = module_meant(query.module, select.schema)
    yield Diagnostic(
        "UNKNOWN_MODULE",
        f"There is no module `{query.module}`.",
        query.module_span,
        edits=(Edit(query.module_span, meant),) if meant else (),
        sure=meant is not None and folded(query.module) in map(folded, (meant, *names.get(meant, ()))),
        allowed=() if meant else tuple(names)[:SHOWN],
        closest=meant or "",
    )


def unresolved(select: Select, use: Use) -> Diagnostic | None:
    """Columns that name no field, and joins that lead nowhere."""
    fault = use.fault
    if fault is None:
        return None
    return _alias_in_where(select, use) or _label_of_two_words(select, use) or fault


def _alias_in_where(select: Select, use: Use) -> Diagnostic | None:
    selected = select.aliases.get(use.column.text)
    if selected is None or use.clause not in ("where", "group by"):
        return None
    expression = selected.expression
    is_column = isinstance(expression, Column)
    return Diagnostic(
        "ALIAS_OUT_OF_PLACE",
        f"`{use.column.text}` is an alias, and an alias stands only in the select list and in ORDER BY.",
        use.column.span,
        help="" if is_column else "COQL cannot filter on an aggregate; filter the rows you get back.",
        edits=(Edit(use.column.span, expression.text),) if isinstance(expression, Column) else (),
        sure=True,
    )


def _label_of_two_words(select: Select, use: Use) -> Diagnostic | None:
    """`select Deal Name from Deals` reads as the column Deal under the alias Name."""
    if use.clause != "select" or select.module is None:
        return None
    for selected in select.query.select:
        if selected.expression is use.column and selected.alias:
            wanted = folded(use.column.text + selected.alias)
            for field in select.module.fields():
                if wanted in (folded(field.label), folded(field.api_name)):
                    span = Span(use.column.span.start, selected.alias_span.end)
                    return Diagnostic(
                        "UNKNOWN_FIELD",
                        f"`{use.column.text} {selected.alias}` is the label of `{field.api_name}`.",
                        span,
                        edits=(Edit(span, field.api_name),),
                        closest=field.api_name,
                        sure=True,
                    )
    return None


_UNSUPPORTED_ADVICE = {
    "multiselectlookup": "Query the linking module instead.",
    "multiuserlookup": "Query the linking module instead.",
    "subform": "Query the subform's own module; its Parent_Id leads back.",
    "participants": "Read the event itself to see its participants.",
    "fileupload": "Read the record's attachments or the record itself.",
    "imageupload": "Read the record itself.",
}
_SELECT_ONLY = {
    "textarea": "Search finds words inside long texts; COQL does not.",
    "territory": "Select it and filter on the rows you get back.",
}


def unsupported(_: Select, use: Use) -> Diagnostic | None:
    """Fields whose type COQL cannot read at all, or only in the select list."""
    field = use.field
    if field is None:
        return None
    if field.kind == "unsupported":
        return Diagnostic(
            "UNSUPPORTED_FIELD",
            f"COQL cannot read `{field.api_name}`: it is a {field.data_type} field.",
            use.column.span,
            help=_UNSUPPORTED_ADVICE.get(field.data_type, ""),
            details={"column_name": use.column.text},
        )
    if use.clause == "where" and field.kind in SELECT_ONLY:
        return Diagnostic(
            "SELECT_ONLY_FIELD",
            f"`{field.api_name}` is a {field.data_type} field; COQL cannot filter on it.",
            use.column.span,
            help=_SELECT_ONLY[field.kind],
            details={"column_name": use.column.text},
        )
    return None


def unquoted_arrow(_: Select, use: Use) -> Diagnostic | None:
    column = use.column
    if column.quote or "->" not in column.text:
        return None
    return Diagnostic(
        "ARROW_NOT_QUOTED",
        "A column with -> is quoted.",
        column.span,
        edits=(Edit(column.span, f"'{column.text}'"),),
        sure=True,
    )
