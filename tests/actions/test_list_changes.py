"""The journal."""

from __future__ import annotations

import asyncio

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads


async def open_deal(crm: AsyncClient) -> str:
    rows = await crm.run_coql(query="select id from Deals where Stage = 'Qualification' limit 1")
    return str(rows.rows[0][0])


async def field(crm: AsyncClient, module: str, record: str, name: str) -> object:
    found = await reads.get(crm.org, module, record)
    return found[name] if found else None


async def test_a_caller_that_goes_away_leaves_a_whole_journal(crm: AsyncClient):
    deal = await open_deal(crm)
    call = asyncio.ensure_future(crm.update_deal_stage(deal=deal, stage="Proposal Sent"))
    while not crm.gate._running:  # noqa: ASYNC110 — until the write has begun, and no longer
        await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await crm.gate.finish()
    assert await field(crm, "Deals", deal, "Stage") == "Proposal Sent"
    assert (await crm.list_changes()).count == 1
    assert crm.gate.state.unsettled(crm.org.profile.identity) == []
