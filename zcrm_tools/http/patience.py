"""When a call is tried again, how long it waits first, and when nobody tries any more. Decisions only: nothing is sent here.

Judged by what a failure means, not by its number (`Meaning`). The shapes are botocore's: jittered waits, a budget of
retries that empties when everything fails, and a breaker that stops calling a server that is down.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

from zcrm_tools.errors import (
    NOTHING_SENT,
    CircuitOpen,
    CreditsUsedUp,
    NotSent,
    OutcomeUnknown,
    Problem,
    RateLimited,
    ServerFault,
    ZcrmError,
)


class Meaning(Enum):
    """What a failure says about the request."""

    NOTHING_HAPPENED = "safe to repeat, whatever the verb"
    UNKNOWN = "it may have been done: safe to repeat only what may be done twice"
    FINAL = "repeating would give the same: a refusal, a redirect, a page of somebody else's"


def meaning(error: ZcrmError) -> Meaning:
    if isinstance(error, CreditsUsedUp | CircuitOpen):
        return Meaning.FINAL
    if isinstance(error, NotSent | RateLimited):
        return Meaning.NOTHING_HAPPENED
    if isinstance(error, OutcomeUnknown) or (isinstance(error, ServerFault) and error.status >= 500):
        return Meaning.UNKNOWN
    return Meaning.FINAL


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds throughout. `deadline` is for one call with all its attempts and waits."""

    attempts: int = 4
    base: float = 0.5
    longest: float = 20.0
    deadline: float = 120.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random
    wall: Callable[[], datetime] = lambda: datetime.now(UTC)

    def wait(self, attempt: int, asked: float | None) -> float:
        """Before attempt `attempt` + 1: full jitter under a doubling ceiling, on top of what the server asked for."""
        jitter = self.chance() * min(self.longest, self.base * 2.0 ** (attempt - 1))
        return jitter if asked is None else asked + jitter


NEVER = Patience(attempts=1)
NO_PLACE = "NO_PLACE"
"""The code of a call that found no place among those that run at once, in all its time."""


class Budget:
    """500 tokens; a retry costs 5, or 10 after silence, and a call that goes through at once gives 1 back.

    So about a hundred failures in a row use it up, and then a failing call fails at its first attempt.
    """

    FULL = 500

    def __init__(self) -> None:
        self.left = self.FULL

    def take(self, error: ZcrmError) -> int:
        """What a retry after this costs, taken; 0 when there is not enough left."""
        cost = 10 if isinstance(error, OutcomeUnknown) else 5
        if cost > self.left:
            return 0
        self.left -= cost
        return cost

    def give(self, tokens: int) -> None:
        self.left = min(self.FULL, self.left + tokens)


class Breaker:
    """Opens after `limit` failures in a row (no connection, no answer, 5xx); after `rest` seconds one call may try."""

    def __init__(self, *, limit: int = 20, rest: float = 30.0) -> None:
        self._limit = limit
        self._rest = rest
        self._failures = 0
        self._closed_at: float | None = None
        """When the next one may try."""

    def check(self, now: float) -> None:
        """Raises CircuitOpen while it rests. The caller that it lets through first is the probe."""
        if self._closed_at is None:
            return
        if now < self._closed_at:
            left = round(self._closed_at - now) or 1
            raise CircuitOpen(
                Problem(
                    "CIRCUIT_OPEN",
                    f"The last {self._failures} calls to this org failed, so this one was not made.",
                    NOTHING_SENT,
                    f"Try again in {left} s; `zcrm doctor` says what does not answer.",
                    fix_by="wait",
                )
            )
        self._closed_at = now + self._rest

    def note(self, error: ZcrmError | None, now: float) -> None:
        """After each attempt. A refusal is an answer: the server is there."""
        if isinstance(error, NotSent) and error.problem.code == NO_PLACE:
            return  # we were busy, and it was not asked
        if not isinstance(error, NotSent | OutcomeUnknown | ServerFault):
            self._failures, self._closed_at = 0, None
            return
        self._failures += 1
        if self._failures >= self._limit:
            self._closed_at = now + self._rest


def asked_to_wait(
    headers: Mapping[str, str], now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> float | None:
    """Retry-After in seconds, from a number or a date; None when absent or senseless. Zoho documents none."""
    said = headers.get("retry-after", "").strip()
    if not said:
        return None
    if said.isdecimal():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - now()).total_seconds())
    except (ValueError, TypeError):
        return None


def used_up(error: RateLimited, *, exhausted: bool) -> RateLimited:
    """The same refusal, as CreditsUsedUp when it is about credits and not about calls at once.

    Zoho's 429 does not say which. Credits are meant when Zoho told us before that too few are left (`exhausted`), or
    when the details say so; the wording of the message covers both and decides nothing.
    """
    if not (exhausted or _says_credits(error.details)):
        return error
    problem = Problem(
        error.code,
        "The org's API credits of the last 24 hours are used up.",
        error.problem.not_done or "Nothing was done.",
        "Each credit comes back 24 hours after it was spent, so the first do within the hour if calls were made all"
        " day. Stop until then, or ask the administrator for more credits.",
        fix_by="wait",
    )
    return CreditsUsedUp(problem, status=error.status, details=error.details)


def _says_credits(details: Mapping[str, Any]) -> bool:
    said = " ".join(f"{name} {value}" for name, value in details.items()).lower()
    return "credit" in said and "concurren" not in said
