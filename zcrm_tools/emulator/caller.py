"""Who is calling: what the token check hands to every route."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Caller:
    """`version` is the one in the path: (8, 0), (2, 1). Times are shown in `time_zone`, as Zoho does."""

    user_id: int
    scopes: frozenset[str]
    version: tuple[int, int]
    time_zone: ZoneInfo
    client_id: str = ""
