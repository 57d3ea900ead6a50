"""Values: is each one written as its column's type demands. Picklists have a rule of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zcrm_tools.coql.checks.names import to_the_name
from zcrm_tools.coql.checks.values import AS_WRITTEN, EMPTY, is_date, is_datetime, is_number
from zcrm_tools.coql.diagnostics import Diagnostic, Edit
from zcrm_tools.coql.format import quoted
from zcrm_tools.coql.frozen import Frozen
from zcrm_tools.coql.nodes import Comparison, Number, Span, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from zcrm_tools.coql.checks.select import Compared, Select
    from zcrm_tools.coql.diagnostics import Severity
    from zcrm_tools.coql.kinds import Kind
    from zcrm_tools.coql.nodes import Criterion, Text
    from zcrm_tools.coql.schema import FieldView

    Literal = Text | Number | Word

_RELATIVE = r"(?i)\$\{\w+\}|now(\(\))?|today|yesterday|tomorrow|(this|last|next|previous)[ _]?\w*([ _]\w+)*"


_NOTHING = frozenset({"", "-none-", "null", "${empty}"})


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
    if field is None or not compared.takes or (is_right := AS_WRITTEN.get(field.kind)) is None:
        return ()
    found: list[Diagnostic] = []
    for value in compared.literals:
        if not is_right(value.value) and value.value.lower() not in ("null", "${empty}", ""):
            verdict = _VERDICTS[field.kind](value.value)
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


def _number(text: str) -> _Verdict:
    plain = re.sub(r"^[^\d+-]+|[\s,_']", "", text)
    factor = {"k": "000", "m": "000000"}.get(plain[-1:].lower(), "")
    plain = plain[:-1] + factor if factor and "." not in plain else plain
    return _Verdict("is compared with a number", plain if is_number(plain) else "")


def _date(text: str) -> _Verdict:
    if re.fullmatch(_RELATIVE, text):
        return _relative()
    if is_date(text[:10]) and text[10:11] in ("T", " "):
        return _Verdict("is a date without a time", quoted(text[:10]))
    meant = _as_date(text)
    return _Verdict("is compared with a date like '2026-01-31'", quoted(meant) if meant else "")


def _datetime(text: str) -> _Verdict:
    if re.fullmatch(_RELATIVE, text):
        return _relative()
    zoned = re.sub(r"(\.[0-9]+)?Z$", "+00:00", text)
    if zoned != text and is_datetime(zoned):
        return _Verdict("is compared with a time and its offset", quoted(zoned), severity="warning")
    meant = text.replace(" ", "T", 1)
    if plain := _as_date(meant[:10]):
        meant = plain + (meant[10:] or "T00:00:00")
    for whole in (meant, f"{meant}+00:00", f"{meant}:00+00:00"):
        if is_datetime(whole):
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
    return iso if is_date(iso) else ""


_TRUTHS = {"1": "'true'", "0": "'false'", "yes": "'true'", "no": "'false'", "t": "'true'", "f": "'false'"}


def _boolean(text: str) -> _Verdict:
    return _Verdict("is compared with 'true' or 'false'", _TRUTHS.get(text.lower(), ""))


def _id(_: str) -> _Verdict:
    return _Verdict("is compared with a record id, a number of 15 digits or more")


def _lookup(_: str) -> _Verdict:
    return _Verdict(
        "leads to a record and is compared with its id",
        advice="To compare the record's name, follow the lookup with a dot.",
    )


_VERDICTS: Mapping[Kind, Callable[[str], _Verdict]] = {
    "number": _number,
    "date": _date,
    "datetime": _datetime,
    "boolean": _boolean,
    "id": _id,
    "lookup": _lookup,
}
"""On a value that is not written as `AS_WRITTEN` has it."""
