"""Moments as people write them, read in the org's own time zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from zcrm_tools.crm.org import Org
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem


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
        zone = (await org.catalogue.org()).time_zone
        read = read.replace(tzinfo=ZoneInfo(zone or "UTC"))
    return read.isoformat(timespec="seconds")
