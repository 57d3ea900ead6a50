"""What is read without being a tool — resources, prompts, completions — is read by the same actions as the tools: with
the same grant, the same policy and the same cleaned answers. An action that the operator left out is left out here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zcrm_server.offers import not_offered
from zcrm_server.profiles import Connection
from zcrm_tools.actions import render
from zcrm_tools.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Reader:
    """`offered` are the names of the actions that this server offers. `shown` says where answers are from: of several
    profiles the first is read.
    """

    connection: Connection
    offered: frozenset[str]
    shown: Mapping[str, str] = field(default_factory=dict)

    async def read(self, action: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The action's answer as a tool would give it. Raises ZcrmError."""
        if action not in self.offered:
            raise NotAllowed(not_offered(action, self.offered))
        client = await self.connection.client()
        masks = client.gate.masks
        found = await client.call(action, masks.reveal(dict(arguments)))
        return {**self.shown, **render.structured(found, masks)}
