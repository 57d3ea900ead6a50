"""What a session needs from elsewhere. `auth` implements it; `connect` wires the two."""

from __future__ import annotations

from typing import Protocol


class TokenSource(Protocol):
    """Gives access tokens. Any number of calls may ask at once."""

    async def token(self) -> str:
        """A token that is not known to be stale."""
        ...

    async def renew(self, refused: str) -> str:
        """A token other than `refused`: minted now, unless another caller has already replaced it."""
        ...
