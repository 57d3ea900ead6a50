"""The journal."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

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


async def test_changes_are_dated_in_the_orgs_zone(crm: AsyncClient):
    await crm.create_lead(last_name="Zzyzx")
    (change,) = (await crm.list_changes()).changes
    assert change.at.endswith(("-05:00", "-04:00"))
    assert datetime.now(UTC) - datetime.fromisoformat(change.at) < timedelta(minutes=5)
