"""`AsyncClient`, and `Client`, its synchronous face. Every action is a method of both, exactly typed.

The synchronous face runs everything on one loop thread per process. A forked child drops it and starts its own.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Self, TypeVar

from zcrm_tools.actions import registry
from zcrm_tools.actions.action import AnyAction, Blocking, Call, Face, Input, arguments_of
from zcrm_tools.actions.catalogue.add_note import add_note
from zcrm_tools.actions.catalogue.create_lead import create_lead
from zcrm_tools.actions.catalogue.describe_module import describe_module
from zcrm_tools.actions.catalogue.get_connection import get_connection
from zcrm_tools.actions.catalogue.get_record import get_record
from zcrm_tools.actions.catalogue.list_changes import list_changes
from zcrm_tools.actions.catalogue.run_coql import run_coql
from zcrm_tools.actions.catalogue.search_leads import search_leads
from zcrm_tools.actions.catalogue.search_records import search_records
from zcrm_tools.actions.catalogue.undo_change import undo_change
from zcrm_tools.actions.catalogue.update_deal_stage import update_deal_stage
from zcrm_tools.actions.catalogue.update_records import update_records
from zcrm_tools.crm.org import Org
from zcrm_tools.safety.gate import Gate

T = TypeVar("T")


class _Actions:
    """One line an action; the two faces below share it, and each gets its own exact type."""

    get_connection = get_connection
    describe_module = describe_module
    search_leads = search_leads
    search_records = search_records
    get_record = get_record
    run_coql = run_coql
    list_changes = list_changes
    create_lead = create_lead
    update_records = update_records
    update_deal_stage = update_deal_stage
    add_note = add_note
    undo_change = undo_change


class AsyncClient(_Actions, Face):
    """A connection for asyncio code. Use it on the loop that opened it, as `async with`, or close it with `aclose`."""

    def __init__(self, org: Org, gate: Gate, closing: Callable[[], Awaitable[None]]) -> None:
        self.org = org
        self.gate = gate
        self._closing = closing
        self._loop = asyncio.get_running_loop()

    async def perform(self, action: AnyAction, given: Input) -> Any:
        """Run one action with validated input."""
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError("this AsyncClient belongs to another event loop; open one on this loop")
        call = Call(self.org, self.gate, action.name, arguments_of(given))
        return await action.run(call, given)

    async def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """Run one action by name with unvalidated arguments, as an agent would."""
        action = registry.action(name)
        return await self.perform(action, action.accept(arguments))

    async def aclose(self) -> None:
        await self.gate.finish()
        await self._closing()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        mode = "write" if self.gate.policy.write else "read-only"
        return f"<{type(self).__name__} {self.org.profile.name!r}, {mode}>"


class Client(_Actions, Blocking):
    """The same connection for scripts and notebooks. Every call waits for its answer."""

    def __init__(self, opening: Callable[[], Coroutine[Any, Any, AsyncClient]]) -> None:
        self._asynchronous = run(opening())

    def perform(self, action: AnyAction, given: Input) -> Any:
        return run(self._asynchronous.perform(action, given))

    def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """Run one action by name with unvalidated arguments."""
        return run(self._asynchronous.call(name, arguments))

    def close(self) -> None:
        run(self._asynchronous.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return repr(self._asynchronous).replace("AsyncClient", "Client")


_loop: asyncio.AbstractEventLoop | None = None
_starting = threading.Lock()


def submit(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Start a coroutine on the process's loop thread."""
    return asyncio.run_coroutine_threadsafe(work, _running_loop())


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the process's loop thread and wait. Ctrl-C cancels it; a write that has begun is finished."""
    if threading.current_thread().name == _THREAD:
        work.close()
        raise RuntimeError(
            "the synchronous client was called from its own loop thread; use AsyncClient there"
        )
    future = submit(work)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


_THREAD = "zcrm-loop"


def _running_loop() -> asyncio.AbstractEventLoop:
    global _loop  # noqa: PLW0603 — one loop per process is the point
    with _starting:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name=_THREAD, daemon=True).start()
        return _loop


def _forget_loop() -> None:
    global _loop, _starting  # noqa: PLW0603
    _loop = None
    _starting = threading.Lock()


os.register_at_fork(after_in_child=_forget_loop)
