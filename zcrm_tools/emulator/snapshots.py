"""Fresh orgs in milliseconds: an org is seeded once in a process, and every further one is a copy of its image."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from zcrm_tools.emulator.app import Seed, open_emulator
from zcrm_tools.emulator.clock import Clock, FrozenClock

if TYPE_CHECKING:
    from zcrm_tools.emulator.app import Emulator


@cache
def template(seed: Seed = "demo", number: int = 1, scale: int = 1, now: datetime | None = None) -> bytes:
    """The image of a newly seeded org; `now` is the day its story ends, this moment by default."""
    emulator = open_emulator(
        seed=seed, number=number, scale=scale, clock=None if now is None else FrozenClock(now)
    )
    try:
        return emulator.store.image()
    finally:
        emulator.close()


def fresh(
    seed: Seed = "demo",
    *,
    number: int = 1,
    scale: int = 1,
    now: datetime | None = None,
) -> Emulator:
    """An org of one's own, with credentials of its own. `now` freezes its clock."""
    clock = Clock.system() if now is None else FrozenClock(now)
    return open_emulator(image=template(seed, number, scale, now), clock=clock)
