"""A note goes once a person agrees."""

from __future__ import annotations

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads


async def test_a_note_is_deleted_once_a_person_agrees(crm: AsyncClient, agreed, some):
    (deal,) = await some("Deals")
    note = (await crm.add_note(module="Deals", record_id=deal, content="Wrong record.")).records[0].id
    done = await agreed("delete_note", note_id=note)
    assert (done.status, done.records[0].kind) == ("applied", "delete")
    assert await reads.get(crm.org, "Notes", note) is None
