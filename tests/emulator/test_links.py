"""Related records: linked, unlinked, read one by one, counted."""

from __future__ import annotations

import pytest

from zcrm_tools.emulator import relations

evidence = pytest.mark.evidence
NOBODY = "554023000009999999"


@pytest.fixture
async def campaign(api):
    reply = await api.write("POST", "/Campaigns", {"Campaign_Name": "Fair"})
    return reply.json()["data"][0]["details"]["id"]


async def members(api, campaign, module="Leads"):
    reply = await api.get(f"/Campaigns/{campaign}/{module}", fields="Last_Name,Member_Status")
    return [] if reply.status_code == 204 else reply.json()["data"]


@evidence("related.link")
async def test_leads_become_members_of_a_campaign(api, campaign):
    rows = [
        {"id": str(api.ids["smith"]), "Member_Status": "Active"},
        {"id": str(api.ids["smithson"])},
    ]
    reply = await api.write("PUT", f"/Campaigns/{campaign}/Leads", *rows)
    assert reply.status_code == 200
    assert reply.json()["data"][0] == {
        "code": "SUCCESS",
        "details": {"id": rows[0]["id"]},
        "message": "relation added",
        "status": "success",
    }
    assert sorted((row["Last_Name"], row["Member_Status"]) for row in await members(api, campaign)) == [
        ("Smith", "Active"),
        ("Smithson", None),
    ]
    back = await api.get(f"/Leads/{api.ids['smith']}/Campaigns", fields="Campaign_Name,Member_Status")
    assert back.json()["data"] == [{"Campaign_Name": "Fair", "id": campaign, "Member_Status": "Active"}]
    assert back.json()["info"]["count"] == 1


@evidence("related.link")
async def test_a_link_is_made_from_either_side_and_its_status_changes(api, campaign):
    lead = api.ids["smith"]
    await api.write("PUT", f"/Leads/{lead}/Campaigns/{campaign}", {"Member_Status": "Planned"})
    await api.write("PUT", f"/Campaigns/{campaign}/Leads/{lead}", {"Member_Status": "Responded"})
    assert [row["Member_Status"] for row in await members(api, campaign)] == ["Responded"]
    await api.write("PUT", f"/Campaigns/{campaign}/Leads/{lead}", {})
    assert [row["Member_Status"] for row in await members(api, campaign)] == ["Responded"]


@evidence("related.linkable")
@pytest.mark.parametrize(
    ("module", "key"), [("Leads", "smith"), ("Contacts", "boyle"), ("Accounts", "acme"), ("Deals", "pumps")]
)
async def test_products_are_linked(api, module, key):
    made = await api.write("POST", "/Products", {"Product_Name": "Pump"})
    product = made.json()["data"][0]["details"]["id"]
    reply = await api.write("PUT", f"/{module}/{api.ids[key]}/Products", {"id": product})
    assert reply.json()["data"][0]["message"] == "relation added"
    there = await api.get(f"/{module}/{api.ids[key]}/Products", fields="Product_Name")
    assert [row["id"] for row in there.json()["data"]] == [product]
    back = await api.get(f"/Products/{product}/{module}", fields="id")
    assert [row["id"] for row in back.json()["data"]] == [str(api.ids[key])]


@evidence("related.linkable")
async def test_lists_that_follow_a_lookup_cannot_be_linked_into(api, refused):
    path = f"/Accounts/{api.ids['acme']}/Contacts"
    details = refused(await api.write("PUT", path, {"id": str(api.ids["marrs"])}), "INVALID_DATA")
    assert details == {"resource_path_index": 2}
    refused(await api.call("DELETE", f"{path}/{api.ids['boyle']}"), "INVALID_DATA")
    refused(await api.write("PUT", f"/Leads/{api.ids['smith']}/Nonsense", {"id": "1"}), "INVALID_DATA")
    assert api.stored("Contacts", api.ids["boyle"])["Account_Name"] == api.ids["acme"]


