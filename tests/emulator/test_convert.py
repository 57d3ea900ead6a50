"""Converting leads: what is made, what moves, what is refused; one at once and many as a job."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

DEAL = {
    "Deal_Name": "Big one",
    "Closing_Date": "2026-12-24",
    "Stage": "Qualification",
    "Pipeline": "Standard (Standard)",
}


async def convert(api, lead, row=None, version=""):
    return await api.write("POST", f"/Leads/{lead}/actions/convert", row or {}, version=version)


def details(reply):
    assert reply.status_code == 200, reply.text
    (item,) = reply.json()["data"]
    assert (item["code"], item["status"]) == ("SUCCESS", "success")
    assert item["message"] == "The record has been converted successfully"
    return item["details"]


def refusal(reply):
    assert reply.status_code == 400, reply.text
    (item,) = reply.json()["data"]
    assert item["status"] == "error"
    return item


def counts(api):
    return [api.emulator.store.count(module) for module in ("Contacts", "Accounts", "Deals")]


@pytest.mark.evidence("convert.makes-records")
async def test_a_lead_becomes_a_contact_and_an_account_and_no_deal(api):
    made = details(await convert(api, api.ids["smith"]))
    assert made["Deals"] is None
    assert made["Contacts"]["name"] == "Anna Smith"
    assert made["Accounts"]["name"] == "Smith, Inc (Berlin)"
    contact = api.stored("Contacts", made["Contacts"]["id"])
    assert contact["Account_Name"] == int(made["Accounts"]["id"])


@pytest.mark.evidence("convert.makes-records")
async def test_a_lead_without_a_company_makes_no_account(api):
    api.emulator.store.update("Leads", api.ids["smith"], {"Company": None})
    made = details(await convert(api, api.ids["smith"]))
    assert made["Accounts"] is None
    assert api.stored("Contacts", made["Contacts"]["id"])["Account_Name"] is None


@pytest.mark.evidence("convert.makes-records", "convert.map")
async def test_a_deal_hangs_on_the_new_contact_and_account(api):
    api.emulator.store.update("Leads", api.ids["smith"], {"Lead_Source": "Trade Show"})
    made = details(await convert(api, api.ids["smith"], {"Deals": {**DEAL, "Amount": 500}}))
    deal = api.stored("Deals", made["Deals"]["id"])
    assert (deal["Deal_Name"], deal["Amount"], deal["Lead_Source"]) == ("Big one", 500, "Trade Show")
    assert deal["Probability"] == 10
    assert deal["Account_Name"] == int(made["Accounts"]["id"])
    assert deal["Contact_Name"] == int(made["Contacts"]["id"])


@pytest.mark.evidence("convert.map")
async def test_values_go_where_the_conversion_map_sends_them(api):
    lead = api.ids["smith"]
    api.emulator.store.update(
        "Leads",
        lead,
        {
            "Designation": "CTO",
            "Street": "Am Markt 1",
            "City": "Berlin",
            "Industry": "ERP",
            "No_of_Employees": 7,
            "Website": "smith.example",
        },
    )
    made = details(await convert(api, lead))
    contact = api.stored("Contacts", made["Contacts"]["id"])
    account = api.stored("Accounts", made["Accounts"]["id"])
    assert (contact["Title"], contact["Mailing_Street"], contact["Mailing_City"]) == (
        "CTO",
        "Am Markt 1",
        "Berlin",
    )
    assert (contact["Email"], contact["Phone"]) == ("anna@lead.example", "+49 30 1234")
    assert (account["Billing_Street"], account["Industry"], account["Employees"]) == ("Am Markt 1", "ERP", 7)
    assert (account["Website"], account["Phone"], account["Annual_Revenue"]) == (
        "smith.example",
        "+49 30 1234",
        100_000,
    )


@pytest.mark.evidence("convert.deal-keys")
@pytest.mark.parametrize("key", DEAL)
async def test_a_deal_without_a_mandatory_key_converts_nothing(api, key):
    before = counts(api)
    deal = {name: value for name, value in DEAL.items() if name != key}
    item = refusal(await convert(api, api.ids["smith"], {"Deals": deal}))
    assert item["code"] == "MANDATORY_NOT_FOUND"
    assert item["details"] == {"api_name": key, "json_path": f"$.data[0].{key}"}
    assert counts(api) == before
    assert not api.stored("Leads", api.ids["smith"])["Converted__s"]


@pytest.mark.evidence("convert.stage")
async def test_a_stage_outside_the_pipeline_converts_nothing(api):
    before = counts(api)
    item = refusal(await convert(api, api.ids["smith"], {"Deals": {**DEAL, "Stage": "Nowhere"}}))
    assert item["code"] == "MAPPING_MISMATCH"
    assert item["details"]["mapped_field"] == "Pipeline"
    assert counts(api) == before


@pytest.mark.evidence("convert.existing")
async def test_existing_records_are_joined_and_keep_their_data(api):
    row = {"Accounts": {"id": str(api.ids["acme"])}, "Contacts": {"id": str(api.ids["marrs"])}}
    made = details(await convert(api, api.ids["smith"], row))
    assert made["Accounts"] == {"name": "Acme Works", "id": str(api.ids["acme"])}
    assert made["Contacts"] == {"name": "Kris Marrs", "id": str(api.ids["marrs"])}
    assert api.stored("Contacts", api.ids["marrs"])["Account_Name"] == api.ids["bolt"]
    assert api.stored("Accounts", api.ids["acme"])["Account_Name"] == "Acme Works"


@pytest.mark.evidence("convert.existing")
async def test_overwrite_moves_an_existing_contact_to_the_account(api):
    row = {
        "Accounts": {"id": str(api.ids["acme"])},
        "Contacts": {"id": str(api.ids["marrs"])},
        "overwrite": True,
    }
    details(await convert(api, api.ids["smith"], row))
    assert api.stored("Contacts", api.ids["marrs"])["Account_Name"] == api.ids["acme"]
    assert api.stored("Accounts", api.ids["acme"])["Account_Name"] == "Acme Works"


@pytest.mark.evidence("convert.existing")
@pytest.mark.parametrize("key", ["Accounts", "Contacts", "assign_to"])
async def test_an_unknown_record_or_user_is_refused(api, key):
    before = counts(api)
    item = refusal(await convert(api, api.ids["smith"], {key: {"id": "554023000999999999"}}))
    assert item["code"] == "INVALID_DATA"
    assert item["details"] == {"api_name": "id", "json_path": f"$.data[0].{key}.id"}
    assert counts(api) == before


@pytest.mark.evidence("convert.makes-records")
async def test_add_to_existing_record_joins_what_matches(api):
    api.emulator.store.update(
        "Leads", api.ids["smith"], {"Company": "acme works", "Email": "ADA@example.com"}
    )
    made = details(await convert(api, api.ids["smith"], {"add_to_existing_record": True}))
    assert made["Accounts"]["id"] == str(api.ids["acme"])
    assert made["Contacts"]["id"] == str(api.ids["boyle"])


@pytest.mark.evidence("convert.owner")
async def test_the_user_in_assign_to_owns_what_is_made(api):
    row = {"assign_to": {"id": str(api.ids["seller"])}, "Deals": DEAL}
    made = details(await convert(api, api.ids["smith"], row))
    owners = {api.stored(module, made[module]["id"])["Owner"] for module in made}
    assert owners == {api.ids["seller"]}
    made = details(await convert(api, api.ids["smithson"]))
    assert api.stored("Contacts", made["Contacts"]["id"])["Owner"] == api.ids["admin"]


@pytest.mark.evidence("convert.role")
async def test_the_contact_gets_its_role_in_the_deal(api):
    roles = (await api.get("/Contacts/roles")).json()["contact_roles"]
    deal = {**DEAL, "Contact_Role": roles[0]["id"]}
    made = details(await convert(api, api.ids["smith"], {"Deals": deal}))
    listed = await api.get(f"/Deals/{made['Deals']['id']}/Contact_Roles", fields="Last_Name,Contact_Role")
    (contact,) = listed.json()["data"]
    assert contact["id"] == made["Contacts"]["id"]
    assert contact["Contact_Role"]["name"] == roles[0]["name"]
    item = refusal(await convert(api, api.ids["smithson"], {"Deals": {**deal, "Contact_Role": "5"}}))
    assert item["details"]["json_path"] == "$.data[0].Contact_Role"


@pytest.mark.evidence("convert.tags")
async def test_only_the_named_tags_go_along(api):
    lead = api.ids["smith"]
    await api.write("PUT", f"/Leads/{lead}", {"Tag": [{"name": "vip"}, {"name": "fair"}]})
    tags = {"Contacts": ["vip"], "Accounts": [{"name": "fair"}]}
    made = details(await convert(api, lead, {"carry_over_tags": tags, "Deals": DEAL}))

    def names(module):
        row = api.stored(module, made[module]["id"])
        return [tag["name"] for tag in json.loads(row["Tag"] or "[]")]

    assert (names("Contacts"), names("Accounts"), names("Deals")) == (["vip"], ["fair"], [])


@pytest.mark.evidence("convert.tags")
async def test_a_tag_that_the_lead_does_not_carry_is_refused(api):
    item = refusal(await convert(api, api.ids["smith"], {"carry_over_tags": {"Contacts": ["vip"]}}))
    assert item["details"]["json_path"] == "$.data[0].carry_over_tags.Contacts[0]"


@pytest.mark.evidence("convert.moves")
async def test_notes_activities_and_attachments_move(api):
    lead = api.ids["smith"]
    note = await api.write("POST", f"/Leads/{lead}/Notes", {"Note_Content": "hello"})
    note_id = note.json()["data"][0]["details"]["id"]
    files = {"file": ("a.txt", b"abc", "text/plain")}
    assert (await api.call("POST", f"/Leads/{lead}/Attachments", files=files)).status_code == 200
    row = {"Deals": DEAL, "move_attachments_to": {"api_name": "Deals"}}
    made = details(await convert(api, lead, row))
    contact, deal = int(made["Contacts"]["id"]), int(made["Deals"]["id"])
    stored = api.stored("Notes", note_id)
    assert (stored["Parent_Id"], stored["Parent_Id__module"]) == (contact, "Contacts")
    task = api.stored("Tasks", api.ids["task2"])
    assert (task["Who_Id"], task["What_Id"], task["What_Id__module"]) == (contact, deal, "Deals")
    listed = await api.get(f"/Deals/{deal}/Attachments", fields="File_Name")
    assert [one["File_Name"] for one in listed.json()["data"]] == ["a.txt"]
    assert (await api.get(f"/Leads/{lead}/Attachments", fields="File_Name")).status_code == 204


@pytest.mark.evidence("convert.moves")
async def test_without_a_deal_attachments_go_to_the_contact_and_tasks_to_the_account(api):
    lead = api.ids["smith"]
    files = {"file": ("a.txt", b"abc", "text/plain")}
    await api.call("POST", f"/Leads/{lead}/Attachments", files=files)
    made = details(await convert(api, lead, {"move_attachments_to": {"api_name": "Deals"}}))
    listed = await api.get(f"/Contacts/{made['Contacts']['id']}/Attachments", fields="File_Name")
    assert listed.status_code == 200
    task = api.stored("Tasks", api.ids["task2"])
    assert (task["What_Id"], task["What_Id__module"]) == (int(made["Accounts"]["id"]), "Accounts")
    item = refusal(await convert(api, api.ids["ünal"], {"move_attachments_to": {"api_name": "Tasks"}}))
    assert item["details"]["supported_values"] == ["Contacts", "Accounts", "Deals"]


@pytest.mark.evidence("convert.marks-the-lead")
async def test_a_converted_lead_says_so_and_leaves_the_lists(api, refused):
    lead = api.ids["smith"]
    made = details(await convert(api, lead, {"Deals": DEAL}))
    (row,) = (await api.get(f"/Leads/{lead}")).json()["data"]
    assert row["Converted__s"] is True
    assert row["Converted_Date_Time"] == "2026-11-24T09:00:00+00:00"
    assert row["Lead_Conversion_Time"] == 9
    assert row["Converted_Contact"] == made["Contacts"]
    assert row["Converted_Account"] == made["Accounts"]
    assert row["Converted_Deal"] == made["Deals"]
    assert api.stored("Deals", made["Deals"]["id"])["Lead_Conversion_Time"] == 9
    listed = (await api.get("/Leads", fields="id")).json()["data"]
    assert str(lead) not in [one["id"] for one in listed]
    listed = (await api.get("/Leads", fields="id", converted="true")).json()["data"]
    assert str(lead) in [one["id"] for one in listed]
    found = await api.coql(f"select Last_Name, Converted__s from Leads where id = {lead}")
    assert found.json()["data"][0]["Converted__s"] is True
    assert refused(await convert(api, lead), "ID_ALREADY_CONVERTED") == {"resource_path_index": 1}


@pytest.mark.evidence("convert.marks-the-lead")
async def test_an_unknown_or_locked_lead_cannot_be_converted(api, refused):
    assert refused(await convert(api, 554023000999999999), "INVALID_DATA") == {"resource_path_index": 1}
    lock = await api.write(
        "POST", f"/Leads/{api.ids['smith']}/Locking_Information__s", {"Locked_Reason__s": "audit"}
    )
    assert lock.status_code == 201, lock.text
    refused(await convert(api, api.ids["smith"]), "RECORD_LOCKED")


@pytest.mark.evidence("convert.v2-reply")
async def test_before_v6_ids_are_bare(api):
    row = {"Accounts": str(api.ids["acme"]), "assign_to": str(api.ids["seller"])}
    reply = await convert(api, api.ids["smith"], row, version="v2")
    assert reply.status_code == 200, reply.text
    (made,) = reply.json()["data"]
    assert made == {"Contacts": made["Contacts"], "Deals": None, "Accounts": str(api.ids["acme"])}
    assert api.stored("Contacts", made["Contacts"])["Owner"] == api.ids["seller"]
    deal = {name: value for name, value in DEAL.items() if name != "Pipeline"}
    reply = await convert(api, api.ids["smithson"], {"Deals": deal}, version="v2")
    assert reply.json()["data"][0]["Deals"].isdigit()


@pytest.mark.evidence("convert.duplicate")
async def test_an_email_that_a_contact_has_refuses_the_conversion(api):
    api.emulator.store.update("Leads", api.ids["smith"], {"Email": "ada@example.com"})
    before = counts(api)
    item = refusal(await convert(api, api.ids["smith"]))
    assert item["code"] == "DUPLICATE_DATA"
    assert item["details"]["id"] == str(api.ids["boyle"])
    assert counts(api) == before


@pytest.mark.parametrize(
    ("row", "path"),
    [
        ({"overwrite": "yes"}, "$.data[0].overwrite"),
        ({"Accounts": "1"}, "$.data[0].Accounts"),
        ({"Deals": []}, "$.data[0].Deals"),
        ({"carry_over_tags": []}, "$.data[0].carry_over_tags"),
        ({"carry_over_tags": {"Contacts": "vip"}}, "$.data[0].carry_over_tags.Contacts"),
        ({"move_attachments_to": "Deals"}, "$.data[0].move_attachments_to"),
    ],
)
async def test_values_of_the_wrong_type_are_refused_where_they_stand(api, row, path):
    item = refusal(await convert(api, api.ids["smith"], row))
    assert item["code"] == "INVALID_DATA"
    assert item["details"]["json_path"] == path


# ---- options


@pytest.mark.evidence("convert.options")
async def test_options_show_contacts_and_accounts_that_match(api):
    lead = api.ids["smith"]
    assert (await api.get(f"/Leads/{lead}/__conversion_options")).status_code == 204
    api.emulator.store.update("Leads", lead, {"Company": "Bolt Ltd", "Email": "kris@example.com"})
    found = (await api.get(f"/Leads/{lead}/__conversion_options")).json()["__conversion_options"]
    assert found["module_preference"]["api_name"] == "Contacts"
    (contact,) = found["Contacts"]
    assert contact["id"] == str(api.ids["marrs"])
    assert contact["Account_Name"] == {"name": "Bolt Ltd", "id": str(api.ids["bolt"])}
    (account,) = found["Accounts"]
    assert (account["Account_Name"], account["id"]) == ("Bolt Ltd", str(api.ids["bolt"]))
    (matched,) = found["preference_field_matched_value"]["Contacts"]
    assert matched["field"]["api_name"] == "Email"
    assert matched["matched_lead_value"] == "kris@example.com"


@pytest.mark.evidence("convert.options")
async def test_options_fall_back_to_the_name_and_prefer_the_account(api, refused):
    lead = api.ids["smith"]
    changes = {"Company": "Bolt Ltd", "Email": None, "Full_Name": "Ada Boyle"}
    api.emulator.store.update("Leads", lead, changes)
    found = (await api.get(f"/Leads/{lead}/__conversion_options")).json()["__conversion_options"]
    assert found["module_preference"]["api_name"] == "Accounts"
    assert [one["id"] for one in found["Contacts"]] == [str(api.ids["boyle"])]
    reply = await api.get("/Leads/554023000999999999/__conversion_options")
    assert refused(reply, "INVALID_DATA") == {"resource_path_index": 1}


# ---- many


async def mass(api, **body):
    return await api.call("POST", "/Leads/actions/mass_convert", json=body)


async def state(api, job):
    reply = await api.get("/Leads/actions/mass_convert", job_id=job)
    assert reply.status_code == 200, reply.text
    return reply.json()["data"][0]


@pytest.mark.evidence("convert.mass")
async def test_leads_are_converted_when_the_job_runs(api):
    store, clock = api.emulator.store, api.emulator.clock
    ids = [str(api.ids[name]) for name in ("smith", "smithson", "gone")]
    owner = str(api.ids["seller"])
    reply = await mass(
        api, ids=ids, assign_to={"id": owner}, Deals=DEAL, related_modules=[{"api_name": "Tasks"}]
    )
    assert reply.status_code == 202
    assert (reply.json()["code"], reply.json()["message"]) == (
        "SCHEDULED",
        "Mass Convert scheduled successfully",
    )
    job = reply.json()["details"]["job_id"]
    waiting = {"Failed_Count": 0, "Not_Converted_Count": 3, "Total_Count": 3, "Converted_Count": 0}
    assert await state(api, job) == {"Status": "scheduled", **waiting}
    clock.advance(timedelta(seconds=2))
    assert await state(api, job) == {"Status": "in progress", **waiting}
    assert store.count("Deals") == 3
    clock.advance(timedelta(seconds=1))
    done = {"Failed_Count": 1, "Not_Converted_Count": 0, "Total_Count": 3, "Converted_Count": 2}
    assert await state(api, job) == {"Status": "completed", **done}
    assert store.count("Deals") == 5
    lead = api.stored("Leads", ids[0])
    assert api.stored("Contacts", lead["Converted_Contact"])["Owner"] == int(owner)
    task = api.stored("Tasks", api.ids["task2"])
    assert (task["Owner"], task["What_Id"]) == (int(owner), lead["Converted_Deal"])


@pytest.mark.evidence("convert.mass")
async def test_a_job_done_late_bears_the_time_it_was_due(api):
    reply = await mass(api, ids=[str(api.ids["smith"])], assign_to={"id": str(api.ids["seller"])})
    api.emulator.clock.advance(timedelta(minutes=30))
    await state(api, reply.json()["details"]["job_id"])
    (row,) = (await api.get(f"/Leads/{api.ids['smith']}")).json()["data"]
    assert row["Converted_Date_Time"] == "2026-11-24T09:00:03+00:00"


@pytest.mark.evidence("convert.mass", "convert.mass-refused")
async def test_what_a_mass_conversion_refuses(api, refused):
    lead, to = str(api.ids["smith"]), {"id": str(api.ids["seller"])}
    assert refused(await mass(api, assign_to=to), "MANDATORY_NOT_FOUND")["json_path"] == "$.ids"
    assert refused(await mass(api, ids=[lead]), "MANDATORY_NOT_FOUND")["json_path"] == "$.assign_to"
    details = refused(await mass(api, ids=[lead] * 51, assign_to=to), "LIMIT_EXCEEDED")
    assert details == {"limit": 50, "limit_due_to": [{"api_name": "ids", "json_path": "$.ids"}]}
    details = refused(await mass(api, ids=[lead, "5"], assign_to=to), "INVALID_DATA")
    assert details["json_path"] == "$.ids[1]"
    details = refused(await mass(api, ids=["x"], assign_to=to), "INVALID_DATA")
    assert details["expected_data_type"] == "long"
    deal = {"Deal_Name": "only"}
    details = refused(await mass(api, ids=[lead], assign_to=to, Deals=deal), "MULTIPLE_OR_MULTI_ERRORS")
    assert details["errors"][0]["details"]["json_path"] == "$.Deals.Closing_Date"
    wrong = [{"api_name": "Tasks", "id": str(api.emulator.store.modules["Calls"].id)}]
    reply = await mass(api, ids=[lead], assign_to=to, related_modules=wrong)
    assert len(refused(reply, "AMBIGUITY_DURING_PROCESSING")["ambiguity_due_to"]) == 2
    reply = await mass(api, ids=[lead], assign_to=to, related_modules=[{}])
    refused(reply, "EXPECTED_FIELD_MISSING")


@pytest.mark.evidence("convert.mass-refused")
async def test_the_status_of_no_job_is_refused(api, refused):
    reply = await api.get("/Leads/actions/mass_convert")
    assert refused(reply, "REQUIRED_PARAM_MISSING")["param"] == "job_id"
    reply = await api.get("/Leads/actions/mass_convert", job_id="12")
    assert refused(reply, "INVALID_DATA") == {"param_name": "job_id"}
