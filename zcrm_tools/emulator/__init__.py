"""An offline Zoho Accounts and Zoho CRM v8: `open_emulator`, or `zcrm emulator` on a port.

It knows `errors`, `datacenters` and COQL's front end and nothing else of the client, so that it can convict it.
Names are loaded when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zcrm_tools.emulator.app import Credentials, Emulator, open_emulator
    from zcrm_tools.emulator.clock import Clock, FrozenClock

__all__ = ["Clock", "Credentials", "Emulator", "FrozenClock", "open_emulator"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from zcrm_tools.emulator import app, clock

    return getattr(clock if name.endswith("Clock") else app, name)
