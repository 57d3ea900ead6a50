"""Which tools are offered: toolsets that the operator switched on, less what the sign-in may not do, with the org's values as hints."""

from __future__ import annotations

from typing import Any

import pytest
from mcp import Client

from zcrm_server.app import build_for
from zcrm_server.offers import Offer
from zcrm_server.profiles import Profiles, Served
from zcrm_server.tools import Desk
from zcrm_tools.actions import needs, registry
from zcrm_tools.connection import Connector
from zcrm_tools.metadata import pin
from zcrm_tools.metadata.catalogue import Catalogue
from zcrm_tools.metadata.kept import Kept

READING = frozenset(needs.minimal(registry.choose()))


async def offered(served: Served, *toolsets: str) -> dict[str, Any]:
    async with Client(build_for(Desk(Profiles((served,))), Offer(toolsets))) as client:
        listed = await client.list_tools()
        return {"": listed.cache_scope} | {tool.name: tool for tool in listed.tools}


async def test_toolsets_are_switched_on_by_name(connector: Connector) -> None:
    usual = await offered(Served("default", connector, write=True))
    assert list(usual)[1:] == list(registry.CATALOGUE["core"])
    more = await offered(Served("default", connector, write=True), "core", "automation")
    assert set(more) - set(usual) == set(registry.CATALOGUE["automation"])
    everything = await offered(Served("default", connector, write=True), "all")
    assert list(everything)[1:] == list(registry.all_names())


async def test_what_the_sign_in_may_not_do_is_not_offered_and_the_refusal_says_why(
    connector: Connector,
) -> None:
    served = Served("default", connector, write=True, granted=READING)
    tools = await offered(served, "all")
    assert "search_leads" in tools
    assert {"create_lead", "delete_records", "send_email"}.isdisjoint(tools)
    assert tools[""] == "private"
    async with Client(build_for(Desk(Profiles((served,))), Offer(("all",)))) as client:
        told = await client.call_tool("send_email", {})
    assert told.structured_content is not None
    (problem,) = told.structured_content["problems"]
    assert problem["code"] in ("TOOL_NOT_OFFERED", "READ_ONLY")


async def test_a_tool_left_out_of_a_writing_server_is_not_called_read_only(connector: Connector) -> None:
    async with Client(build_for(Desk(Profiles((Served("default", connector, write=True),))))) as client:
        told = await client.call_tool("delete_records", {"module": "Leads", "ids": ["1"]})
    assert told.structured_content is not None
    (problem,) = told.structured_content["problems"]
    assert problem["code"] == "TOOL_NOT_OFFERED"
    assert "--toolsets records" in problem["next_step"]


@pytest.mark.parametrize("several", [False, True])
async def test_the_orgs_values_are_hints_where_there_is_one_org(
    connector: Connector, tmp_path, several: bool
) -> None:
    crm = await connector.client()
    profile = crm.org.profile
    catalogue = Catalogue(crm.org.session, kept=Kept(tmp_path, profile.identity, since=profile.since))
    await catalogue.pipelines()
    served = Served("default", connector, write=True, pin=pin.of(tmp_path, profile))
    profiles = Profiles((served, Served("other", connector, write=False)) if several else (served,))
    async with Client(build_for(Desk(profiles))) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    stage = tools["update_deal_stage"].input_schema["properties"]["stage"]
    assert ("Known in this org: Qualification" in stage["description"]) is not several
    assert "enum" not in stage