@evidence("related.bad-id")
async def test_a_link_to_nothing_is_refused_and_its_neighbour_made(api, campaign, refused):
    rows = [{"id": NOBODY}, {}, {"id": str(api.ids["smith"])}, {"id": str(api.ids["boyle"])}]
    reply = await api.write("PUT", f"/Campaigns/{campaign}/Leads", *rows)
    assert reply.status_code == 207
    assert [item["code"] for item in reply.json()["data"]] == [
        "INVALID_DATA",
        "MANDATORY_NOT_FOUND",
        "SUCCESS",
        "INVALID_DATA",
    ]
    assert [row["id"] for row in await members(api, campaign)] == [str(api.ids["smith"])]
    details = refused(await api.write("PUT", f"/Campaigns/{NOBODY}/Leads", rows[2]), "INVALID_DATA")
    assert details == {"resource_path_index": 1}
    many = [{"id": str(api.ids["smith"])}] * 101
    refused(await api.write("PUT", f"/Campaigns/{campaign}/Leads", *many), "LIMIT_EXCEEDED")


@evidence("related.unlink", "related.unlink-ids")
async def test_links_are_removed_one_by_one_and_by_ids(api, campaign, refused):
    leads = [str(api.ids[key]) for key in ("smith", "smithson", "ünal")]
    path = f"/Campaigns/{campaign}/Leads"
    await api.write("PUT", path, *({"id": lead} for lead in leads))
    reply = await api.call("DELETE", f"{path}/{leads[0]}")
    assert reply.json()["data"] == [
        {
            "code": "SUCCESS",
            "details": {"id": leads[0]},
            "message": "relation removed",
            "status": "success",
        }
    ]
    reply = await api.call("DELETE", f"{path}?ids={leads[1]},{leads[0]}")
    assert reply.status_code == 207
    assert [item["code"] for item in reply.json()["data"]] == ["SUCCESS", "INVALID_DATA"]
    assert [row["id"] for row in await members(api, campaign)] == [leads[2]]
    assert api.stored("Leads", leads[0]) is not None
    refused(await api.call("DELETE", path), "REQUIRED_PARAM_MISSING")
    refused(await api.call("DELETE", f"{path}?ids=a,b"), "UNABLE_TO_PARSE_DATA_TYPE")
    refused(await api.call("DELETE", f"{path}?ids={','.join(leads * 34)}"), "LIMIT_EXCEEDED")


@evidence("related.one")
async def test_one_related_record_is_read(api, campaign):
    lead = str(api.ids["smith"])
    await api.write("PUT", f"/Campaigns/{campaign}/Leads/{lead}", {"Member_Status": "Sent"})
    reply = await api.get(f"/Campaigns/{campaign}/Leads/{lead}")
    (row,) = reply.json()["data"]
    assert (row["id"], row["Last_Name"], row["Member_Status"]) == (lead, "Smith", "Sent")
    reply = await api.get(f"/Campaigns/{campaign}/Leads/{lead}", fields="Last_Name")
    assert reply.json()["data"] == [{"Last_Name": "Smith", "id": lead}]
    assert (await api.get(f"/Campaigns/{campaign}/Leads/{api.ids['smithson']}")).status_code == 204
    contact = await api.get(f"/Accounts/{api.ids['acme']}/Contacts/{api.ids['boyle']}", fields="Last_Name")
    assert contact.json()["data"][0]["Last_Name"] == "Boyle"
    assert (await api.get(f"/Accounts/{api.ids['acme']}/Contacts/{api.ids['marrs']}")).status_code == 204


@evidence("related.deleted-parent")
async def test_what_was_related_to_a_deleted_record(api, campaign, refused):
    lead = api.ids["smith"]
    await api.write("PUT", f"/Campaigns/{campaign}/Leads/{lead}", {})
    for module, key, relation, expected in (
        ("Accounts", "acme", "Contacts", str(api.ids["boyle"])),
        ("Deals", "pumps", "Tasks", str(api.ids["task"])),
        ("Leads", "smith", "Campaigns", campaign),
    ):
        path = f"/{module}/deleted/{api.ids[key]}/{relation}"
        refused(await api.get(path, fields="id"), "INVALID_DATA")
        await api.call("DELETE", f"/{module}/{api.ids[key]}")
        reply = await api.get(path, fields="id")
        assert [row["id"] for row in reply.json()["data"]] == [expected], module


