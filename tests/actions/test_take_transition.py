"""A step of a process, by its name, with what it asks for."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads
from zcrm_tools.emulator.transitions import define
from zcrm_tools.errors import InvalidInput
from zcrm_tools.testing import ZohoOrg


@pytest.fixture
async def lead(crm: AsyncClient, zoho_org: ZohoOrg) -> str:
    """A lead in a process with one way on, which asks for a fax number."""
    way = {"name": "Give up", "from": "Not Contacted", "to": "Lost Lead", "fields": ["Fax"]}
    process = {"module": "Leads", "field": "Lead_Status", "name": "Nurturing", "transitions": [way]}
    define(zoho_org.emulator.store, process)
    made = await crm.create_lead(last_name="Zzyzx", status="Not Contacted")
    return made.records[0].id


@pytest.mark.evidence("blueprint.update")
async def test_a_transition_moves_the_record_once_a_person_agrees(crm: AsyncClient, lead: str):
    asked = {"module": "Leads", "id": lead, "transition": "give up", "fields": {"Fax": "123"}}
    shown = await crm.call("take_transition", asked)
    assert shown.status == "waiting"
    await crm.approve(shown.plan_id, by="a person")
    assert (await crm.call("take_transition", {**asked, "plan_id": shown.plan_id})).status == "applied"
    record = await reads.get(crm.org, "Leads", lead)
    assert record is not None
    assert (record["Lead_Status"], record["Fax"]) == ("Lost Lead", "123")


async def test_what_is_no_way_on_or_lacks_a_field_is_refused(crm: AsyncClient, lead: str, some):
    with pytest.raises(InvalidInput) as caught:
        await crm.take_transition(module="Leads", id=lead, transition="Give in")
    assert caught.value.problem.closest == "Give up"
    with pytest.raises(InvalidInput, match="asks for Fax"):
        await crm.take_transition(module="Leads", id=lead, transition="Give up")
    (outside,) = await some("Leads")
    with pytest.raises(InvalidInput, match="in no blueprint"):
        await crm.take_transition(module="Leads", id=outside, transition="Next")
