"""Picklist values: is the value in the list, and is it the stored value or only its label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.coql.checks.paths import SHOWN
from zcrm_tools.coql.diagnostics import Diagnostic, Edit
from zcrm_tools.coql.format import quoted
from zcrm_tools.coql.nodes import Number, Text, Word
from zcrm_tools.coql.spelling import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zcrm_tools.coql.checks.select import Compared, Select
    from zcrm_tools.coql.schema import FieldView

NOT_VALUES = ("null", "-none-", "")
"""Reported by the rule about null."""


def unlisted(_: Select, compared: Compared) -> Iterable[Diagnostic]:
    """Zoho stores values outside a list, so one is a doubt; only a closed list makes it a fault."""
    field = compared.field
    if field is None or not field.stored or field.kind not in ("picklist", "multiselect"):
        return ()
    if compared.operator not in ("=", "!=", "in", "not in"):
        return ()
    found: list[Diagnostic] = []
    for value in compared.literals:
        if value.value not in field.stored and not isinstance(value, Number):
            found += _unlisted(value, field)
    return found


def _unlisted(value: Text | Word, field: FieldView) -> Iterable[Diagnostic]:
    several = field.kind == "multiselect"
    written = value.value.split(";") if several else [value.value]
    stored = field.stored
    wrong = [each for each in written if each not in stored and each.lower() not in NOT_VALUES]
    if not wrong:
        return
    meant = {each: _meant(each, field) for each in wrong}
    text = ";".join(meant.get(each) or each for each in written)
    first = meant[wrong[0]]
    is_label = any(choice.display == wrong[0] for choice in field.choices)
    # Whether Zoho minds the case of letters no page says; the stored spelling is safe and means the same.
    only_case = all((meant[each] or "").casefold() == each.casefold() for each in wrong)
    yield Diagnostic(
        "VALUE_IS_A_LABEL" if is_label else "VALUE_NOT_IN_LIST",
        f"`{wrong[0]}` is the label; records store `{first}`."
        if is_label
        else f"`{wrong[0]}` is not a value of {field.api_name}.",
        value.span,
        edits=(Edit(value.span, quoted(text)),) if all(meant.values()) else (),
        severity="error" if field.closed and not only_case else "warning",
        allowed=() if first else tuple(choice.actual for choice in field.choices)[:SHOWN],
        closest=first or "",
        details={"column_name": field.api_name},
        sure=only_case or all(any(c.display == each for c in field.choices) for each in wrong),
    )


def _meant(written: str, field: FieldView) -> str | None:
    """The stored value that was meant, by label or by spelling."""
    for choice in field.choices:
        if choice.display == written:
            return choice.actual
    spellings = [text for choice in field.choices for text in (choice.actual, choice.display) if text]
    close = nearest(written, spellings)
    return next((c.actual for c in field.choices if close in (c.actual, c.display)), None) if close else None
