"""Pipelines, with their stages in order."""

from __future__ import annotations

from zcrm_tools.client import AsyncClient


async def test_stages_are_in_order_with_what_people_see(crm: AsyncClient):
    (pipeline,) = (await crm.list_pipelines()).pipelines
    assert pipeline.stages[0] == "Qualification: Open"
    assert "Id. Decision Makers (shown as Identify Decision Makers): Open" in pipeline.stages
    assert "Closed Won: Closed Won" in pipeline.stages
