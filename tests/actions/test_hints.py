"""This org's values in descriptions: hints from what was kept on disk, never a closed list."""

from __future__ import annotations

import json
from dataclasses import replace

from zcrm_tools.actions import hints, registry
from zcrm_tools.actions.card import Known
from zcrm_tools.client import AsyncClient
from zcrm_tools.metadata import pin
from zcrm_tools.metadata.catalogue import Catalogue
from zcrm_tools.metadata.kept import Kept


async def test_the_orgs_own_values_are_hints_and_no_enum(crm: AsyncClient, tmp_path):
    profile = crm.org.profile
    catalogue = Catalogue(crm.org.session, kept=Kept(tmp_path, profile.identity, since=profile.since))
    for module in ("Leads", "Deals", "Tasks"):
        await catalogue.fields(module)
    await catalogue.pipelines()
    cards = registry.choose(["all"], write=True)
    kept = pin.of(tmp_path, profile)
    found = hints.of(cards, kept)
    assert found[Known("Deals", "Stage")][:2] == ("Qualification", "Needs Analysis")
    assert "Web Form" in found[Known("Leads", "Lead_Source")]
    assert Known("Calls", "Call_Result") not in found  # nobody asked about calls yet
    source = registry.card("create_lead").taking(found)["properties"]["source"]
    assert source == {
        "type": "string",
        "description": f"Known in this org: {' | '.join(found[Known('Leads', 'Lead_Source')][:12])} | …",
    }
    plain = registry.card("create_lead").takes["properties"]["source"]
    assert plain == {"type": "string"}
    assert "enum" not in json.dumps(registry.card("update_deal_stage").taking(found))
    assert hints.of(cards, None) == {}


async def test_other_frameworks_get_the_same_hints(crm: AsyncClient, tmp_path):
    profile = crm.org.profile
    catalogue = Catalogue(crm.org.session, kept=Kept(tmp_path, profile.identity, since=profile.since))
    await catalogue.pipelines()
    client = AsyncClient(replace(crm.org, catalogue=catalogue), crm.gate, crm.org.session.aclose)
    (tool,) = [t for t in client.tools.schemas("anthropic") if t["name"] == "update_deal_stage"]
    assert "Known in this org: Qualification" in tool["input_schema"]["properties"]["stage"]["description"]
