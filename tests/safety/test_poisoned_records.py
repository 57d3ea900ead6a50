"""Records whose every text is an instruction, through every action, as an assistant gets the answers.

An action that is not in the list of arguments fails here: whoever adds one says how it reaches a stranger's text. This
shows hygiene and no more: what holds when a model is persuaded is policy.
"""

from __future__ import annotations

import json
import re
from typing import Any

from mcp import Client
from mcp.types import TextContent

from zcrm_server.app import build
from zcrm_tools.actions import registry
from zcrm_tools.client import AsyncClient

HIDDEN = re.compile("[\u202e\u200b\U000e0041]")
LIVE = ("](", "<img", "<a ", "</a>", "<script")
SHOWN_BY = 40
"""At least so many actions show something that a stranger typed; the others have nothing of it."""


class Open:
    """A connection that is open already."""

    shared = False

    def __init__(self, crm: AsyncClient) -> None:
        self._crm = crm

    async def client(self) -> AsyncClient:
        return self._crm

    def secret(self, name: str) -> bytes:
        return name.encode().ljust(32)


async def test_no_answer_of_any_action_lets_a_strangers_text_hide_load_link_or_break_out(
    crm: AsyncClient, poisoned: Any
):
    names = list(registry.all_names())
    assert set(names) == set(poisoned.arguments), (
        "say in conftest how the new action reaches a stranger's text"
    )
    server = build(Open(crm), toolsets=("all",), write=True)
    nonces: set[str] = set()
    showing: set[str] = set()
    wrong: dict[str, str] = {}
    async with Client(server) as client:
        for name in names:
            result = await client.call_tool(name, poisoned.arguments[name])
            (block,) = result.content
            assert isinstance(block, TextContent)
            if result.is_error:
                wrong[name] = block.text
            nonces.add(fenced(block.text, result.structured_content))
            text = block.text.split("\n")[1]
            if HIDDEN.search(text) or any(mark in text.lower() for mark in LIVE):
                wrong[name] = text
            if "BREAKOUT" in text or "Ignore" in text:
                showing.add(name)
    assert not wrong
    assert len(nonces) == len(names), "each answer has a nonce of its own"
    assert len(showing) >= SHOWN_BY, sorted(set(names) - showing)


def fenced(text: str, structure: Any) -> str:
    """The nonce of a text whose one inner line is the structure, marked as data."""
    opening, inside, closing = text.split("\n")
    found = re.fullmatch("<data ([0-9a-f]{8})>", opening)
    assert found
    assert closing == f"</data {found[1]}>"
    assert closing not in inside
    assert json.loads(inside) == structure
    assert structure["untrusted"]
    return found[1]
