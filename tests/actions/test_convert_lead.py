"""Converting: what Zoho would be sent is shown, a person agrees, and the lead becomes what was said."""

from __future__ import annotations

import pytest

from zcrm_tools.actions.written import Written
from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads
from zcrm_tools.errors import InvalidInput, NotAllowed


async def lead(crm: AsyncClient) -> tuple[str, str]:
    made = await crm.create_lead(last_name="Zzyzx", first_name="Alma", company="Nowhere Lighthouses")
    return made.records[0].id, "Alma Zzyzx"


async def agreed(crm: AsyncClient, shown: Written, **arguments: object) -> Written:
    assert shown.status == "waiting"
    assert "zcrm approve" in shown.next_step
    assert await crm.approve(shown.plan_id, by="a person")
    return await crm.call("convert_lead", {**arguments, "plan_id": shown.plan_id})


@pytest.mark.evidence("convert.makes-records", "convert.deal-keys")
async def test_a_lead_becomes_contact_account_and_deal_once_a_person_agrees(crm: AsyncClient):
    one, name = await lead(crm)
    asked = {
        "lead": name,
        "deal_name": "A lighthouse",
        "deal_closing_date": "2030-06-30",
        "deal_amount": 9000,
    }
    shown = await crm.call("convert_lead", asked)
    assert (await reads.get_many(crm.org, "Leads", [one], ["Converted__s"]))[one]["Converted__s"] is False
    done = await agreed(crm, shown, **asked)
    assert done.status == "applied"
    made = done.records[0].made
    assert {"Contacts", "Accounts", "Deals"} <= made.keys()
    deals = await crm.run_coql(query="select id, Stage, Amount from Deals where Deal_Name = 'A lighthouse'")
    assert deals.rows[0][1:] == ["Qualification", 9000]
    with pytest.raises(NotAllowed):
        await crm.undo_change(change_id=done.records[0].change_id)


@pytest.mark.evidence("convert.existing")
async def test_a_lead_joins_an_account_that_exists(crm: AsyncClient):
    one, _ = await lead(crm)
    account, name = (await crm.run_coql(query="select id, Account_Name from Accounts limit 1")).rows[0]
    shown = await crm.convert_lead(lead=one, account=name)
    await agreed(crm, shown, lead=one, account=name)
    rows = await crm.run_coql(query="select Account_Name from Contacts where Last_Name = 'Zzyzx'")
    assert account in rows.rows[0][0]


@pytest.mark.evidence("convert.options")
async def test_accounts_that_match_the_lead_are_named_before(crm: AsyncClient):
    account, name = (await crm.run_coql(query="select id, Account_Name from Accounts limit 1")).rows[0]
    made = await crm.create_lead(last_name="Zzyzx", company=name)
    shown = await crm.convert_lead(lead=made.records[0].id)
    assert account in [match["id"] for match in shown.likely_duplicates]


@pytest.mark.evidence("convert.stage", "convert.marks-the-lead")
async def test_what_a_deal_lacks_is_named_and_a_converted_lead_refused(crm: AsyncClient):
    one, _ = await lead(crm)
    with pytest.raises(InvalidInput, match=r"[Cc]losing"):
        await crm.convert_lead(lead=one, deal_name="A lighthouse")
    with pytest.raises(InvalidInput, match="without deal_name"):
        await crm.convert_lead(lead=one, deal_amount=5)
    with pytest.raises(InvalidInput) as caught:
        await crm.convert_lead(
            lead=one, deal_name="X", deal_closing_date="2030-01-01", deal_stage="Negotation/Review"
        )
    assert caught.value.problem.closest == "Negotiation/Review"
    done = (await crm.run_coql(query="select id from Leads where Converted__s = 'true' limit 1")).rows[0][0]
    with pytest.raises(InvalidInput, match="was converted before"):
        await crm.convert_lead(lead=done)
