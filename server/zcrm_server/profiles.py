"""Several profiles in one server: every tool then takes a closed `profile`, and every answer says which one it is from
and what may be done there. A profile is read-only or not by itself: production may be read while a Zoho sandbox is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from zcrm_tools.actions import hints, needs
from zcrm_tools.actions.card import Card, Known
from zcrm_tools.coql.spelling import nearest
from zcrm_tools.endpoints import Effect
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, NotAllowed, Problem
from zcrm_tools.scopes import Scope

if TYPE_CHECKING:
    from zcrm_tools.client import AsyncClient
    from zcrm_tools.metadata.pin import Pin

ARGUMENT = "profile"
SHOWN: dict[str, Any] = {
    "profile": {"type": "string"},
    "mode": {"type": "string", "enum": ["read-only", "read and write"]},
}
"""What an answer says of where it is from. Part of every output schema where there are several."""


class Connection(Protocol):
    @property
    def shared(self) -> bool:
        """Whether its plans are on disk, where `zcrm approve` finds them."""

    async def client(self) -> AsyncClient:
        """The shared client. Raises NotConfigured or LoginRequired, and tries again on the next call."""

    def secret(self, name: str) -> bytes:
        """32 bytes that every process of this profile's state knows."""


@dataclass(frozen=True, slots=True)
class Served:
    """One profile that this server serves, and whether it may be written through it.

    `granted` is what its sign-in may do, empty when that is not known; `pin` what its org said of itself last time.
    """

    name: str
    connection: Connection
    write: bool
    granted: frozenset[Scope] = frozenset()
    pin: Pin | None = None

    @property
    def shown(self) -> dict[str, str]:
        return {"profile": self.name, "mode": "read and write" if self.write else "read-only"}


@dataclass(frozen=True, slots=True)
class Profiles:
    served: tuple[Served, ...]

    @property
    def several(self) -> bool:
        return len(self.served) > 1

    @property
    def write(self) -> bool:
        return any(one.write for one in self.served)

    @property
    def told(self) -> bool:
        """Whether the list of tools follows from what is on this machine about one sign-in or its org."""
        return any(one.granted or one.pin for one in self.served)

    def can(self, card: Card) -> bool:
        """Whether some profile's sign-in is enough for the action."""
        return any(not one.granted or not needs.missing(card, one.granted) for one in self.served)

    def hints(self, card: Card) -> Mapping[Known, Sequence[str]]:
        """The org's values for its arguments; none where several orgs would each have theirs."""
        return {} if self.several else hints.of((card,), self.served[0].pin)

    def names(self, effect: Effect) -> list[str]:
        """The profiles in which an action of this effect may be done."""
        return [one.name for one in self.served if one.write or effect == "read"]

    def argument(self, effect: Effect) -> dict[str, Any]:
        """As it stands in an input schema."""
        modes = ", ".join(f"{one.name} is {one.shown['mode']}" for one in self.served)
        return {"type": "string", "enum": self.names(effect), "description": f"Which org: {modes}"}

    def pick(self, effect: Effect, arguments: Mapping[str, Any]) -> tuple[Served, dict[str, Any]]:
        """The profile that a call is for, and the action's own arguments. Raises InvalidInput, or NotAllowed by mode."""
        if not self.several:
            return self.served[0], dict(arguments)
        rest = dict(arguments)
        named, allowed = rest.pop(ARGUMENT, None), self.names(effect)
        found = next((one for one in self.served if one.name == named), None)
        if found is None:
            said = "profile is required." if named is None else f"There is no profile {named!r}."
            code = "MISSING_ARGUMENT" if named is None else "BAD_ARGUMENT"
            raise InvalidInput(_wrong(code, said, allowed, str(named or "")))
        if found.name not in allowed:
            from zcrm_tools.safety.policy import READ_ONLY

            raise NotAllowed(READ_ONLY)
        return found, rest


def _wrong(code: str, said: str, allowed: Sequence[str], named: str) -> Problem:
    return Problem(
        code,
        said,
        NOTHING_SENT,
        field=ARGUMENT,
        allowed=tuple(allowed),
        closest=nearest(named, allowed) or "",
    )
