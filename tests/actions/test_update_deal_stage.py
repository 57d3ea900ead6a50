"""Moving a deal along its pipeline."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads
from zcrm_tools.errors import InvalidInput


async def open_deal(crm: AsyncClient) -> str:
    rows = await crm.run_coql(query="select id from Deals where Stage = 'Qualification' limit 1")
    return str(rows.rows[0][0])


async def field(crm: AsyncClient, module: str, record: str, name: str) -> object:
    found = await reads.get(crm.org, module, record)
    return found[name] if found else None


async def test_an_unknown_stage_is_refused_with_the_pipelines_stages(crm: AsyncClient):
    deal = await open_deal(crm)
    with pytest.raises(InvalidInput) as caught:
        await crm.update_deal_stage(deal=deal, stage="Propsal Sent")
    assert caught.value.problem.closest == "Proposal Sent"
    assert "Closed Won" in caught.value.problem.allowed


async def test_a_stage_is_known_by_what_people_see(crm: AsyncClient):
    deal = await open_deal(crm)
    await crm.update_deal_stage(deal=deal, stage="identify decision makers")
    assert await field(crm, "Deals", deal, "Stage") == "Id. Decision Makers"


async def test_an_update_without_effect_sends_nothing(crm: AsyncClient):
    deal = await open_deal(crm)
    same = await crm.update_deal_stage(deal=deal, stage="Qualification")
    assert same.status == "unchanged"
    assert (await crm.list_changes()).count == 0
