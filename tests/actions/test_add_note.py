"""Notes on records."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.errors import InvalidInput


async def open_deal(crm: AsyncClient) -> str:
    rows = await crm.run_coql(query="select id from Deals where Stage = 'Qualification' limit 1")
    return str(rows.rows[0][0])


async def test_a_note_hangs_on_its_record(crm: AsyncClient):
    deal = await open_deal(crm)
    await crm.add_note(module="Deals", record_id=deal, content="Called; they sign on Friday.", title="Call")
    whole = await crm.get_record(module="Deals", id=deal, include=["Notes"])
    assert "Called; they sign on Friday." in [n["Note_Content"] for n in whole.related["Notes"].dicts()]
    with pytest.raises(InvalidInput, match="no Deals record"):
        await crm.add_note(module="Deals", record_id="554023999999999999", content="x")
