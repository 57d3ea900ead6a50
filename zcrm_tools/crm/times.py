"""Moments and money as people write them and as they are shown: in the org's own time zone and currency."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zcrm_tools.crm.org import Org
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem, ZcrmError

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)")


async def moment(org: Org, text: str) -> str:
    """ISO 8601 with an offset. A date is its first second, and a time without an offset is in the org's zone."""
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(
            Problem(
                "BAD_TIME",
                f"{text!r} is not a date or time.",
                NOTHING_SENT,
                "Write it as 2026-11-24 or 2026-11-24T15:00:00+01:00.",
            )
        ) from None
    if read.tzinfo is None:
        read = read.replace(tzinfo=await zone(org) or UTC)
    return read.isoformat(timespec="seconds")


def stamp(at: datetime) -> str:
    """ISO 8601 to the second. Raises InvalidInput for one without an offset: whose clock it means is not known."""
    if at.tzinfo is None:
        raise InvalidInput(
            Problem(
                "NO_OFFSET",
                f"{at} has no offset from UTC.",
                NOTHING_SENT,
                'Give it a time zone: datetime(…, tzinfo=ZoneInfo("Europe/Madrid")), or .astimezone() for this machine\'s.',
            )
        )
    return at.isoformat(timespec="seconds")


async def zone(org: Org) -> ZoneInfo | None:
    """The org's time zone; None when it cannot be read or has a name that nobody knows."""
    try:
        name = (await org.catalogue.org()).time_zone
        return ZoneInfo(name) if name else None
    except (ZcrmError, ZoneInfoNotFoundError, ValueError):  # times are then shown as they came
        return None


async def currency(org: Org) -> str:
    """The org's home currency, USD for one; "" when it cannot be read."""
    try:
        return (await org.catalogue.org()).iso_code or ""
    except ZcrmError:
        return ""


def day(text: str) -> date:
    """YYYY-MM-DD."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(
            Problem("BAD_DATE", f"{text!r} is not a date.", NOTHING_SENT, "Write it as 2026-11-24.")
        ) from None


def local(value: Any, to: ZoneInfo | None) -> Any:
    """A moment in that zone, whatever offset it was written with. Anything else as it is."""
    if to is None or not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return value
    try:
        return datetime.fromisoformat(value).astimezone(to).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return value