@evidence("related.survives-recycle-bin")
async def test_the_links_of_a_deleted_member_are_hidden_and_kept(api, campaign):
    lead = api.ids["smith"]
    await api.write("PUT", f"/Campaigns/{campaign}/Leads/{lead}", {})
    await api.call("DELETE", f"/Leads/{lead}")
    assert await members(api, campaign) == []
    store = api.emulator.store
    assert relations.linked(store, ("Leads", lead), ("Campaigns", int(campaign)))
    relations.forget(store, lead)
    assert not relations.linked(store, ("Leads", lead), ("Campaigns", int(campaign)))


async def test_links_move_to_the_record_a_lead_becomes(api, campaign):
    lead, contact = api.ids["smith"], api.ids["boyle"]
    await api.write("PUT", f"/Campaigns/{campaign}/Leads/{lead}", {"Member_Status": "Sent"})
    relations.move(api.emulator.store, ("Leads", lead), ("Contacts", contact))
    assert await members(api, campaign) == []
    (row,) = await members(api, campaign, "Contacts")
    assert (row["id"], row["Member_Status"]) == (str(contact), "Sent")


@evidence("related.count")
async def test_related_lists_are_counted(api, campaign, refused):
    deal = api.ids["pumps"]
    parent = {"module": {"api_name": "Deals"}, "id": str(deal)}
    await api.write("POST", "/Notes", *({"Note_Content": str(n), "Parent_Id": parent} for n in range(3)))
    path = f"/Deals/{deal}/actions/get_related_records_count"

    def asked(*names):
        return {"get_related_records_count": [{"related_list": {"api_name": name}} for name in names]}

    reply = await api.call("POST", path, json=asked("Notes", "Tasks", "Calls"))
    counts = reply.json()["get_related_records_count"]
    assert [(one["related_list"]["api_name"], one["count"]) for one in counts] == [
        ("Notes", 3),
        ("Tasks", 1),
        ("Calls", 0),
    ]
    listed = (await api.get("/settings/related_lists", module="Deals")).json()["related_lists"]
    known = {one["api_name"]: one["id"] for one in listed}
    assert all(one["related_list"]["id"] == known[one["related_list"]["api_name"]] for one in counts)
    refused(await api.call("POST", path, json=asked("Nonsense")), "INVALID_DATA")
    refused(await api.call("POST", path, json=asked(*["Notes"] * 21)), "LIMIT_EXCEEDED")
    refused(await api.call("POST", path, json={}), "MANDATORY_NOT_FOUND")
    gone = f"/Deals/{NOBODY}/actions/get_related_records_count"
    refused(await api.call("POST", gone, json=asked("Notes")), "INVALID_DATA")


@evidence("notes.through-parent")
async def test_notes_are_changed_through_their_record(api):
    path = f"/Leads/{api.ids['smith']}/Notes"
    made = await api.write("POST", path, {"Note_Content": "a"}, {"Note_Content": "b"})
    first, second = (item["details"]["id"] for item in made.json()["data"])
    reply = await api.write("PUT", f"{path}/{first}", {"Note_Content": "changed"})
    assert reply.json()["data"][0]["message"] == "record updated"
    assert api.stored("Notes", first)["Note_Content"] == "changed"
    reply = await api.write("PUT", path, {"id": second, "Note_Title": "T"})
    assert api.stored("Notes", second)["Note_Title"] == "T"
    elsewhere = await api.write("PUT", f"/Leads/{api.ids['smithson']}/Notes/{first}", {"Note_Content": "x"})
    assert elsewhere.json()["data"][0]["code"] == "INVALID_DATA"
    reply = await api.call("DELETE", f"{path}/{first}")
    assert reply.json()["data"][0]["message"] == "record deleted"
    await api.call("DELETE", f"{path}?ids={second}")
    assert (await api.get(path, fields="Note_Content")).status_code == 204
