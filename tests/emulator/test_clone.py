"""Cloning records."""

from __future__ import annotations

import pytest

FIELDS = (
    "Company",
    "Last_Name",
    "First_Name",
    "Annual_Revenue",
    "Phone",
    "Description",
    "Lead_Status",
    "Owner",
)


async def clone(api, module, record_id, row=None):
    path = f"/{module}/{record_id}/actions/clone"
    return await api.call("POST", path) if row is None else await api.write("POST", path, row)


def new_id(reply):
    assert reply.status_code == 201, reply.text
    (item,) = reply.json()["data"]
    assert item["message"] == "record added"
    return item["details"]["id"]


@pytest.mark.evidence("clone.copies")
async def test_a_clone_has_the_same_values_and_stamps_of_its_own(api):
    original = api.stored("Leads", api.ids["smith"])
    made = new_id(await clone(api, "Leads", api.ids["smith"]))
    copy = api.stored("Leads", made)
    assert {name: copy[name] for name in FIELDS} == {name: original[name] for name in FIELDS}
    assert copy["Full_Name"] == "Anna Smith"
    assert copy["Created_Time"] > original["Created_Time"]
    assert api.stored("Leads", api.ids["smith"]) == original


@pytest.mark.evidence("clone.copies")
async def test_the_body_says_what_is_different(api):
    made = new_id(await clone(api, "Leads", api.ids["smith"], {"Last_Name": "Other", "Phone": None}))
    copy = api.stored("Leads", made)
    assert (copy["Last_Name"], copy["First_Name"], copy["Phone"]) == ("Other", "Anna", None)


@pytest.mark.evidence("clone.copies")
async def test_line_items_are_cloned_as_new_rows(api):
    products = [{"Product_Name": "Pump", "Unit_Price": 10}]
    product = (await api.write("POST", "/Products", *products)).json()["data"][0]["details"]["id"]
    items = [{"Product_Name": {"id": product}, "Quantity": 3, "List_Price": 10}]
    quote = await api.write("POST", "/Quotes", {"Subject": "Offer", "Quoted_Items": items})
    assert quote.status_code == 201, quote.text
    made = new_id(await clone(api, "Quotes", quote.json()["data"][0]["details"]["id"]))
    (copy,) = (await api.get(f"/Quotes/{made}")).json()["data"]
    assert [row["Quantity"] for row in copy["Quoted_Items"]] == [3]
    assert copy["Grand_Total"] == 30
    assert api.emulator.store.count("Quoted_Items") == 2


@pytest.mark.evidence("clone.copies")
async def test_an_activity_keeps_what_it_is_about_and_an_event_forgets_its_reminder(api):
    made = new_id(await clone(api, "Tasks", api.ids["task"]))
    copy = api.stored("Tasks", made)
    assert (copy["What_Id"], copy["What_Id__module"]) == (api.ids["pumps"], "Deals")
    assert copy["Who_Id"] == api.ids["boyle"]
    event = {
        "Event_Title": "Fair",
        "Start_DateTime": "2026-12-01T09:00:00+00:00",
        "End_DateTime": "2026-12-01T10:00:00+00:00",
        "Remind_At": [{"unit": 15, "period": "minutes"}],
    }
    reply = await api.write("POST", "/Events", event)
    first = reply.json()["data"][0]["details"]["id"]
    assert api.stored("Events", first)["Remind_At"]
    made = new_id(await clone(api, "Events", first))
    assert api.stored("Events", made)["Remind_At"] is None
    assert api.stored("Events", made)["Event_Title"] == "Fair"


@pytest.mark.evidence("clone.refused")
async def test_the_rules_of_creating_apply(api, refused):
    before = api.emulator.store.count("Contacts")
    reply = await clone(api, "Contacts", api.ids["boyle"])
    (item,) = reply.json()["data"]
    assert (reply.status_code, item["code"], item["details"]["api_name"]) == (400, "DUPLICATE_DATA", "Email")
    new_id(await clone(api, "Contacts", api.ids["boyle"], {"Email": "new@example.com"}))
    assert api.emulator.store.count("Contacts") == before + 1
    reply = await clone(api, "Leads", api.ids["smith"], {"Last_Name": None})
    assert reply.json()["data"][0]["code"] == "MANDATORY_NOT_FOUND"
    reply = await clone(api, "Leads", "554023000999999999")
    assert refused(reply, "INVALID_DATA") == {"resource_path_index": 1}
    refused(await clone(api, "Notes", "1"), "NOT_SUPPORTED")
