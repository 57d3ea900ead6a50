"""Tasks are done, and open again by undo."""

from __future__ import annotations

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads


async def test_open_tasks_are_completed_and_reopened_by_undo(crm: AsyncClient, some):
    one, two = await some("Tasks", 2, "Status = 'Not Started'")
    done = await crm.complete_task(ids=[one, two])
    assert done.status == "applied"
    assert {
        r["Status"] for r in (await reads.get_many(crm.org, "Tasks", [one, two], ["Status"])).values()
    } == {"Completed"}
    assert (await crm.complete_task(ids=[one])).status == "unchanged"
    await crm.undo_change(change_id=done.records[0].change_id)
    assert (await reads.get_many(crm.org, "Tasks", [one], ["Status"]))[one]["Status"] == "Not Started"
