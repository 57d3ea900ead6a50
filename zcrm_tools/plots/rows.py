"""Rows of any kind of frame as dicts, and the few kinds of value that a plot reads from them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem

Row = Mapping[str, Any]

_NAMED = re.compile(r"(.*) \(\d{15,19}\)")
"""How an action's table writes a lookup: its name, and the id in brackets."""


def rows(frame: Any, *needed: str) -> list[Row]:
    """The rows of a frame. Raises InvalidInput when it has none of a column that is `needed`."""
    found = _rows(frame)
    missing = [name for name in needed if found and not any(name in row for row in found)]
    if missing:
        raise InvalidInput(
            Problem(
                "MISSING_COLUMN",
                f"The data has no column {missing[0]!r}.",
                NOTHING_SENT,
                f"Select it as well: this plot reads {', '.join(needed)}.",
                allowed=tuple(found[0]),
            )
        )
    return found


def _rows(frame: Any) -> list[Row]:
    for name in ("dicts", "to_dicts", "to_pylist"):  # an action's table, polars, Arrow
        if callable(method := getattr(frame, name, None)):
            return list(method())
    if hasattr(frame, "iloc"):
        return list(frame.to_dict("records"))
    if isinstance(frame, Iterable) and not isinstance(frame, str | bytes | Mapping):
        found = list(frame)
        if all(isinstance(row, Mapping) for row in found):
            return found
    raise InvalidInput(
        Problem(
            "NOT_A_TABLE",
            f"A plot is made from rows, and {type(frame).__name__} is none.",
            NOTHING_SENT,
            "Give records, dicts, a pandas or polars data frame, or an Arrow table.",
        )
    )


def text(value: object, empty: str = "(none)") -> str:
    """A value as people name it: a lookup by its name."""
    if isinstance(value, Mapping):
        value = value.get("name")
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return empty
    named = _NAMED.fullmatch(str(value))
    return named[1] if named else str(value)


def number(value: object) -> float:
    """A number; what is empty counts nothing."""
    if isinstance(value, bool) or value is None or value == "":
        return 0.0
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return 0.0
    return 0.0 if math.isnan(found) else found


def truth(value: object) -> bool:
    return value in (True, 1, "true", "True")


def day(value: object) -> date | None:
    """The calendar day of a date or time, in the time's own zone; None when it is empty or no date."""
    found = moment(value)
    return found.date() if found else None


def moment(value: object) -> datetime | None:
    """A date or time; a date is its midnight."""
    if isinstance(value, datetime):  # pandas' Timestamp is one, its NaT is not equal to itself
        return value if value == value else None  # noqa: PLR0124
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 — a day has no zone
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None
