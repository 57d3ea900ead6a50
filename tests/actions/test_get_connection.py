"""Who one is connected as, and what the sign-in lacks."""

from __future__ import annotations

from dataclasses import replace

from zcrm_tools.actions import needs, registry
from zcrm_tools.actions.action import Call
from zcrm_tools.client import AsyncClient


async def test_the_connection_names_user_org_and_mode(crm: AsyncClient, reader: AsyncClient):
    shown = await crm.get_connection()
    assert shown.mode == "read and write"
    assert "@" in shown.user
    assert shown.user_id.isdigit()
    assert shown.currency
    assert shown.unusable_tools == {}
    assert (await reader.get_connection()).mode == "read-only"


async def test_what_a_sign_in_lacks_is_named_with_the_one_command_that_adds_it(crm: AsyncClient):
    reading = [str(scope) for scope in needs.minimal(registry.choose())]
    org = replace(crm.org, profile=crm.org.profile.model_copy(update={"scopes": " ".join(reading)}))
    action = registry.action("get_connection")
    shown = await action.run(Call(org, crm.gate, action.name), action.accept({}))
    writing = {a.name for a in registry.choose(write=True)} - {a.name for a in registry.choose()}
    assert shown.unusable_tools.keys() <= writing
    assert "ZohoCRM.modules.leads.CREATE" in shown.unusable_tools["create_lead"]
    assert "zcrm login --profile demo --scopes" in shown.to_use_them
    told = await action.run(Call(org, crm.gate, action.name), action.accept({"toolsets": ["email"]}))
    assert "send_email" in told.unusable_tools
    granted = frozenset(needs.minimal(registry.choose()))
    offered = {a.name for a in registry.choose(["all"], write=True, granted=granted)}
    assert offered.isdisjoint({*shown.unusable_tools, *told.unusable_tools})
    assert {a.name for a in registry.choose()} <= offered
