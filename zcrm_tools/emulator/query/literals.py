"""Text that stands for a value in a query, turned into what the column holds. Shared by search criteria and COQL."""

from __future__ import annotations

import math
import re
from datetime import date

from zcrm_tools.emulator.call import as_id, parse_datetime
from zcrm_tools.emulator.schema import FieldDef
from zcrm_tools.emulator.values import storable

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LARGEST = 2**63 - 1


class BadLiteral(Exception):
    """The text cannot be a value of the column's type."""


def literal(field: FieldDef, text: str) -> str | int | float:
    """The raw value to compare a field's column with."""
    match field.kind:
        case "text" | "choices" if storable(text):
            return text
        case "integer" | "number":
            return _number(text)
        case "boolean" if text.lower() in ("true", "false"):
            return int(text.lower() == "true")
        case "date" if _DATE.fullmatch(text):
            return _date(text)
        case "datetime":
            moment = parse_datetime(text)
            if moment is not None:
                return moment
        case "lookup" | "user" | "any_lookup":
            found = as_id(text)
            if found is not None:
                return found
    raise BadLiteral(text)


def _number(text: str) -> int | float:
    if not _NUMBER.fullmatch(text):
        raise BadLiteral(text)
    found = float(text)
    if not math.isfinite(found):
        raise BadLiteral(text)
    if text.lstrip("-").isdigit():
        whole = int(text)
        return whole if abs(whole) <= _LARGEST else found
    return found


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadLiteral(text) from None


def like_pattern(text: str) -> str:
    """Text to be found literally inside a LIKE pattern, with a backslash as its escape character."""
    return re.sub(r"([\\%_])", r"\\\1", text)
