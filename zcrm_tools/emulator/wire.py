"""The connection itself, for the one layer that may break it. Our server and `http/inprocess` both give it.

`scope["extensions"]["zcrm.wire"]["abort"]` ends the connection at once, whatever was sent so far.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import Scope

EXTENSION = "zcrm.wire"


class HungUp(ConnectionResetError):
    """Raised to the carrier when it has no way to break a connection, so that no answer is mistaken for one."""


def extension(abort: Callable[[], None]) -> dict[str, Any]:
    return {"abort": abort}


def hang_up(scope: Scope) -> None:
    """Break the connection. Raises HungUp under a carrier that cannot."""
    found = scope.get("extensions", {}).get(EXTENSION)
    if found is None:
        raise HungUp("the emulator hung up, as its fault plan says")
    found["abort"]()
