"""Days of the week and times of day, as business hours and shifts write them."""

from __future__ import annotations

import re
from typing import Final

from zcrm_tools.emulator import refusals
from zcrm_tools.emulator.bodies import flag
from zcrm_tools.emulator.replies import Json

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def days(value: object, path: str) -> list[str]:
    """One to seven days, none twice."""
    if not isinstance(value, list) or not value or any(day not in DAYS for day in value):
        raise refusals.not_listed(path, DAYS)
    if len(value) != len(set(value)):
        raise refusals.bad_value(path)
    return list(value)


def span(value: object, path: str) -> list[str]:
    """`["09:00", "17:30"]`."""
    good = isinstance(value, list) and len(value) == 2
    if not good or any(not isinstance(one, str) or not _TIME.fullmatch(one) for one in value):  # type: ignore[attr-defined]
        raise refusals.bad_value(path)
    return list(value)  # type: ignore[call-overload, no-any-return]


def timing(row: Json, path: str, on: list[str], key: str) -> Json:
    """`same_as_everyday` with `daily_timing`, or `custom_timing` with each day's own under `key`."""
    if row.get("same_as_everyday") is None:
        raise refusals.needs(f"{path}.type", f"{path}.same_as_everyday")
    if flag(row, "same_as_everyday", path, default=True):
        if row.get("daily_timing") is None:
            raise refusals.needs(f"{path}.same_as_everyday", f"{path}.daily_timing")
        daily = span(row["daily_timing"], f"{path}.daily_timing")
        return {"same_as_everyday": True, "daily_timing": daily, "custom_timing": None}
    listed = row.get("custom_timing")
    if not isinstance(listed, list) or not listed:
        raise refusals.needs(f"{path}.same_as_everyday", f"{path}.custom_timing")
    found = []
    for number, one in enumerate(listed):
        where = f"{path}.custom_timing[{number}]"
        if not isinstance(one, dict) or one.get("days") not in on:
            raise refusals.not_listed(f"{where}.days", on)
        found.append({"days": one["days"], key: span(one.get(key), f"{where}.{key}")})
    return {"same_as_everyday": False, "daily_timing": None, "custom_timing": found}
