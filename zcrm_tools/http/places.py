"""How many calls of one org run at once: what its edition allows, shared fairly with other processes.

A process leases places for a few seconds and renews them while it uses them, so those of one that was killed come
back by themselves. Without shared slots the limit holds for this process alone.
https://www.zoho.com/crm/developer/docs/api/v8/api-limits.html
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from zcrm_tools.errors import NOTHING_SENT, NotSent, Problem
from zcrm_tools.http.patience import NO_PLACE
from zcrm_tools.http.ports import Slots

Kind = Literal["call", "heavy"]

AT_ONCE: Mapping[str, int] = {"free": 5, "standard": 10, "professional": 15, "enterprise": 20, "ultimate": 25}
HEAVY = 10
"""COQL, sorted lists, writes of more than ten records, conversions, mail and composite, in every edition."""
LEASE = 6.0
"""Seconds after which a dead process's places are free again."""
_RENEW = 2.0
_POLL = 0.1
_log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Waiting:
    heavy: bool
    width: int
    turn: asyncio.Future[None]


class Places:
    """Belongs to one event loop. `limit` is the smallest edition's until `learn` is told another."""

    def __init__(self, slots: Slots | None = None, *, now: Callable[[], float] = time.time) -> None:
        self._slots = slots
        self._now = now
        self._limit: dict[Kind, int] = {"call": AT_ONCE["free"], "heavy": HEAVY}
        self._leased: dict[Kind, int] = {"call": 0, "heavy": 0}
        self._used: dict[Kind, int] = {"call": 0, "heavy": 0}
        self._waiting: deque[_Waiting] = deque()
        self._keeper: asyncio.Task[None] | None = None
        self._hungry = asyncio.Event()

    @property
    def limit(self) -> int:
        return self._limit["call"]

    def learn(self, edition: str) -> None:
        """An edition's name as Zoho's org data prints it; an unknown one changes nothing."""
        self._limit["call"] = AT_ONCE.get(edition.lower(), self._limit["call"])
        self._admit()

    async def take(self, *, heavy: bool, within: float, width: int = 1) -> None:
        """`width` places, to be given back. Raises NotSent when they did not come free in `within` seconds."""
        if self._waiting or not self._fits(heavy, width):
            await self._wait(heavy, width, within)
        else:
            self._count(heavy, width)

    def give(self, *, heavy: bool, width: int = 1) -> None:
        """Back what was taken."""
        self._count(heavy, width, -1)
        if self._waiting:
            self._admit()

    @asynccontextmanager
    async def held(self, *, heavy: bool, within: float, width: int = 1) -> AsyncIterator[None]:
        """Places while the block runs. Raises as `take` does."""
        await self.take(heavy=heavy, within=within, width=width)
        try:
            yield
        finally:
            self.give(heavy=heavy, width=width)

    async def aclose(self) -> None:
        """Give every place back."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait([keeper])
        for kind, places in self._leased.items():
            if places:
                await self._lease(kind, 0, 0)
        self._leased = {"call": 0, "heavy": 0}

    def _allowed(self, kind: Kind) -> int:
        return self._limit[kind] if self._slots is None else min(self._leased[kind], self._limit[kind])

    def _fits(self, heavy: bool, width: int) -> bool:
        return self._has_room(width) and (not heavy or self._used["heavy"] < self._allowed("heavy"))

    def _has_room(self, width: int) -> bool:
        """A wide call goes with what this process has when nothing else of it runs: other processes may keep the rest."""
        used, allowed = self._used["call"], self._allowed("call")
        return used + width <= allowed or (used == 0 and 0 < allowed < width)

    def _count(self, heavy: bool, width: int, by: int = 1) -> None:
        self._used["call"] += by * width
        self._used["heavy"] += by * heavy

    async def _wait(self, heavy: bool, width: int, within: float) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asked = _Waiting(heavy, width, turn)
        self._waiting.append(asked)
        self._admit()
        self._ask()
        try:
            async with asyncio.timeout(within):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._count(heavy, width, -1)
            with contextlib.suppress(ValueError):
                self._waiting.remove(asked)
            self._admit()
            if not isinstance(error, TimeoutError):
                raise
        else:
            return
        raise NotSent(
            Problem(
                NO_PLACE,
                f"The {self.limit} calls that this org's edition allows at once were all in use for {within:.0f} s.",
                NOTHING_SENT,
                "Try again, or run fewer programs against this org at once.",
                fix_by="wait",
            )
        )

    def _admit(self) -> None:
        """Let in whoever fits, first come first served. A heavy call without a heavy place holds up no light one; a wide
        one without room holds up everybody, or it would never have it.
        """
        passed: list[_Waiting] = []
        while self._waiting and self._has_room(self._waiting[0].width):
            asked = self._waiting.popleft()
            if not self._fits(asked.heavy, asked.width):
                passed.append(asked)
            elif not asked.turn.done():
                self._count(asked.heavy, asked.width)
                asked.turn.set_result(None)
        self._waiting.extendleft(reversed(passed))

    def _ask(self) -> None:
        if self._slots is None:
            return
        self._hungry.set()
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        """Lease what is wanted, renew it while it is used, give it back when it is not."""
        while True:
            self._hungry.clear()
            for kind in self._leased:
                waiting = sum(one.width if kind == "call" else one.heavy for one in self._waiting)
                wanted = min(self._used[kind] + waiting, self._limit[kind])
                if wanted or self._leased[kind]:
                    self._leased[kind] = await self._lease(kind, self._used[kind], wanted)
            self._admit()
            if self._slots is None or not (self._waiting or any(self._leased.values())):
                return
            if self._short():
                await asyncio.sleep(_POLL * (0.5 + random.random()))  # noqa: S311 (spreads processes, guards nothing)
            else:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_RENEW):
                        await self._hungry.wait()

    async def _lease(self, kind: Kind, used: int, wanted: int) -> int:
        """How many may be used. When what processes share cannot be used, this one goes on alone: calls matter more."""
        if self._slots is None:
            return wanted
        try:
            return await asyncio.to_thread(
                self._slots.lease, kind, used, wanted, self._limit[kind], self._now(), LEASE
            )
        except Exception as error:  # noqa: BLE001 (whatever a database raises)
            self._slots = None
            _log.warning("places are no longer shared with other processes: %s", error)
            return wanted

    def _short(self) -> bool:
        """Whether somebody waits for a place that another process has."""
        calls = (
            bool(self._waiting)
            and not self._has_room(self._waiting[0].width)
            and self._leased["call"] < self._limit["call"]
        )
        heavy = self._used["heavy"] >= self._leased["heavy"] < self._limit["heavy"]
        return calls or (heavy and any(one.heavy for one in self._waiting))
