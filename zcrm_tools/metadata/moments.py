"""Dates and times as people write them. ISO is taken; another form is refused with the ISO form offered, as one and
the same text is the third of April here and the fourth of March there.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, tzinfo

from zcrm_tools.metadata.doubt import Doubt
from zcrm_tools.metadata.habits import Days

DAY = "a date as 2026-12-31"
MOMENT = "a date and time as 2026-12-31T15:00:00+05:30"
_MONTHS = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)
}
_NUMBERS = re.compile(r"(\d{1,4})[./\s-]+(\d{1,2})[./\s-]+(\d{2,4})")
_WORDS = re.compile(r"(?:[a-z]+,?\s+)?(?:(\d{1,2})(?:st|nd|rd|th)?[\s.-]+([a-z]{3,9})|([a-z]{3,9})[\s.-]+(\d{1,2})(?:st|nd|rd|th)?),?[\s.-]+(\d{2,4})")  # fmt: skip
_HOUR = re.compile(
    r"(.*?)[\s,T]+(?:at\s+)?(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?\s*([ap]\.?m\.?)?", re.IGNORECASE
)


def day(text: str, order: Days = "") -> str | Doubt:
    """A calendar day. With an `order`, days with figures alone are taken too, if the year has four."""
    given = text.strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", given):
        try:
            return date.fromisoformat(given).isoformat()
        except ValueError:
            return Doubt(DAY, why=f"There is no day {given}.")
    try:
        inside = datetime.fromisoformat(given)
    except ValueError:
        meant = tuple(one.isoformat() for one in days_of(given, order))
        if _told(given, order) and len(meant) == 1:
            return meant[0]
    else:
        meant = (inside.date().isoformat(),)
    return _offered(DAY, meant)


def moment(text: str, zone: tzinfo | None, order: Days = "") -> str | Doubt:
    """A moment with its offset. One without is taken as the clock of `zone` shows it; without a zone it is refused."""
    given = text.strip()
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        meant = _moments_of(given, order)
        if not _told(given, order) or len(meant) != 1 or days_of(given):
            return _offered(MOMENT, tuple(_shown(one, zone) for one in meant))
        (found,) = meant
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}|\d{8}", given):
        return _offered(MOMENT, (_shown(found, zone),), why=f"{given} is a day without a time.")
    if found.tzinfo is not None:
        return found.isoformat(timespec="seconds")
    if zone is None:
        return Doubt(MOMENT, why=f"{given} has no offset, and the org's time zone is not known.")
    read = in_zone(found, zone)
    if len(read) == 1:
        return read[0].isoformat(timespec="seconds")
    choices = tuple(one.isoformat(timespec="seconds") for one in read)
    why = (
        f"The clock shows {given} twice in {zone}."
        if choices
        else f"The clock never shows {given} in {zone}."
    )
    return Doubt(MOMENT, allowed=choices, why=why)


def in_zone(local: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """The moments at which a clock there shows this time: one, two when it was put back, none when it was put on."""
    before, after = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    ahead, behind = (one.utcoffset() or timedelta() for one in (before, after))
    if ahead == behind:
        return (before,)
    return (before, after) if ahead > behind else ()


def days_of(text: str, order: Days = "") -> list[date]:
    """The days that a date in another form can mean: none, one, or two when day and month could change places."""
    given = text.strip().lower()
    if found := _NUMBERS.fullmatch(given):
        a, b, c = found.groups()
        if len(a) == 4:
            orders = [(a, b, c)]
        elif len(a) <= 2:
            orders = [*[(c, b, a)] * (order != "mdy"), *[(c, a, b)] * (order != "dmy")]
        else:
            return []
    elif found := _WORDS.fullmatch(given):
        before, month_after, month_before, after, year = found.groups()
        number = _MONTHS.get((month_after or month_before)[:3])
        if number is None:
            return []
        orders = [(year, str(number), before or after)]
    else:
        return []
    return list(dict.fromkeys(one for year, month, d in orders if (one := _date(year, month, d)) is not None))


def _told(text: str, order: Days) -> bool:
    """Whether it is known what is meant: which figures are the month, and of which century the year is."""
    return bool(order and re.search(r"\d{4}", text))


def _moments_of(text: str, order: Days = "") -> list[datetime]:
    if days := days_of(text, order):
        return [datetime.combine(one, time()) for one in days]
    found = _HOUR.fullmatch(text)
    if found is None:
        return []
    before, hour, minute, second, half = found.groups()
    clock = _time(int(hour), int(minute or 0), int(second or 0), (half or "").lower()[:1])
    if clock is None or (minute is None and half is None):
        return []
    try:
        days = [date.fromisoformat(before.strip())]
    except ValueError:
        days = days_of(before, order)
    return [datetime.combine(one, clock) for one in days]


def _time(hour: int, minute: int, second: int, half: str) -> time | None:
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _date(year: str, month: str, day_: str) -> date | None:
    if len(year) == 3:
        return None
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day_))
    except ValueError:
        return None


def _shown(local: datetime, zone: tzinfo | None) -> str:
    read = in_zone(local, zone) if zone is not None and local.tzinfo is None else (local,)
    return (read[0] if read else local).isoformat(timespec="seconds")


def _offered(said: str, meant: tuple[str, ...], *, why: str = "") -> Doubt:
    if len(meant) == 1:
        return Doubt(said, closest=meant[0], why=why)
    return Doubt(said, allowed=meant, why=why)
