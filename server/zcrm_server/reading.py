"""What is read without being a tool — resources, prompts, completions — is read by the same actions as the tools: with
the same grant, the same policy and the same cleaned answers. An action that the operator left out is left out here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zcrm_server.offers import not_offered
from zcrm_server.profiles import Profiles, Served
from zcrm_tools.actions import render
from zcrm_tools.errors import NotAllowed

if TYPE_CHECKING:
    from zcrm_tools.client import AsyncClient


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one profile. `shown` says where answers are from, where there are several."""

    served: Served
    offered: frozenset[str]
    shown: Mapping[str, str]

    async def client(self) -> AsyncClient:
        return await self.served.connection.client()

    async def read(self, action: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The action's answer as a tool would give it. Raises ZcrmError."""
        if action not in self.offered:
            raise NotAllowed(not_offered(action, self.offered))
        client = await self.client()
        masks = client.gate.masks
        found = await client.call(action, masks.reveal(dict(arguments)))
        return {**self.shown, **render.structured(found, masks)}


@dataclass(frozen=True, slots=True)
class Readers:
    """One for each profile. `offered` are the names of the actions that this server offers."""

    profiles: Profiles
    offered: frozenset[str]

    def each(self) -> list[Reader]:
        return [self._of(served) for served in self.profiles.served]

    def pick(self, given: Mapping[str, Any]) -> tuple[Reader, dict[str, Any]]:
        """By the argument `profile`, which several profiles ask for, and the other arguments. Raises InvalidInput."""
        served, rest = self.profiles.pick("read", given)
        return self._of(served), rest

    def _of(self, served: Served) -> Reader:
        return Reader(served, self.offered, served.shown if self.profiles.several else {})
