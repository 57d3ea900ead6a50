"""Tasks, on their own and about records."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from zcrm_tools.actions.written import Written
from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads
from zcrm_tools.errors import InvalidInput


@pytest.mark.evidence("writes.what-id")
async def test_a_task_is_about_a_deal_named_by_its_name(crm: AsyncClient):
    deal, name = (await crm.run_coql(query="select id, Deal_Name from Deals limit 1")).rows[0]
    made = await crm.create_task(
        subject="Send the offer", due_date="2030-01-15", module="Deals", record=name, priority="High"
    )
    assert made.status == "applied"
    task = await reads.get(crm.org, "Tasks", made.records[0].id)
    assert task is not None
    assert (task["Subject"], task["Due_Date"], task["Priority"]) == ("Send the offer", "2030-01-15", "High")
    assert task["What_Id"]["id"] == deal
    assert task["$se_module"] == "Deals"
    whole = await crm.get_record(module="Deals", id=deal, include=["Activities"])
    assert "Send the offer" in [row["Subject"] for row in whole.related["Tasks"].dicts()]


async def test_a_task_with_a_contact_names_who_it_is_with(crm: AsyncClient):
    contact = (await crm.run_coql(query="select id from Contacts where Email is not null limit 1")).rows[0][0]
    made = await crm.create_task(subject="Call back", module="contacts", record=contact, owner="me")
    task = await reads.get(crm.org, "Tasks", made.records[0].id)
    assert task is not None
    assert task["Who_Id"]["id"] == contact
    assert task["Owner"]["id"] == (await crm.get_connection()).user_id


async def test_half_a_record_and_unknown_names_are_refused(crm: AsyncClient):
    with pytest.raises(InvalidInput, match="module and record belong together"):
        await crm.create_task(subject="x", module="Deals")
    with pytest.raises(InvalidInput, match="No Deals record is called exactly 'Nobody knows this deal'"):
        await crm.create_task(subject="x", module="Deals", record="Nobody knows this deal")
    with pytest.raises(InvalidInput, match="No active user"):
        await crm.create_task(subject="x", owner="Nobody Atall")
    assert (await crm.list_changes()).count == 0


async def test_a_task_is_taken_back_once_a_person_agrees_to_the_delete(
    crm: AsyncClient, agreed: Callable[..., Awaitable[Written]]
):
    made = await crm.create_task(subject="Send the offer")
    assert (await agreed("undo_change", change_id=made.records[0].change_id)).status == "applied"
    assert await reads.get(crm.org, "Tasks", made.records[0].id) is None
