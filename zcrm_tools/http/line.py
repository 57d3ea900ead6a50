"""The line to one org: what all calls of a session share. Attempts, places, credits; nothing about any one call.

Whether a failure is worth another attempt is judged in `patience`; how many calls run at once in `places`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from zcrm_tools.errors import NOTHING_SENT, ApiError, NotAllowed, NotSent, Problem, RateLimited, ZcrmError
from zcrm_tools.http.patience import NO_PLACE, Breaker, Budget, Meaning, Patience, meaning, used_up
from zcrm_tools.http.places import Places
from zcrm_tools.http.ports import Credits

T = TypeVar("T")
_FLUSH = 50
_LEAST = 5.0
"""Seconds that a write needs for another attempt: one that is cut off has an outcome that nobody knows."""
_log = logging.getLogger(__name__)


class Spending:
    """Credits by the price table and by what Zoho said, for this run; noted for all processes when there is a ledger.

    `most` is the run's own budget. A refused call is counted too, as Zoho does not say whether those are free.
    """

    def __init__(self, *, most: int | None = None, ledger: Credits | None = None) -> None:
        self.most = most
        self.spent = 0
        self.remaining: int | None = None
        """As Zoho last said; it says so only once half of the day's credits are used."""
        self._ledger = ledger
        self._unsaved = 0

    def afford(self, cost: int) -> None:
        """Before a job of several calls. Raises NotAllowed when the run's budget does not reach to its end."""
        if self.most is not None and self.spent + cost > self.most:
            raise NotAllowed(
                Problem(
                    "CREDIT_BUDGET",
                    f"This costs {cost} credits, and {self.spent} of this run's {self.most} are spent.",
                    NOTHING_SENT,
                    "Allow the run more credits (max_credits, ZCRM_MAX_CREDITS), or ask for less.",
                    fix_by="person",
                )
            )

    def reserve(self, cost: int) -> None:
        """Before sending. Raises as `afford` does."""
        self.afford(cost)
        self.spent += cost
        self._unsaved += cost

    def refund(self, cost: int) -> None:
        self.spent -= cost
        self._unsaved -= cost

    async def save(self, *, all: bool = False) -> None:
        """Note what was spent, once there is enough to be worth a transaction. A ledger that fails costs no answer."""
        if self._ledger is None or self._unsaved < (1 if all else _FLUSH):
            return
        ledger, spent, self._unsaved = self._ledger, self._unsaved, 0
        try:
            await asyncio.to_thread(ledger.spend, spent)
        except Exception as error:  # noqa: BLE001 (whatever a database raises)
            self._ledger = None
            _log.warning("credits are no longer counted for other processes: %s", error)


class Line:
    def __init__(
        self,
        patience: Patience | None = None,
        *,
        places: Places | None = None,
        spending: Spending | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        self.patience = patience or Patience()
        self.places = places or Places()
        self.spending = spending or Spending()
        self.budget = Budget()
        self.breaker = breaker or Breaker()

    async def call(self, once: Callable[[float], Awaitable[T]], *, repeatable: bool, cost: int = 1) -> T:
        """Run `once` until it goes through or there is no sense in another attempt.

        `once` is given the seconds that are left. `repeatable`: doing it twice is the same as doing it once.
        """
        patience = self.patience
        ends = patience.clock() + patience.deadline
        self.breaker.check(patience.clock())
        attempt, taken = 0, 0
        while True:
            attempt += 1
            try:
                result = await once(ends - patience.clock())
            except ZcrmError as error:
                failure = self._named(error, cost)
            else:
                self.breaker.note(None, patience.clock())
                self.budget.give(taken or 1)
                return result
            self.breaker.note(failure, patience.clock())
            wait = self._wait(failure, attempt, repeatable=repeatable, left=ends - patience.clock())
            cost_of_retry = 0 if wait is None else self.budget.take(failure)
            if wait is None or not cost_of_retry:
                break
            taken += cost_of_retry
            await patience.sleep(wait)
        if attempt > 1:
            failure.add_note(f"It was tried {attempt} times.")
        raise failure

    def _named(self, error: ZcrmError, cost: int) -> ZcrmError:
        left = self.spending.remaining
        if isinstance(error, RateLimited):
            return used_up(error, exhausted=left is not None and left < cost)
        return error

    def _wait(self, failure: ZcrmError, attempt: int, *, repeatable: bool, left: float) -> float | None:
        """Seconds before the next attempt; None when there should be none."""
        said = meaning(failure)
        if said is Meaning.FINAL or (said is Meaning.UNKNOWN and not repeatable):
            return None
        if attempt >= self.patience.attempts or (
            isinstance(failure, NotSent) and failure.problem.code == NO_PLACE
        ):
            return None
        asked = failure.retry_after if isinstance(failure, ApiError) else None
        wait = self.patience.wait(attempt, asked)
        return wait if wait + (0 if repeatable else _LEAST) < left else None

    async def aclose(self) -> None:
        await self.spending.save(all=True)
        await self.places.aclose()
