"""What a session needs from elsewhere. `auth` and `state` implement it; `connection` wires them."""

from __future__ import annotations

from typing import Protocol

from zcrm_tools.scopes import Scope


class TokenSource(Protocol):
    """Gives access tokens. Any number of calls may ask at once."""

    async def token(self) -> str:
        """A token that is not known to be stale."""
        ...

    async def renew(self, refused: str) -> str:
        """A token other than `refused`: minted now, unless another caller has already replaced it."""
        ...


class GrantRecord(Protocol):
    """What is written down about a sign-in's scopes, for all processes. Both verbs may block."""

    def read(self) -> tuple[frozenset[Scope] | None, frozenset[Scope]]:
        """What was granted (None when unknown), and what Zoho has refused since."""
        ...

    def refuse(self, one: Scope) -> None:
        """Zoho refused this, whatever was believed."""
        ...


class Slots(Protocol):
    """Places among the calls that run at once, shared by all processes of one profile. The verb may block."""

    def lease(self, kind: str, used: int, wanted: int, limit: int, now: float, seconds: float) -> int:
        """How many this process may use for so long, from `used` (in use now) to `wanted`. 0 wanted gives all back."""
        ...


class Credits(Protocol):
    """Where credits are noted for all processes of one profile. The verb may block."""

    def spend(self, credits: int) -> None: ...
