"""How far a write is, told to whoever waits for it. A surface says around the call how it wants to hear.

The write itself waits for nobody: it leaves word, and its caller, while there is one, passes it on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias, TypeVar

T = TypeVar("T")
Told: TypeAlias = Callable[[float, float, str], Awaitable[None]]
News: TypeAlias = asyncio.Queue[tuple[int, int] | None]

_told: ContextVar[Told | None] = ContextVar("told", default=None)
_log = logging.getLogger(__name__)


@contextmanager
def hearing(told: Told) -> Iterator[None]:
    token = _told.set(told)
    try:
        yield
    finally:
        _told.reset(token)


async def retold(task: asyncio.Task[T], news: News) -> T:
    """The result of a task that puts what is done, of how much, into `news`. A caller that gives up leaves it alone."""
    told = _told.get()
    task.add_done_callback(lambda _: news.put_nowait(None))
    while told is not None and (said := await news.get()) is not None:
        done, of = said
        try:
            await told(done, of, f"{done} of {of} written")
        except Exception:  # noqa: BLE001 — whoever cannot be told how far it is still gets the result
            _log.warning("the caller could not be told how far a write is", exc_info=True)
            break
    return await asyncio.shield(task)
