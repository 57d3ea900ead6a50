"""MCP Apps: the answer of a tool as a screen inside the conversation, for hosts that show such.

The screens are those of the notebook widgets; a file here turns an answer into what a screen takes. A page is one HTML text
with everything in it: it fetches nothing, and asks its host for no permission. A host without apps shows the same answer
as text.

A page can call tools through its host, and the server cannot tell such a call from the model's. A click in a page therefore
has no more power than the model: it applies a plan that policy already lets through, and never approves one that needs a
person. Those are asked about by the host's own dialog, or by `zcrm approve`, and the page says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zcrm_tools.actions.card import Card


@dataclass(frozen=True, slots=True)
class App:
    name: str
    title: str
    description: str

    @property
    def uri(self) -> str:
        return f"ui://zcrm/{self.name}"


GRID = App("grid", "Rows", "Rows of a search or a query: sorted, filtered, and opened one by one.")
RECORD = App("record", "Record", "One record with its fields and related lists.")
APPROVAL = App("approval", "Change", "What would be written, field by field, or what was.")
BOARD = App("board", "Pipeline", "Open deals by stage; a card that is moved becomes a planned change.")
APPS: Final = (GRID, RECORD, APPROVAL, BOARD)
_OF_KINDS: Final[Mapping[str, App]] = {"Table": GRID, "Whole": RECORD, "Written": APPROVAL, "Summary": BOARD}


def app_of(card: Card) -> App | None:
    """The page that shows what an action answers, by the kind of the answer."""
    return next((_OF_KINDS[kind] for kind in card.kinds if kind in _OF_KINDS), None)
