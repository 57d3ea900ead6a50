"""What an action says of itself: enough to offer it, to know which scopes it needs, and to show it; not to perform it.

Cards are kept as JSON beside the code (`cards/NAME.json`, written by `python server/generate.py`), so that listing tools
loads no model and no action. They are what a model reads, and are reviewed as such: a test holds each to its action.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from zcrm_tools.endpoints import ENDPOINTS, Effect, Endpoint, Toolset

KEPT = Path(__file__).with_name("cards")
HINTED_VALUES = 12
"""Values of a picklist shown in a description; the rest are found by describe_module."""


class Known(NamedTuple):
    """Marks text whose usual values are a picklist of the org: a hint in a description, never an `enum`."""

    module: str
    field: str


@dataclass(frozen=True, slots=True)
class Card:
    """`takes` and `gives` are its schemas, `kinds` the names of its answer's classes, the most exact first, and `known`
    the arguments whose usual values are a picklist of the org. The rest is as in `Action`.
    """

    name: str
    title: str
    effect: Effect
    toolset: Toolset
    description: str
    kinds: tuple[str, ...]
    calls: tuple[Endpoint, ...]
    modules: tuple[str, ...]
    also: tuple[tuple[Endpoint, str], ...]
    optional: tuple[Endpoint | tuple[Endpoint, str], ...]
    known: Mapping[str, Known]
    takes: Mapping[str, Any]
    gives: Mapping[str, Any]

    def taking(self, pinned: Mapping[Known, Sequence[str]]) -> dict[str, Any]:
        """The input schema with the org's own values as hints in descriptions."""
        properties = dict(self.takes["properties"])
        for name, mark in self.known.items():
            if values := pinned.get(mark):
                more = " | …" if len(values) > HINTED_VALUES else "."
                hint = f"Known in this org: {' | '.join(values[:HINTED_VALUES])}{more}"
                said = properties[name].get("description", "")
                properties[name] = {**properties[name], "description": f"{said} {hint}".strip()}
        return {**self.takes, "properties": properties}


@cache
def read(name: str) -> Card:
    """The kept card of an action that is in the catalogue."""
    kept = json.loads((KEPT / f"{name}.json").read_bytes())
    return Card(
        name=kept["name"],
        title=kept["title"],
        effect=kept["effect"],
        toolset=kept["toolset"],
        description=kept["description"],
        kinds=tuple(kept["kinds"]),
        calls=tuple(map(_endpoint, kept["calls"])),
        modules=tuple(kept["modules"]),
        also=tuple(_on_module(one) for one in kept["also"]),
        optional=tuple(
            _endpoint(one) if isinstance(one, str) else _on_module(one) for one in kept["optional"]
        ),
        known={argument: Known(*mark) for argument, mark in kept["known"].items()},
        takes=kept["takes"],
        gives=kept["gives"],
    )


def text(card: Card) -> str:
    """As it is kept."""
    kept = {
        **{name: getattr(card, name) for name in Card.__slots__},
        "calls": [call.name for call in card.calls],
        "also": [(call.name, module) for call, module in card.also],
        "optional": [
            one.name if isinstance(one, Endpoint) else (one[0].name, one[1]) for one in card.optional
        ],
    }
    return json.dumps(kept, indent=2, ensure_ascii=False) + "\n"


def _endpoint(name: str) -> Endpoint:
    if name in ENDPOINTS:
        return ENDPOINTS[name]
    from zcrm_tools.operations import OPERATIONS

    return OPERATIONS[name]


def _on_module(pair: Sequence[str]) -> tuple[Endpoint, str]:
    name, module = pair
    return _endpoint(name), module
