"""One record, and what hangs on it."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.errors import InvalidInput


async def test_a_record_comes_with_what_hangs_on_it(crm: AsyncClient):
    rows = await crm.run_coql(
        query="select 'What_Id->Deals.id' from Tasks where 'What_Id->Deals.id' is not null limit 1"
    )
    deal = rows.rows[0][0]
    whole = await crm.get_record(module="Deals", id=deal, include=["Tasks", "Notes"])
    assert whole.fields["Deal_Name"] == whole.name
    assert whole.related["Tasks"]
    assert not any(name.startswith("$") for name in whole.fields)


async def test_a_record_that_is_not_there_is_refused_in_words(crm: AsyncClient):
    with pytest.raises(InvalidInput, match="There is no Leads record 554023999999999999"):
        await crm.get_record(module="Leads", id="554023999999999999")
    with pytest.raises(InvalidInput, match="15 to 19 digits"):
        await crm.get_record(module="Leads", id="../users")


@pytest.mark.evidence("timeline.shape", "timeline.actions")
async def test_the_timeline_says_who_changed_what_from_what_to_what(crm: AsyncClient, some):
    (deal,) = await some("Deals", 1, "Stage = 'Qualification'")
    await crm.update_deal_stage(deal=deal, stage="Proposal Sent")
    whole = await crm.get_record(module="Deals", id=deal, include=["Timeline"])
    assert whole.timeline[0].changes["Stage"] == ["Qualification", "Proposal Sent"]
    assert whole.timeline[0].by
    assert whole.timeline[0].at.endswith(("-05:00", "-04:00"))


async def test_any_related_list_can_be_included_by_its_label(crm: AsyncClient):
    rows = await crm.run_coql(
        query="select Account_Name from Contacts where Account_Name is not null limit 1"
    )
    account = rows.rows[0][0].split("(")[1][:-1]
    whole = await crm.get_record(
        module="Accounts", id=account, include=["contacts", "Deals", "Member Accounts"]
    )
    assert {"Contacts", "Deals", "Member_Accounts"} == whole.related.keys()
    assert whole.related["Contacts"].count >= 1
    with pytest.raises(InvalidInput) as caught:
        await crm.get_record(module="Accounts", id=account, include=["Contcts"])
    assert caught.value.problem.closest == "Contacts"


async def test_a_concise_record_leaves_machinery_out_and_cuts_long_texts(crm: AsyncClient, some):
    (lead,) = await some("Leads", 1, "Converted__s = 'false'")
    await crm.update_records(module="Leads", records=[{"id": lead, "fields": {"Description": "word " * 300}}])
    short = await crm.get_record(module="Leads", id=lead)
    full = await crm.get_record(module="Leads", id=lead, detail="full")
    assert short.fields.keys() < full.fields.keys()
    assert {"Layout", "Created_By", "Modified_By"} <= full.fields.keys() - short.fields.keys()
    assert short.fields["Description"].endswith("characters more; detail=full]")
    assert len(full.fields["Description"]) == 1500
