"""A record's notes, whole, with their ids."""

from __future__ import annotations

from zcrm_tools.client import AsyncClient


async def test_notes_come_last_first_with_ids(crm: AsyncClient, some):
    (deal,) = await some("Deals")
    made = await crm.add_note(module="Deals", record_id=deal, content="Long " * 200, title="Call")
    shown = (await crm.list_notes(module="Deals", record_id=deal)).dicts()
    assert shown[0]["id"] == made.records[0].id
    assert shown[0]["Note_Content"].startswith("Long Long")
    assert len(shown[0]["Note_Content"]) > 900
