"""Calls, with whom and about what."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads
from zcrm_tools.errors import InvalidInput


@pytest.mark.evidence("writes.calls", "writes.what-id")
async def test_a_call_with_a_contact_is_in_the_orgs_zone(crm: AsyncClient, some):
    (contact,) = await some("Contacts")
    made = await crm.log_call(
        subject="Price question",
        start="2026-03-02T15:00:00",
        minutes=12,
        module="Contacts",
        record=contact,
        result="Interested",
    )
    assert made.status == "applied"
    call = await reads.get(crm.org, "Calls", made.records[0].id)
    assert call is not None
    assert (call["Call_Start_Time"], call["Call_Type"]) == ("2026-03-02T15:00:00-05:00", "Outbound")
    assert call["Call_Duration"] == "12:00"
    assert call["Who_Id"]["id"] == contact
    whole = await crm.get_record(module="Contacts", id=contact, include=["Activities"])
    assert "Price question" in [row["Subject"] for row in whole.related["Calls"].dicts()]


async def test_a_call_at_no_known_time_is_refused(crm: AsyncClient):
    with pytest.raises(InvalidInput, match="Call_Start_Time"):
        await crm.log_call(subject="x", start="yesterday afternoon")
