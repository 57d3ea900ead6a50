"""The two threads of a transfer, for what would hold the loop up.

No more: each takes some tens of megabytes for a moment, keeps memory of its own, and more than the cores gain nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
THREADS = 2


class Apart:
    def __enter__(self) -> Self:
        self._threads = ThreadPoolExecutor(THREADS, "zcrm-transfer")
        return self

    def __exit__(self, *exc: object) -> None:
        self._threads.shutdown()

    async def do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *args, **kwargs))
