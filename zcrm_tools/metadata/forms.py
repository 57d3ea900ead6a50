"""One value in the form of its field's data type: what it becomes, or a `Doubt`. Picklists, lookups and subforms are
`values`'; what is said here needs nothing but the field.

https://www.zoho.com/crm/developer/docs/api/v8/insert-records.html (limits per data type)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import tzinfo
from decimal import Decimal
from typing import Any

from zcrm_tools.metadata import moments, numbers
from zcrm_tools.metadata.doubt import Doubt
from zcrm_tools.metadata.habits import MACHINE, Habits
from zcrm_tools.models.metadata import FieldInfo

_EMAIL = re.compile(r"[^@\s<>,;:\"()]+@(?:[\w-]+\.)+[A-Za-z]{2,22}")
_PHONE = re.compile(r"[\w\s.,;#+()/-]+")
_WEBSITE = re.compile(r"(?:(?:https?|ftp)://)?[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""Marks of direction and empty characters, which are pasted along with numbers and seen by nobody."""
_YES = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}
_PLACES = 9
_BEFORE_POINT = 16


def form(
    value: Any,
    info: FieldInfo,
    *,
    zone: tzinfo | None = None,
    currency: str = "",
    habits: Habits = MACHINE,
) -> Any:
    """What is sent for a value, or a Doubt. A type that nobody knows takes anything."""
    mark = habits.decimal
    match info.data_type:
        case "datetime":
            return (
                moments.moment(value, zone, habits.days) if isinstance(value, str) else Doubt(moments.MOMENT)
            )
        case "date":
            return moments.day(value, habits.days) if isinstance(value, str) else Doubt(moments.DAY)
        case "currency":
            return _number(value, lambda text: numbers.amount(text, currency=currency, mark=mark))
        case "percent":
            return _number(value, lambda text: numbers.percentage(text, mark=mark))
        case "double":
            return _number(value, lambda text: numbers.decimal(text, mark=mark))
        case "integer" | "bigint" if isinstance(value, str):
            return _integer(numbers.whole(value, mark=mark), info)
        case "boolean":
            return _boolean(value)
    rule = _FORMS.get(info.data_type)
    return value if rule is None or info.json_type in ("jsonarray", "jsonobject") else rule(value, info)


def _text(value: Any, info: FieldInfo) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return Doubt("text")
    if info.length and len(value) > info.length:
        return Doubt(
            f"at most {info.length} characters",
            why=f"{info.api_name} takes at most {info.length} characters; this has {len(value)}.",
            code="TOO_LONG",
        )
    return value


def _email(value: Any, info: FieldInfo) -> Any:
    found = value.strip() if isinstance(value, str) else ""
    if not found or _EMAIL.fullmatch(found):
        return _text(found, info) if isinstance(value, str) else Doubt("an e-mail address")
    inside = _EMAIL.findall(found)
    return Doubt(
        "one e-mail address",
        closest=inside[0] if len(inside) == 1 else "",
        allowed=tuple(inside[1:] and inside),
    )


def _phone(value: Any, info: FieldInfo) -> Any:
    found = _text(value, info)
    if isinstance(found, Doubt) or not found or _PHONE.fullmatch(found):
        return found
    seen = _UNSEEN.sub("", found).strip()
    return Doubt(
        "a phone number: digits, letters and + ( ) - . , ; # /",
        closest=seen if _PHONE.fullmatch(seen) and any(c.isdigit() for c in seen) else "",
    )


def _website(value: Any, info: FieldInfo) -> Any:
    found = _text(value, info)
    if isinstance(found, Doubt) or not found.strip() or _WEBSITE.fullmatch(found.strip()):
        return found if isinstance(found, Doubt) else found.strip()
    return Doubt("a web address, as https://example.com")


def _integer(value: Any, info: FieldInfo) -> Any:
    found = int(value) if isinstance(value, float) and value.is_integer() else value
    if isinstance(found, bool) or not isinstance(found, int):
        return Doubt("a whole number")
    if abs(found) >= 10 ** min(info.length or 18, 18):
        return Doubt(f"at most {min(info.length or 18, 18)} digits")
    return str(found) if info.json_type == "string" else found


def _number(value: Any, read: Callable[[str], Decimal | Doubt]) -> Any:
    found: Any = read(value) if isinstance(value, str) else value
    if isinstance(found, Doubt):
        return found
    if isinstance(found, bool) or not isinstance(found, int | float | Decimal) or found != found:  # noqa: PLR0124 — NaN
        return Doubt(numbers.PLAIN)
    if abs(found) >= 10**_BEFORE_POINT:
        return Doubt(f"a number of at most {_BEFORE_POINT} digits before the point")
    if isinstance(found, Decimal):
        return int(found) if found == found.to_integral_value() else float(found)
    return found


def _boolean(value: Any) -> Any:
    found = _YES.get(value.strip().lower()) if isinstance(value, str) else value
    return found if isinstance(found, bool) else Doubt("true or false")


_FORMS: Mapping[str, Callable[[Any, FieldInfo], Any]] = {
    "text": _text,
    "textarea": _text,
    "website": _website,
    "email": _email,
    "phone": _phone,
    "integer": _integer,
    "bigint": _integer,
}
