"""Criteria on days that are named, and on whole days of columns that hold moments, as criteria COQL can run."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from zcrm_tools.coql.diagnostics import Diagnostic, Edit
from zcrm_tools.coql.format import column as written
from zcrm_tools.coql.format import quoted
from zcrm_tools.coql.lexer import tokenize
from zcrm_tools.coql.nodes import Between, Comparison, Span, Text, Word
from zcrm_tools.coql.rewrite.calendar import PHRASE, Days, days_of
from zcrm_tools.coql.tokens import COMPARISONS, WORD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zcrm_tools.coql.checks.select import Compared, Select
    from zcrm_tools.coql.nodes import Value
    from zcrm_tools.coql.rewrite.calendar import Calendar

_AFTER = re.compile(r"\s*(?:\)|;|\Z|(?:and|or|order|group|limit|offset)\b)", re.IGNORECASE)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def quote_phrases(source: str) -> tuple[Edit, ...]:
    """Quotes around every phrase of several words that stands for a value, so that the text can be parsed."""
    tokens = tokenize(source)
    kinds = [token.kind for token in tokens]
    edits: list[Edit] = []
    for at, kind in enumerate(kinds[:-1]):
        is_bound = (
            kind == "and" and "between" in kinds[max(0, at - 6) : at]
        )  # a phrase has five tokens at most
        if kind in COMPARISONS or kind == "between" or is_bound:
            found = PHRASE.match(source, tokens[at + 1].start)
            is_word = kinds[at + 1] == WORD and tokens[at + 1].end == (found.end() if found else -1)
            if found and not is_word and _AFTER.match(source, found.end()):
                edits.append(Edit(Span(*found.span()), quoted(found.group())))
    return tuple(edits)


def named_days(select: Select, calendar: Calendar) -> Iterable[Diagnostic]:
    """Each criterion that has to be written otherwise, as a diagnostic with its edit."""
    for compared in select.compared:
        if compared.field is None or compared.field.kind not in ("date", "datetime"):
            continue
        replaced = _replaced(compared, calendar, moments=compared.field.kind == "datetime")
        if replaced:
            yield Diagnostic(
                "RELATIVE_DATE",
                _why(compared, calendar),
                compared.criterion.span,
                edits=(Edit(compared.criterion.span, replaced),),
                sure=True,
            )


def _why(compared: Compared, calendar: Calendar) -> str:
    zone = f"in the time zone {calendar.zone}"
    if not any(PHRASE.fullmatch(" ".join(literal.value.split())) for literal in compared.literals):
        return f"A column that holds moments is compared with a whole day {zone}."
    fiscal = any("fiscal" in literal.value.lower() for literal in compared.literals)
    year = f", the fiscal year beginning in month {calendar.fiscal_start}" if fiscal else ""
    return f"COQL has no relative dates; worked out for {calendar.today.isoformat()} {zone}{year}."


def _replaced(compared: Compared, calendar: Calendar, *, moments: bool) -> str:
    """The criterion written out; "" when there is nothing to write out."""
    criterion = compared.criterion
    name = written(criterion.column)
    if isinstance(criterion, Comparison):
        if moments and criterion.operator not in ("=", "!=") and _is_now(criterion.value):
            now = calendar.now.astimezone(calendar.zone).isoformat(timespec="seconds")
            return f"{name} {criterion.operator} {quoted(now)}"
        days = _days(criterion.value, calendar, moments=moments)
        return _comparison(name, criterion.operator, days, calendar, moments=moments) if days else ""
    if isinstance(criterion, Between):
        low = _days(criterion.low, calendar, moments=moments)
        high = _days(criterion.high, calendar, moments=moments)
        if low is None and high is None:
            return ""
        first = _first(low, calendar, moments=moments) if low else _same(criterion.low)
        last = _last(high, calendar, moments=moments) if high else _same(criterion.high)
        return f"{name} {criterion.operator} {first} and {last}" if first and last else ""
    return ""


def _comparison(name: str, operator: str, days: Days, calendar: Calendar, *, moments: bool) -> str:
    first = _first(days, calendar, moments=moments)
    last = _last(days, calendar, moments=moments)
    if operator in ("=", "!="):
        if first == last:
            return f"{name} {operator} {first}"
        return f"{name} {'not ' if operator == '!=' else ''}between {first} and {last}"
    return f"{name} {operator} {last if operator in ('>', '<=') else first}"


def _days(value: Value, calendar: Calendar, *, moments: bool) -> Days | None:
    if not isinstance(value, Text | Word):
        return None
    if moments and _DAY.fullmatch(value.value):
        try:
            day = date.fromisoformat(value.value)
        except ValueError:
            return None
        return Days(day, day)
    return days_of(value.value, calendar)


def _is_now(value: Value) -> bool:
    return isinstance(value, Text | Word) and re.fullmatch(r"(?i)now( ?\( ?\))?", value.value) is not None


def _same(value: Value) -> str:
    return quoted(value.value) if isinstance(value, Text) else ""


def _first(days: Days, calendar: Calendar, *, moments: bool) -> str:
    return _moment(days.first, time.min, calendar) if moments else quoted(days.first.isoformat())


def _last(days: Days, calendar: Calendar, *, moments: bool) -> str:
    """The second time it shows 23:59:59 where clocks are put back at midnight, as in Cairo."""
    return (
        _moment(days.last, time(23, 59, 59, fold=1), calendar) if moments else quoted(days.last.isoformat())
    )


def _moment(day: date, at: time, calendar: Calendar) -> str:
    """With the offset that the zone has on that day: summer time is no matter."""
    return quoted(datetime.combine(day, at, calendar.zone).isoformat(timespec="seconds"))
