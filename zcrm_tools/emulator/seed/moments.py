"""Times at which people work, in their own time zone, as UTC; and the stamps every record carries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from random import Random

Row = dict[str, Any]
"""A record while the org is being made: a lookup holds the row it points at, until `demo.py` numbers them all."""

zone = cache(ZoneInfo)


def between(rng: Random, start: datetime, end: datetime, place: str) -> datetime:
    """A moment of a working day from `start` to `end`; `place` is a time zone name."""
    moment = start + (end - start) * rng.random()
    local = moment.astimezone(zone(place))
    if local.weekday() > 4:
        local -= timedelta(days=local.weekday() - 4)
    local = local.replace(
        hour=rng.choices(range(8, 18), _HOURS)[0], minute=rng.randrange(60), second=rng.randrange(60)
    )
    worked = local.astimezone(UTC).replace(microsecond=0)
    return worked if start <= worked <= end else moment.replace(microsecond=0)


_HOURS = (4, 9, 10, 9, 5, 6, 9, 9, 7, 3)


def at(day: datetime, hour: int, minute: int, place: str) -> datetime:
    """`hour:minute` on the clock of `place`, on the day that `day` is there; moved on from a weekend to Monday."""
    local = day.astimezone(zone(place)).replace(hour=hour, minute=minute, second=0, microsecond=0)
    if local.weekday() > 4:
        local += timedelta(days=7 - local.weekday())
    return local.astimezone(UTC)


def stamp(row: Row, owner: int, created: datetime, *, by: int | None = None) -> Row:
    row["Owner"] = owner
    row["Created_By"] = row["Modified_By"] = owner if by is None else by
    row["Created_Time"] = row["Modified_Time"] = created
    row["Record_Status__s"] = "Available"
    return row


def touch(row: Row, moment: datetime, by: int, *, activity: bool = False) -> None:
    """Something happened to the record: a change, a note, an activity."""
    if moment > row["Modified_Time"]:
        row["Modified_Time"] = moment
        row["Modified_By"] = by
    if activity and moment > (row.get("Last_Activity_Time") or row["Created_Time"]):
        row["Last_Activity_Time"] = moment
