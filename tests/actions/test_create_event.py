"""Meetings."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads
from zcrm_tools.errors import InvalidInput


async def test_a_meeting_about_a_deal_has_its_times_and_guests(crm: AsyncClient, some):
    (deal,) = await some("Deals")
    made = await crm.create_event(
        title="Walk through the offer",
        start="2030-05-02T10:00:00",
        end="2030-05-02T11:00:00",
        module="Deals",
        record=deal,
        venue="Their office",
        participants=["guest@customer.example"],
    )
    assert made.status == "applied"
    event = await reads.get(crm.org, "Events", made.records[0].id)
    assert event is not None
    assert (event["Start_DateTime"], event["Venue"]) == ("2030-05-02T10:00:00-04:00", "Their office")
    assert event["What_Id"]["id"] == deal
    assert "guest@customer.example" in str(event["Participants"])


async def test_a_meeting_without_a_day_is_refused(crm: AsyncClient):
    with pytest.raises(InvalidInput, match="Start_DateTime"):
        await crm.create_event(title="x", start="soon", end="later")
