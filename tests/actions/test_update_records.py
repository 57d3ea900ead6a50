"""Setting fields of records that exist."""

from __future__ import annotations

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads


async def field(crm: AsyncClient, module: str, record: str, name: str) -> object:
    found = await reads.get(crm.org, module, record)
    return found[name] if found else None


async def test_records_that_already_have_the_values_are_named(crm: AsyncClient):
    rows = await crm.run_coql(query="select id from Deals where Stage = 'Qualification' limit 2")
    (one,), (two,) = rows.rows
    await crm.update_records(
        module="Deals", records=[{"id": one, "fields": {"Next_Step": "Call the harbour"}}]
    )
    asked = [{"id": i, "fields": {"Next_Step": "Call the harbour"}} for i in (one, two)]
    done = await crm.update_records(module="Deals", records=asked)
    assert (done.status, done.unchanged, [e.id for e in done.records]) == ("applied", [one], [two])


async def test_more_than_twenty_records_wait_for_a_person(crm: AsyncClient):
    rows = await crm.run_coql(query="select id from Leads where Rating is null limit 25")
    asked = [{"id": row[0], "fields": {"Rating": "Active"}} for row in rows.rows]
    assert len(asked) == 25
    shown = await crm.update_records(module="Leads", records=asked)
    assert shown.status == "waiting"
    assert f"zcrm approve {shown.plan_id}" in shown.next_step
    still = await crm.update_records(module="Leads", records=asked, plan_id=shown.plan_id)
    assert still.status == "waiting"
    assert crm.gate.state.approve(shown.plan_id, "a person", crm.gate._now())
    done = await crm.update_records(module="Leads", records=asked, plan_id=shown.plan_id)
    assert done.status == "applied"
    assert len(done.records) == 25


async def test_one_refused_record_does_not_hide_the_others(crm: AsyncClient):
    contacts = await crm.run_coql(query="select Email from Contacts where Email is not null limit 2")
    (taken, one), (_, two) = contacts.rows
    done = await crm.update_records(
        module="Contacts",
        records=[
            {"id": two, "fields": {"Email": taken}},
            {"id": one, "fields": {"Department": "Lighthouse keeping"}},
        ],
    )
    assert done.status == "partly_applied"
    assert [e.outcome for e in done.records] == ["refused", "done"]
    assert done.records[0].change_id == ""
    assert await field(crm, "Contacts", one, "Department") == "Lighthouse keeping"
