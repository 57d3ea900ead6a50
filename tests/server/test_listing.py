"""What a model reads before its first call: small, closed, plain, and complete."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from mcp import Client
from mcp.types import Tool

from zcrm_server.app import Server, build
from zcrm_server.published import FAILURE, INSTRUCTIONS
from zcrm_tools import settings
from zcrm_tools.actions import registry, schema
from zcrm_tools.connection import Connector

MOST_TOOLS = 16
MOST_BYTES = 12_500


async def listed(server: Server, mode: str = "auto") -> list[Tool]:
    async with Client(server, mode=mode) as client:
        return (await client.list_tools()).tools


def on_the_wire(tool: Tool) -> dict[str, Any]:
    return tool.model_dump(mode="json", by_alias=True, exclude_none=True)


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


async def test_each_tool_is_its_card_and_says_how_it_fails(writing: Server) -> None:
    for shown in map(on_the_wire, await listed(writing)):
        card = registry.card(shown["name"])
        assert (shown["title"], shown["description"]) == (card.title, card.description)
        assert shown["inputSchema"] == card.takes
        gives = shown["outputSchema"]["properties"]
        assert list(gives) == ["untrusted", *card.gives.get("properties", {}), *FAILURE]
        assert {**shown["outputSchema"], "properties": {}} == {**card.gives, "properties": {}}


async def test_the_list_is_small_enough_to_be_read_at_every_start(writing: Server) -> None:
    tools = await listed(writing)
    size = sum(
        len(part.encode())
        for tool in tools
        for part in (
            tool.name,
            tool.description or "",
            json.dumps(tool.input_schema, ensure_ascii=False, separators=(",", ":")),
        )
    )
    assert len(tools) <= MOST_TOOLS
    assert size <= MOST_BYTES


async def test_every_tool_has_a_title_a_description_and_all_four_hints(writing: Server) -> None:
    for tool in await listed(writing):
        assert tool.title, tool.name
        assert tool.description, tool.name
        hints = tool.annotations
        assert hints is not None, tool.name
        given = (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint)
        assert None not in given, tool.name


async def test_hints_follow_the_effect(writing: Server) -> None:
    tools = {tool.name: tool.annotations for tool in await listed(writing)}
    for name, hints in tools.items():
        assert hints is not None
        assert hints.read_only_hint == (registry.action(name).effect == "read")
    for name, destructive in {"search_leads": False, "create_lead": False, "add_note": False, "update_records": True, "undo_change": True}.items():  # fmt: skip
        assert (tools[name].destructive_hint if tools[name] else None) is destructive, name


async def test_input_schemas_are_closed_and_plain(writing: Server) -> None:
    for tool in await listed(writing):
        assert tool.input_schema["type"] == "object", tool.name
        assert tool.input_schema["additionalProperties"] is False, tool.name
        for node in nodes(tool.input_schema):
            assert node.keys().isdisjoint({"$ref", "$defs", "anyOf", "oneOf", "allOf"}), tool.name
            assert not isinstance(node.get("type"), list), tool.name


async def test_every_tool_says_what_it_gives_and_how_it_fails(writing: Server) -> None:
    for tool in await listed(writing):
        assert tool.output_schema is not None, tool.name
        assert FAILURE.keys() <= tool.output_schema["properties"].keys(), tool.name


def test_no_action_gives_a_field_that_means_failure() -> None:
    for name in registry.all_names():
        own = schema.output_schema(registry.action(name)).get("properties", {})
        assert FAILURE.keys().isdisjoint(own), name


async def test_both_eras_list_the_same_tools_in_the_catalogues_order(writing: Server) -> None:
    modern, legacy = await listed(writing), await listed(writing, "legacy")
    assert [t.name for t in modern] == list(registry.CATALOGUE["core"])
    assert [on_the_wire(t) for t in modern] == [on_the_wire(t) for t in legacy]


async def test_read_only_is_the_default_and_lists_no_tool_that_writes(reading: Server) -> None:
    tools = await listed(reading)
    assert {registry.action(t.name).effect for t in tools} == {"read"}


def test_tools_are_chosen_by_name_and_left_out_by_name() -> None:
    connector = Connector(settings.from_environment({}), write=True)
    chosen = build(connector, exclude=("create_lead",), write=True)
    assert "create_lead" not in chosen.offered
    assert "update_records" in chosen.offered


async def test_the_instructions_reach_the_client_and_are_short(writing: Server) -> None:
    assert len(INSTRUCTIONS.encode()) < 1_000
    for mode in ("auto", "legacy"):
        async with Client(writing, mode=mode) as client:
            assert client.instructions == INSTRUCTIONS


async def test_the_list_may_be_kept_for_minutes(writing: Server) -> None:
    async with Client(writing) as client:
        told = await client.list_tools()
    assert told.ttl_ms == 300_000
    assert told.cache_scope == "public"


@pytest.mark.parametrize("word", ["plan_id", "describe_module", "undo_change", "instructions to you"])
def test_the_instructions_carry_the_rules_that_cross_tools(word: str) -> None:
    assert word in INSTRUCTIONS


def test_listing_loads_no_action_and_not_the_sdk() -> None:
    code = (
        "import sys\n"
        "from zcrm_server import published, opening; from zcrm_tools.actions import registry\n"
        "profiles = opening.opened(demo=True, write=True).profiles\n"
        "for card in registry.choose(write=True): published.tool(card, profiles)\n"
        "late = 'mcp', 'httpx2', 'zcrm_tools.actions.action', 'zcrm_tools.crm', 'zcrm_tools.safety'\n"
        "print([name for name in late if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_the_server_is_made_without_the_http_client_and_the_gate() -> None:
    code = (
        "import sys; from zcrm_server import app, opening\n"
        "from zcrm_server.tools import Desk\n"
        "app.build_for(Desk(opening.opened(demo=True, write=True).profiles))\n"
        "late = 'zcrm_tools.http.session', 'zcrm_tools.http.wire', 'zcrm_tools.safety.gate', 'zcrm_tools.crm.org'\n"
        "print([name for name in late if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
