"""Who a call is made for, and how that person can be asked before a write. A surface says so once, around the call."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Way: TypeAlias = Literal["client", "page", "terminal", "python"]
"""Where a person agrees: in the MCP client (elicitation), on the server's approval page, at a terminal (`zcrm approve`, or
the question of another verb), or in Python (a widget of a notebook, `crm.approve`)."""
WAYS: frozenset[Way] = frozenset(get_args(Way))
APART: frozenset[Way] = frozenset({"terminal", "python"})
"""Those that may be of another process than the one that writes, which then learns of the yes from the state alone."""


@dataclass(frozen=True, slots=True)
class Asker:
    """`principal` is who signed in to the surface, "" for the person at this machine; `client` is the program they use, as it
    calls itself: it is written down, and decides nothing.

    `ways` are those by which a person can be reached. `page` is the address of the approval page, when there is one.
    """

    principal: str = ""
    client: str = ""
    ways: frozenset[Way] = WAYS
    page: str = ""


_current: ContextVar[Asker | None] = ContextVar("asker", default=None)


def current() -> Asker:
    return _current.get() or Asker(client=_this_program())


@contextmanager
def asking(asker: Asker) -> Iterator[None]:
    token = _current.set(asker)
    try:
        yield
    finally:
        _current.reset(token)


def _this_program() -> str:
    return "notebook" if "ipykernel" in sys.modules else "python"
