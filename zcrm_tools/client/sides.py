"""One definition, two sides: an operation is awaited on the asynchronous side and waits on the synchronous one.

Both sides get the exact types of the one definition: `operation` for a coroutine, `stream` for pages of something,
which either side iterates one by one. On the synchronous side a page crosses the thread at once, and leaving the loop
early closes the pages.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, cast, overload

from zcrm_tools.client.loop import run
from zcrm_tools.crm.org import Org
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

    def writable(self) -> Org:
        """The org, for writes that no plan and no journal covers. Raises NotAllowed as `Policy.beside_plans` does."""
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
        self._do = do
        self.__doc__ = do.__doc__

    @overload
    def __get__(self, bound: None, owner: type) -> Self: ...
    @overload
    def __get__(self, bound: AsyncSide, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, bound: SyncSide, owner: type) -> Callable[P, T]: ...
    def __get__(self, bound: AsyncSide | SyncSide | None, owner: type) -> object:
        if bound is None:
            return self
        do, side = self._do, bound

        def method(*args: P.args, **kwargs: P.kwargs) -> object:
            work = do(side, *args, **kwargs)
            return run(work) if isinstance(side, SyncSide) else work

        return _named(method, do)


class stream(Generic[P, T]):  # noqa: N801 — used as a decorator
    def __init__(self, do: Callable[Concatenate[Any, P], AsyncIterator[tuple[T, ...]]]) -> None:
        self._do = do
        self.__doc__ = do.__doc__

    @overload
    def __get__(self, bound: None, owner: type) -> Self: ...
    @overload
    def __get__(self, bound: AsyncSide, owner: type) -> Callable[P, AsyncGenerator[T]]: ...
    @overload
    def __get__(self, bound: SyncSide, owner: type) -> Callable[P, Generator[T]]: ...
    def __get__(self, bound: AsyncSide | SyncSide | None, owner: type) -> object:
        if bound is None:
            return self
        do, side = self._do, bound

        def method(*args: P.args, **kwargs: P.kwargs) -> object:
            pages = cast("AsyncGenerator[tuple[T, ...]]", do(side, *args, **kwargs))
            return _one_by_one(pages) if isinstance(side, SyncSide) else _one_by_one_async(pages)

        return _named(method, do)


async def _one_by_one_async(pages: AsyncGenerator[tuple[T, ...]]) -> AsyncIterator[T]:
    try:
        async for page in pages:
            for one in page:
                yield one
    finally:
        await pages.aclose()


def _one_by_one(pages: AsyncGenerator[tuple[T, ...]]) -> Iterator[T]:
    async def following() -> tuple[T, ...] | None:
        return await anext(pages, None)

    try:
        while (page := run(following())) is not None:
            yield from page
    finally:
        run(pages.aclose())


def _named(method: Callable[P, object], do: Callable[..., Any]) -> Callable[P, object]:
    method.__name__, method.__doc__ = do.__name__, do.__doc__
    return method
