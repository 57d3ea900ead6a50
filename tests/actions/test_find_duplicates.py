"""The same person twice, however it is written."""

from __future__ import annotations

from zcrm_tools.client import AsyncClient


async def test_e_mails_phones_and_names_are_compared_as_people_mean_them(crm: AsyncClient):
    made = await crm.create_records(
        module="Leads",
        records=[
            {
                "Last_Name": "Zzyzx",
                "Company": "Nowhere",
                "Email": "alma@nowhere.example",
                "Phone": "+47 22 00 11 22 33",
            },
            {"Last_Name": "Alma Z.", "Company": "Elsewhere", "Email": "ALMA@nowhere.example"},
            {"Last_Name": "Other", "Company": "Elsewhere", "Mobile": "(22) 0011-2233"},
            {"Last_Name": "zzyzx", "Company": "nowhere"},
        ],
    )
    one, two, three, four = (entry.id for entry in made.records)
    shown = await crm.find_duplicates(module="leads", limit=200)
    sets = {
        group.why.split(" (")[0]: {row[0] for row in group.records}
        for group in shown.groups
        if one in str(group)
    }
    assert sets == {
        "same e-mail": {one, two},
        "same phone": {one, three},
        "same name and company": {one, four},
    }
    total = await crm.run_coql(query="select COUNT(id) from Leads where Converted__s = 'false'")
    assert shown.looked_at == total.rows[0][0]
    assert shown.found == len(shown.groups)


async def test_accounts_are_compared_by_name_and_website(crm: AsyncClient):
    made = await crm.create_records(
        module="Accounts",
        records=[
            {"Account_Name": "Zzyzx Ltd", "Website": "https://www.zzyzx.example/"},
            {"Account_Name": "Zzyzx Limited", "Website": "zzyzx.example"},
        ],
    )
    shown = await crm.find_duplicates(module="Accounts", limit=1)
    assert shown.found >= 1
    everything = await crm.find_duplicates(module="Accounts", limit=200)
    assert {entry.id for entry in made.records} in [
        {row[0] for row in group.records} for group in everything.groups
    ]
    if shown.found > 1:
        assert shown.note == f"{shown.found - 1} more groups; a larger limit shows them."
