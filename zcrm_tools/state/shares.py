"""One profile's part of what processes share, in the shape that a session asks for."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from zcrm_tools.state.state import State


@dataclass(frozen=True, slots=True)
class SharedSlots:
    """Each value of it is a holder of its own."""

    state: State
    profile: str
    holder: str = field(default_factory=lambda: secrets.token_hex(8))

    def lease(self, kind: str, used: int, wanted: int, limit: int, now: float, seconds: float) -> int:
        return self.state.lease(self.profile, kind, self.holder, used, wanted, limit, now, seconds)


@dataclass(frozen=True, slots=True)
class SharedCredits:
    state: State
    profile: str

    def spend(self, credits: int) -> None:
        self.state.spend(self.profile, credits, datetime.now(UTC))
