"""Values: is each one written as its column's type demands. Picklists have a rule of their own."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from zcrm_tools.coql.checks.names import to_the_name
from zcrm_tools.coql.diagnostics import Diagnostic, Edit
from zcrm_tools.coql.format import quoted
from zcrm_tools.coql.frozen import Frozen
from zcrm_tools.coql.nodes import Comparison, Number, Span, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from zcrm_tools.coql.checks.select import Compared, Select
    from zcrm_tools.coql.diagnostics import Severity
    from zcrm_tools.coql.kinds import Kind
    from zcrm_tools.coql.nodes import Criterion, Text
    from zcrm_tools.coql.schema import FieldView

    Literal = Text | Number | Word

# Patterns are texts: compiled when first used, they cost an import nothing.
_NUMBER = r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DATETIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[-+][0-9]{2}:[0-9]{2}"
_RELATIVE = r"(?i)\$\{\w+\}|now(\(\))?|today|yesterday|tomorrow|(this|last|next|previous)[ _]?\w*([ _]\w+)*"


_NOTHING = frozenset({"", "-none-", "null", "${empty}"})
EMPTY = frozenset({"", "-None-"})
"""Texts that stand for an empty field; words are told apart by their letters in lower case."""


def null_compared(select: Select, compared: Compared) -> Iterable[Diagnostic]:
    """`= null` and `= '-None-'` are written `is null`."""
    for value in compared.literals:
        if len(value.value) <= 8 and value.value.lower() in _NOTHING:
            return _null_compared(select, compared)
    return ()


def _null_compared(select: Select, compared: Compared) -> Iterable[Diagnostic]:
    for value in compared.literals:
        text, lowered = value.value, value.value.lower()
        if lowered not in _NOTHING:
            continue
        is_null = isinstance(value, Word) and lowered in ("null", "${empty}")
        if not is_null and text not in EMPTY:
            continue
        if lowered == "${empty}" and select.query.cvid:
            continue
        shown = text if is_null else quoted(text)
        yield Diagnostic(
            "NULL_COMPARED",
            f"An empty field is found with IS NULL, not by comparing it with {shown}.",
            value.span,
            edits=_is_null(compared.criterion),
            severity="error" if is_null else "warning",
            sure=is_null,
        )


def _is_null(criterion: Criterion) -> tuple[Edit, ...]:
    if not isinstance(criterion, Comparison) or criterion.operator not in ("=", "!="):
        return ()
    text = "is null" if criterion.operator == "=" else "is not null"
    return (Edit(Span(criterion.operator_span.start, criterion.span.end), text),)


def wrong_value(select: Select, compared: Compared) -> Iterable[Diagnostic]:
    field = compared.field
    if field is None or not compared.takes or (judge := JUDGES.get(field.kind)) is None:
        return ()
    found: list[Diagnostic] = []
    for value in compared.literals:
        if (verdict := judge(value)) and value.value.lower() not in ("null", "${empty}", ""):
            found.append(_refusal(compared.criterion, field, value, verdict, select))
            if field.kind == "lookup":
                break  # one edit of the column mends them all
    return found


class _Verdict(Frozen):
    """What is wrong with a value; `meant` is how it should be written, when that is known."""

    __slots__ = ()
    message: str
    meant: str = ""
    advice: str = ""
    code: str = "WRONG_VALUE"
    severity: Severity = "error"


def _refusal(
    criterion: Criterion, field: FieldView, value: Literal, verdict: _Verdict, select: Select
) -> Diagnostic:
    edits: tuple[Edit, ...] = (Edit(value.span, verdict.meant),) if verdict.meant else ()
    if field.kind == "lookup":
        edits = to_the_name(criterion.column, field, select)
    return Diagnostic(
        verdict.code,
        f"`{field.api_name}` {verdict.message}, not {_shown(value)}.",
        value.span,
        help=verdict.advice,
        edits=edits,
        severity=verdict.severity,
        details={"column_name": criterion.column.text},
    )


def _shown(value: Literal) -> str:
    return value.value if isinstance(value, Number | Word) else quoted(value.value)


def _number(value: Literal) -> _Verdict | None:
    if (value.value.isascii() and value.value.isdigit()) or re.fullmatch(_NUMBER, value.value):
        return None
    plain = re.sub(r"^[^\d+-]+|[\s,_']", "", value.value)
    factor = {"k": "000", "m": "000000"}.get(plain[-1:].lower(), "")
    plain = plain[:-1] + factor if factor and "." not in plain else plain
    return _Verdict("is compared with a number", plain if re.fullmatch(_NUMBER, plain) else "")


def _date(value: Literal) -> _Verdict | None:
    text = value.value
    if len(text) == 10 and text[4] == text[7] == "-" and _is_date(text):
        return None
    if re.fullmatch(_RELATIVE, text):
        return _relative()
    if re.match(_DATE, text) and _is_date(text[:10]) and text[10:11] in ("T", " "):
        return _Verdict("is a date without a time", quoted(text[:10]))
    meant = _as_date(text)
    return _Verdict("is compared with a date like '2026-01-31'", quoted(meant) if meant else "")


def _datetime(value: Literal) -> _Verdict | None:
    text = value.value
    if re.fullmatch(_DATETIME, text) and _is_datetime(text):
        return None
    if re.fullmatch(_RELATIVE, text):
        return _relative()
    zoned = re.sub(r"(\.[0-9]+)?Z$", "+00:00", text)
    if zoned != text and re.fullmatch(_DATETIME, zoned) and _is_datetime(zoned):
        return _Verdict("is compared with a time and its offset", quoted(zoned), severity="warning")
    meant = text.replace(" ", "T", 1)
    if plain := _as_date(meant[:10]):
        meant = plain + (meant[10:] or "T00:00:00")
    for whole in (meant, f"{meant}+00:00", f"{meant}:00+00:00"):
        if re.fullmatch(_DATETIME, whole) and _is_datetime(whole):
            return _Verdict(
                "is compared with a date, a time and an offset",
                quoted(whole),
                "Put the offset of your own time zone, such as +05:30, in place of +00:00.",
            )
    return _Verdict("is compared with a date, a time and an offset, like '2026-01-31T09:30:00+05:30'")


def _relative() -> _Verdict:
    return _Verdict(
        "needs a date that is written out",
        advice="COQL has no relative dates: work out the date first.",
        code="RELATIVE_DATE",
    )


@cache
def _date_of() -> Callable[[str], date]:
    from datetime import date

    return date.fromisoformat


def _is_date(text: str) -> bool:
    try:
        _date_of()(text)
    except ValueError:
        return False
    return True


def _is_datetime(text: str) -> bool:
    from datetime import datetime

    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _as_date(text: str) -> str:
    """A date in another notation, when only one reading is possible; else ""."""
    if match := re.fullmatch(r"([0-9]{4})[-/.]?([0-9]{1,2})[-/.]?([0-9]{1,2})", text):
        year, month, day = match.groups()
    elif match := re.fullmatch(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})", text):
        first, _, second, year = match.groups()
        if int(first) <= 12 and int(second) <= 12 and first != second:
            return ""
        day, month = (first, second) if int(first) > 12 else (second, first)
    else:
        return ""
    iso = f"{year}-{int(month):02}-{int(day):02}"
    return iso if _is_date(iso) else ""


_TRUTHS = {"1": "'true'", "0": "'false'", "yes": "'true'", "no": "'false'", "t": "'true'", "f": "'false'"}


def _boolean(value: Literal) -> _Verdict | None:
    lowered = value.value.lower()
    if lowered in ("true", "false"):
        return None
    return _Verdict("is compared with 'true' or 'false'", _TRUTHS.get(lowered, ""))


def _id(value: Literal) -> _Verdict | None:
    if value.value.isascii() and value.value.isdigit():
        return None
    return _Verdict("is compared with a record id, a number of 15 digits or more")


def _lookup(value: Literal) -> _Verdict | None:
    if value.value.isascii() and value.value.isdigit():
        return None
    return _Verdict(
        "leads to a record and is compared with its id",
        advice="To compare the record's name, follow the lookup with a dot.",
    )


JUDGES: dict[Kind, Callable[[Literal], _Verdict | None]] = {
    "number": _number,
    "date": _date,
    "datetime": _datetime,
    "boolean": _boolean,
    "id": _id,
    "lookup": _lookup,
}
