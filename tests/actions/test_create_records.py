"""Several records at once: names become ids, duplicates are shown first, and every fault is named."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads
from zcrm_tools.errors import InvalidInput


async def test_contacts_are_created_with_their_account_by_name(crm: AsyncClient):
    account, name = (await crm.run_coql(query="select id, Account_Name from Accounts limit 1")).rows[0]
    made = await crm.create_records(
        module="contacts",
        records=[
            {"Last_Name": "Zzyzx", "Account_Name": name, "Owner": "me"},
            {"Last Name": "Yyzzy", "Account_Name": account},
        ],
    )
    assert made.status == "applied"
    for entry in made.records:
        contact = await reads.get(crm.org, "Contacts", entry.id)
        assert contact is not None
        assert contact["Account_Name"]["id"] == account


async def test_a_name_that_two_accounts_have_is_asked_back(crm: AsyncClient):
    twins = await crm.create_records(
        module="Accounts",
        records=[{"Account_Name": "Zzyzx Ltd", "Website": site} for site in ("a.example", "b.example")],
    )
    ids = {entry.id for entry in twins.records}
    assert len(ids) == 2
    with pytest.raises(InvalidInput) as caught:
        await crm.create_records(
            module="Contacts", records=[{"Last_Name": "Rao", "Account_Name": "Zzyzx Ltd"}]
        )
    assert "Zzyzx Ltd" in caught.value.problem.message
    assert ids == {choice.split(" ")[0] for choice in caught.value.problem.allowed}
    assert "a.example" in str(caught.value.problem.allowed)


async def test_accounts_of_the_same_name_are_shown_before_anything_is_written(crm: AsyncClient):
    account, name = (await crm.run_coql(query="select id, Account_Name from Accounts limit 1")).rows[0]
    asked = [{"Account_Name": name}, {"Account_Name": "Nowhere Lighthouses"}]
    shown = await crm.create_records(module="Accounts", records=asked)
    assert shown.status == "waiting"
    assert [match["id"] for match in shown.likely_duplicates] == [account]
    assert (await crm.list_changes()).count == 0
    made = await crm.create_records(module="Accounts", records=asked, plan_id=shown.plan_id)
    assert (made.status, len(made.records)) == ("applied", 2)


async def test_many_people_are_compared_by_e_mail_in_one_query_a_module(crm: AsyncClient):
    taken = (await crm.run_coql(query="select Email, id from Contacts where Email is not null limit 1")).rows[
        0
    ]
    people = [{"Last_Name": f"Zzyzx{n}", "Email": f"zzyzx{n}@nowhere.example"} for n in range(14)]
    before = crm.org.session.credits_spent
    shown = await crm.create_records(
        module="Contacts", records=[*people, {"Last_Name": "Z", "Email": taken[0]}]
    )
    assert [match["id"] for match in shown.likely_duplicates] == [taken[1]]
    assert crm.org.session.credits_spent - before < 15


async def test_faults_of_every_row_are_named_with_their_row(crm: AsyncClient):
    with pytest.raises(InvalidInput) as caught:
        await crm.create_records(
            module="Deals",
            records=[{"Deal_Name": "A", "Stage": "Qualificaton"}, {"Deal_Nam": "B", "Closing_Date": "soon"}],
        )
    places = {(p.where, p.field) for p in caught.value.problems}
    assert {("row 0", "Stage"), ("row 1", "Deal_Nam"), ("row 1", "Closing_Date")} <= places
    assert all("Nothing was written" in p.not_done for p in caught.value.problems)
