"""Deleting needs a person, goes to the recycle bin, and comes back by undo."""

from __future__ import annotations

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads


async def test_records_are_deleted_once_a_person_agrees_and_come_back_by_undo(crm: AsyncClient, agreed, some):
    one, two = await some("Leads", 2, "Converted__s = 'false'")
    done = await agreed("delete_records", module="leads", ids=[one, two, one])
    assert (done.status, [e.id for e in done.records]) == ("applied", [one, two])
    assert await reads.get_many(crm.org, "Leads", [one, two], ["Company"]) == {}
    assert (await crm.undo_change(change_id=done.records[0].change_id)).status == "applied"
    assert (await reads.get_many(crm.org, "Leads", [one, two], ["Company"])).keys() == {one}
