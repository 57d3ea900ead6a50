"""A new lead, unless it is likely there already."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.errors import InvalidInput


async def test_a_likely_duplicate_is_shown_and_not_created(crm: AsyncClient):
    rows = await crm.run_coql(
        query="select First_Name, Last_Name, Company, Email from Leads where (Email is not null and Converted__s = 'false') limit 1"
    )
    first, last, company, email, lead = rows.rows[0]
    asked = {"last_name": last, "first_name": first or "", "company": company, "email": email.upper()}
    shown = await crm.create_lead(**asked)
    assert shown.status == "waiting"
    assert lead in [d["id"] for d in shown.likely_duplicates]
    assert "same e-mail" in str(shown.likely_duplicates)
    assert (await crm.list_changes()).count == 0
    made = await crm.create_lead(**asked, plan_id=shown.plan_id)
    assert made.status == "applied"
    assert made.records[0].id != lead


async def test_an_identical_create_within_ten_minutes_gives_the_first_receipt(crm: AsyncClient):
    asked = {"last_name": "Zzyzx", "company": "Nowhere Lighthouses"}
    first = await crm.create_lead(**asked)
    again = await crm.create_lead(**asked)
    assert first.records[0].id == again.records[0].id
    assert (await crm.list_changes()).count == 1
    repeated = await crm.create_lead(**asked, repeat=True)
    assert repeated.status == "waiting"
    assert repeated.likely_duplicates


async def test_all_faults_of_a_lead_are_named_at_once(crm: AsyncClient):
    with pytest.raises(InvalidInput) as caught:
        await crm.create_lead(
            last_name="Novotná", email="nope", more={"Annual_Revenu": 5, "No_of_Employees": "many"}
        )
    assert {(p.code, p.field) for p in caught.value.problems} == {
        ("INVALID_DATA", "Email"),
        ("UNKNOWN_FIELD", "Annual_Revenu"),
        ("INVALID_DATA", "No_of_Employees"),
    }
    assert all("Nothing was written" in p.not_done for p in caught.value.problems)


async def test_an_unlisted_source_is_written_with_a_warning(crm: AsyncClient):
    made = await crm.create_lead(last_name="Zzyzx", company="Nowhere Lighthouses", source="Billboard")
    assert made.status == "applied"
    assert "'Billboard' is not a value of Lead_Source" in made.warnings[0]
