"""The search index that has not caught up: for one call, search and count know nothing younger than so many seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from zcrm_tools.emulator.store import epoch, quoted

if TYPE_CHECKING:
    from zcrm_tools.emulator.schema import ModuleDef
    from zcrm_tools.emulator.store import Store

_SECONDS: ContextVar[float] = ContextVar("seconds behind", default=0)


@contextmanager
def behind(seconds: float) -> Iterator[None]:
    token = _SECONDS.set(seconds)
    try:
        yield
    finally:
        _SECONDS.reset(token)


def indexed(store: Store, module: ModuleDef) -> str:
    """SQL for whether the index has a record, aliased `t`, as it is now; empty when it has everything.

    A record that was changed too lately is missing altogether, where Zoho's index would still hold its old words.
    """
    seconds = _SECONDS.get()
    if not seconds or "Modified_Time" not in module.fields:
        return ""
    return f"t.{quoted('Modified_Time')} <= {int(epoch(store.clock.now()) - seconds)}"
