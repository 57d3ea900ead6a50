"""One definition, two sides: an operation is awaited on the asynchronous side and waits on the synchronous one.

Both sides get the exact types of the one definition: `operation` for a coroutine, `stream` for pages of something,
which either side iterates one by one. On the synchronous side a page crosses the thread at once, and leaving the loop
early closes the pages.
"""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator, Iterator
from dataclasses import dataclass, field
from functools import wraps
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, cast, overload

from zcrm_tools.client.loop import finish, run
from zcrm_tools.crm.org import Org
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem
from zcrm_tools.models.unified import FieldMap
from zcrm_tools.safety.gate import Gate

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reach:
    """What every operation works with. `maps` are the org's own field maps, by module."""

    org: Org
    gate: Gate
    maps: dict[str, FieldMap] = field(default_factory=dict)
    process: int = field(default_factory=os.getpid)

    def check(self) -> None:
        """Raises InvalidInput after `close`, and in a forked child: its sockets and state are the parent's."""
        self.org.session.check_open()
        if self.process != os.getpid():
            raise InvalidInput(
                Problem(
                    "OTHER_PROCESS",
                    "This connection was opened before the process was forked, and belongs to the parent.",
                    NOTHING_SENT,
                    "Connect again in the child, as in the initializer of a pool; or use threads, which may share one Client.",
                )
            )

    def writable(self) -> Org:
        """The org, for writes that no plan and no journal covers. Raises NotAllowed as `Policy.beside_plans` does."""
        self.check()
        self.gate.policy.beside_plans()
        return self.org


class Bound:
    """What operations hang on: something of one org."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach


class AsyncSide(Bound):
    """Its operations are awaited."""


class SyncSide(Bound):
    """Its operations wait for their answer."""


class operation(Generic[P, T]):  # noqa: N801 — used as a decorator
    def __init__(self, do: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]) -> None:
        self.__doc__ = do.__doc__

        @wraps(do)
        def waiting(side: SyncSide, /, *args: P.args, **kwargs: P.kwargs) -> T:
            side.reach.check()
            return run(do(side, *args, **kwargs))

        self._awaited, self._waiting = do, waiting

    @overload
    def __get__(self, bound: None, owner: type) -> Callable[..., object]: ...
    @overload
    def __get__(self, bound: AsyncSide, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, bound: SyncSide, owner: type) -> Callable[P, T]: ...
    def __get__(self, bound: AsyncSide | SyncSide | None, owner: type) -> object:
        return _method(self._waiting if issubclass(owner, SyncSide) else self._awaited, bound)


class stream(Generic[P, T]):  # noqa: N801 — used as a decorator
    def __init__(self, do: Callable[Concatenate[Any, P], AsyncIterator[tuple[T, ...]]]) -> None:
        self.__doc__ = do.__doc__
        pages = cast("Callable[..., AsyncGenerator[tuple[T, ...]]]", do)

        @wraps(do)
        def awaited(side: AsyncSide, /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
            return _one_by_one_async(pages(side, *args, **kwargs))

        @wraps(do)
        def waiting(side: SyncSide, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
            side.reach.check()
            return _one_by_one(pages(side, *args, **kwargs))

        awaited.__signature__ = _giving(do, "AsyncGenerator")  # type: ignore[attr-defined]
        waiting.__signature__ = _giving(do, "Generator")  # type: ignore[attr-defined]
        self._awaited, self._waiting = awaited, waiting

    @overload
    def __get__(self, bound: None, owner: type) -> Callable[..., object]: ...
    @overload
    def __get__(self, bound: AsyncSide, owner: type) -> Callable[P, AsyncGenerator[T]]: ...
    @overload
    def __get__(self, bound: SyncSide, owner: type) -> Callable[P, Generator[T]]: ...
    def __get__(self, bound: AsyncSide | SyncSide | None, owner: type) -> object:
        return _method(self._waiting if issubclass(owner, SyncSide) else self._awaited, bound)


def _method(do: Callable[..., object], bound: object | None) -> object:
    """As a plain method would be: editors and `help` see its arguments."""
    return do if bound is None else MethodType(do, bound)


def _giving(do: Callable[..., object], kind: str) -> inspect.Signature:
    """The signature of one that gives pages, as of one that gives what is on them."""
    taken = inspect.signature(do)
    one = str(taken.return_annotation).removeprefix("AsyncIterator[tuple[").removesuffix(", ...]]")
    return taken.replace(return_annotation=f"{kind}[{one}]")


async def _one_by_one_async(pages: AsyncGenerator[tuple[T, ...]]) -> AsyncIterator[T]:
    try:
        async for page in pages:
            for one in page:
                yield one
    finally:
        await pages.aclose()


def _one_by_one(pages: AsyncGenerator[tuple[T, ...]]) -> Iterator[T]:
    steps: set[asyncio.Task[Any]] = set()

    async def following() -> tuple[T, ...] | None:
        steps.clear()
        steps.update(filter(None, [asyncio.current_task()]))
        return await anext(pages, None)

    try:
        while (page := run(following())) is not None:
            yield from page
    finally:
        finish(_closed(pages, steps))


async def _closed(pages: AsyncGenerator[tuple[T, ...]], steps: set[asyncio.Task[Any]]) -> None:
    """Once the last step has ended, which Ctrl-C may have left under way."""
    for step in steps:
        if not step.cancelling():  # twice would cut its own closing short
            step.cancel()
    if steps:
        await asyncio.wait(steps)
    await pages.aclose()
