"""Days that people name instead of writing: TODAY, LAST 30 DAYS, THIS QUARTER, NEXT FISCAL YEAR. Pure functions of a
time zone, a moment and the month the fiscal year begins in.

COQL itself has no relative dates; what each name means here is what reports and list views of CRM systems mean by it.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, tzinfo

from zcrm_tools.coql.frozen import Frozen

SUNDAY = 6


class Calendar(Frozen):
    """How the org counts days. `now` is aware; `fiscal_start` is a month, 1 to 12; `week_start` is 0 for Monday."""

    __slots__ = ()
    zone: tzinfo
    now: datetime
    fiscal_start: int = 1
    week_start: int = SUNDAY

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


class Days(Frozen):
    """A run of whole days, both ends within."""

    __slots__ = ()
    first: date
    last: date


_UNITS = r"days?|weeks?|months?|quarters?|years?|fiscal[\s_]+(?:quarters?|years?)"
PHRASE = re.compile(
    rf"""
      (?P<day> today | yesterday | tomorrow | now ) (?:[ ]? \( [ ]? \))?
    | (?P<which> this | current | last | previous | next ) [\s_]+ (?P<unit> day|week|month|quarter|year|fiscal[\s_]+(?:quarter|year) )
    | (?P<way> last | past | previous | next ) [\s_]+ (?P<count> [0-9]{{1,4}} ) [\s_]+ (?P<units> {_UNITS} )
    | (?P<soql> last | next ) _n_ (?P<soql_units> days|weeks|months|quarters|years|fiscal_(?:quarters|years) ) \s*:\s* (?P<soql_count> [0-9]{{1,4}} )
    | (?P<ago> [0-9]{{1,4}} ) [\s_]+ (?P<ago_units> days? | weeks? | months? | years? ) [\s_]+ ago
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Salesforce's spelling (`LAST_N_DAYS:30`, `THIS_MONTH`) is read too: many write COQL from that habit."""


def days_of(phrase: str, calendar: Calendar) -> Days | None:
    """The days a phrase names; None when it is none, or lies beyond the calendar."""
    found = PHRASE.fullmatch(" ".join(phrase.split()))
    if found is None:
        return None
    said = {name: text.lower().replace("_", " ") for name, text in found.groupdict().items() if text}
    try:
        return _days(said, calendar)
    except (ValueError, OverflowError):  # a year before 1 or after 9999
        return None


def _days(said: dict[str, str], calendar: Calendar) -> Days:
    today = calendar.today
    if day := said.get("day"):
        shift = timedelta(days={"yesterday": -1, "tomorrow": 1}.get(day, 0))
        return Days(today + shift, today + shift)
    if which := said.get("which"):
        shift_by = {"last": -1, "previous": -1, "next": 1}.get(which, 0)
        return _unit(said["unit"], shift_by, calendar)
    if ago := said.get("ago"):
        return _ago(int(ago), said["ago_units"].removesuffix("s"), today)
    way = said.get("way") or said["soql"]
    unit = (said.get("units") or said["soql_units"]).removesuffix("s")
    count = int(said.get("count") or said["soql_count"])
    return _several(way, unit, count, calendar)


def _several(way: str, unit: str, count: int, calendar: Calendar) -> Days:
    """Days count with today; of the longer units the whole ones before or after the current one."""
    today = calendar.today
    if unit == "day":
        span = timedelta(days=count)
        return Days(today, today + span) if way == "next" else Days(today - span, today)
    near, far = (1, max(count, 1)) if way == "next" else (-max(count, 1), -1)
    return Days(_unit(unit, near, calendar).first, _unit(unit, far, calendar).last)


def _ago(count: int, unit: str, today: date) -> Days:
    if unit in ("day", "week"):
        day = today - timedelta(days=count * (7 if unit == "week" else 1))
    else:
        month = _month(today, -count * (12 if unit == "year" else 1))
        day = min(month + timedelta(days=today.day - 1), _month(month, 1) - timedelta(days=1))
    return Days(day, day)


def _unit(unit: str, shift: int, calendar: Calendar) -> Days:
    """The current day, week, month, quarter or year, moved by some of them."""
    today = calendar.today
    if unit == "day":
        day = today + timedelta(days=shift)
        return Days(day, day)
    if unit == "week":
        first = today - timedelta(days=(today.weekday() - calendar.week_start) % 7) + timedelta(weeks=shift)
        return Days(first, first + timedelta(days=6))
    months = {"month": 1, "quarter": 3, "year": 12}[unit.removeprefix("fiscal ")]
    begins = calendar.fiscal_start if unit.startswith("fiscal ") else 1
    into = (today.month - begins) % months
    first = _month(today, shift * months - into)
    return Days(first, _month(first, months) - timedelta(days=1))


def _month(day: date, shift: int) -> date:
    """The first of the month some months away."""
    months = day.year * 12 + day.month - 1 + shift
    return date(months // 12, months % 12 + 1, 1)
