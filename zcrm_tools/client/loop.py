"""The one event loop that the synchronous client runs on: a thread per process. A forked child starts its own."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

_loop: asyncio.AbstractEventLoop | None = None
_starting = threading.Lock()


def submit(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Start a coroutine on the process's loop thread."""
    return asyncio.run_coroutine_threadsafe(work, _running_loop())


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the process's loop thread and wait. Ctrl-C cancels it; a write that has begun is finished."""
    if _on_loop_thread():
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


def finish(work: Coroutine[Any, Any, object]) -> None:
    """Run what closes something, from a finaliser too: the garbage collector may call it on the loop thread itself, and
    at the very end of the program, when that thread is gone and to wait for it would be for ever.
    """
    if sys.is_finalizing():
        work.close()
    elif _on_loop_thread():
        submit(work)
    else:
        run(work)


def _on_loop_thread() -> bool:
    return threading.current_thread().name == _THREAD


_THREAD = "zcrm-loop"


def _running_loop() -> asyncio.AbstractEventLoop:
    global _loop  # noqa: PLW0603 — one loop per process is the point
    with _starting:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_serve, args=(_loop,), name=_THREAD, daemon=True).start()
        return _loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    """Go on after a task that ended in KeyboardInterrupt or SystemExit: asyncio lets these end the loop, but they are
    for the caller who waits for that task, and others wait for this loop.
    """
    while True:
        try:
            loop.run_forever()
        except (KeyboardInterrupt, SystemExit):
            continue
        return


def _forget_loop() -> None:
    global _loop, _starting  # noqa: PLW0603
    _loop = None
    _starting = threading.Lock()


if hasattr(os, "register_at_fork"):  # Windows forks nothing
    os.register_at_fork(after_in_child=_forget_loop)
