"""Where a record is in its process."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.emulator.transitions import define
from zcrm_tools.testing import ZohoOrg


@pytest.fixture
async def lead(crm: AsyncClient, zoho_org: ZohoOrg) -> str:
    """A lead in a process with one way on, which asks for a fax number."""
    way = {"name": "Give up", "from": "Not Contacted", "to": "Lost Lead", "fields": ["Fax"]}
    process = {"module": "Leads", "field": "Lead_Status", "name": "Nurturing", "transitions": [way]}
    define(zoho_org.emulator.store, process)
    made = await crm.create_lead(last_name="Zzyzx", status="Not Contacted")
    return made.records[0].id


@pytest.mark.evidence("blueprint.get")
async def test_a_record_in_a_process_shows_its_ways_on(crm: AsyncClient, lead: str):
    shown = await crm.get_blueprint(module="leads", id=lead)
    assert (shown.blueprint, shown.field, shown.value) == ("Nurturing", "Lead_Status", "Not Contacted")
    (way,) = shown.transitions
    assert (way.name, way.to, way.asks_for) == ("Give up", "Lost Lead", ["Fax"])


@pytest.mark.evidence("blueprint.not-in-process")
async def test_a_record_outside_a_blueprint_says_so(crm: AsyncClient, some):
    (outside,) = await some("Leads")
    shown = await crm.get_blueprint(module="Leads", id=outside)
    assert shown.transitions == []
    assert "in no blueprint" in shown.note
