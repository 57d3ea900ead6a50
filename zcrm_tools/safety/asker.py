"""Who a call is made for, and whether that person can be asked before a write. A surface says so once, around the call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asker:
    """`principal` is who signed in to the surface, "" for the person at this machine; `client` is the program they use.

    `reachable`: a person can be asked for an approval, by the client or beside it. `page` is where they can give it, when
    the surface has such a page.
    """

    principal: str = ""
    client: str = ""
    reachable: bool = True
    page: str = ""


_current: ContextVar[Asker] = ContextVar("asker", default=Asker())  # noqa: B039 — frozen


def current() -> Asker:
    return _current.get()


@contextmanager
def asking(asker: Asker) -> Iterator[None]:
    token = _current.set(asker)
    try:
        yield
    finally:
        _current.reset(token)
