"""The recycle bin: looking, restoring, deleting for good, and time passing."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

BIN = "/settings/recycle_bin"
UNKNOWN = "554023000999999999"


async def delete(api, module, *names):
    ids = ",".join(str(api.ids[name]) for name in names)
    reply = await api.call("DELETE", f"/{module}", params={"ids": ids})
    assert reply.status_code == 200, reply.text


async def listed(api, **params):
    reply = await api.get(BIN, **params)
    return [] if reply.status_code == 204 else [one["id"] for one in reply.json()["recycle_bin"]]


async def restore(api, **body):
    return await api.call("POST", f"{BIN}/actions/restore", json=body)


def restored(reply, *ids):
    assert reply.status_code == 200, reply.text
    items = reply.json()["recycle_bin"]
    assert {item["message"] for item in items} == {"record restored"}
    assert [item["details"]["id"] for item in items] == [str(one) for one in ids]


def where(name, comparator, value):
    return {"field": {"api_name": name}, "comparator": comparator, "value": value}


@pytest.mark.evidence("bin.list")
async def test_the_bin_shows_what_was_deleted(api):
    assert (await api.get(BIN)).status_code == 204
    await delete(api, "Leads", "smith")
    api.emulator.clock.advance(timedelta(seconds=5))
    await delete(api, "Accounts", "bolt")
    reply = await api.get(BIN)
    body = reply.json()
    first, second = body["recycle_bin"]
    assert first == {
        "owner": {"name": "Sam Seller", "id": str(api.ids["seller"])},
        "module": {"api_name": "Accounts", "id": str(api.emulator.store.modules["Accounts"].id)},
        "deleted_by": {"name": "Ada Admin", "id": str(api.ids["admin"])},
        "id": str(api.ids["bolt"]),
        "display_name": "Bolt Ltd",
        "deleted_time": "2026-11-24T09:00:05+00:00",
    }
    assert second["display_name"] == "Anna Smith"
    assert body["info"] == {"per_page": 200, "count": 2, "page": 1, "more_records": False}
    assert (await api.get(f"{BIN}/actions/count")).json() == {"count": 2}
    assert (await api.get(f"{BIN}/{api.ids['bolt']}")).json()["recycle_bin"] == [first]
    for missing in (UNKNOWN, "x"):
        assert (await api.get(f"{BIN}/{missing}")).status_code == 204


@pytest.mark.evidence("bin.list")
async def test_the_bin_is_sorted_and_paged(api, refused):
    await delete(api, "Leads", "smith", "smithson", "ünal")
    names = ("smith", "smithson", "ünal")
    by_name = [str(api.ids[name]) for name in names]
    assert await listed(api, sort_by="display_name", sort_order="asc") == by_name
    assert await listed(api, sort_by="display_name") == by_name[::-1]
    assert await listed(api, sort_by="display_name", sort_order="asc", page=2, per_page=2) == by_name[2:]
    assert refused(await api.get(BIN, sort_by="id"), "INVALID_DATA")["param_name"] == "sort_by"
    assert await listed(api, ids=f"{by_name[0]},{UNKNOWN}") == by_name[:1]


@pytest.mark.evidence("bin.filters")
async def test_filters_narrow_the_bin(api):
    await delete(api, "Leads", "smith", "smithson")
    api.emulator.clock.advance(timedelta(seconds=5))
    await delete(api, "Accounts", "bolt")
    smith, smithson, bolt = (str(api.ids[name]) for name in ("smith", "smithson", "bolt"))

    async def chosen(*group):
        filters = {"group_operator": "AND", "group": list(group)}
        return set(await listed(api, filters=json.dumps(filters)))

    leads = where("module", "equal", "Leads")
    assert await chosen(leads) == {smith, smithson}
    assert await chosen(where("module", "not_equal", "Leads")) == {bolt}
    assert await chosen(leads, where("display_name", "ends_with", "SMITH")) == {smith}
    assert await chosen(where("display_name", "contains", "smith")) == {smith, smithson}
    assert await chosen(where("display_name", "not_contains", "smith")) == {bolt}
    assert await chosen(where("deleted_time", "greater_than", "2026-11-24T09:00:03+00:00")) == {bolt}
    assert await chosen(where("deleted_time", "equal", "2026-11-24T14:30:00+05:30")) == {smith, smithson}
    by = [{"name": "Ada Admin", "id": str(api.ids["admin"])}]
    assert await chosen(where("deleted_by", "equal", by)) == {smith, smithson, bolt}
    assert await chosen(where("deleted_by", "starts_with", "Sam")) == set()
    assert await listed(api, ids=smith, filters=json.dumps(where("module", "equal", "Accounts"))) == [smith]


@pytest.mark.evidence("bin.filters")
@pytest.mark.parametrize(
    ("filters", "name"),
    [
        ({"group_operator": "OR", "group": [where("module", "equal", "Leads")]}, "group_operator"),
        ({"group": []}, "group"),
        (where("Email", "equal", "x"), "api_name"),
        (where("module", "contains", "Lea"), "comparator"),
        (where("deleted_time", "less_than", "yesterday"), "value"),
        (where("display_name", "equal", None), "value"),
    ],
)
async def test_filters_that_make_no_sense_are_refused(api, refused, filters, name):
    details = refused(await api.get(BIN, filters=json.dumps(filters)), "INVALID_DATA")
    assert (details["api_name"], details["param_name"]) == (name, "filters")
    refused(await api.get(BIN, filters="{"), "INVALID_DATA")


# ---- restoring


@pytest.mark.evidence("bin.restore")
async def test_a_restored_record_is_what_it_was(api):
    before = api.stored("Accounts", api.ids["bolt"])
    await delete(api, "Accounts", "bolt")
    assert api.stored("Contacts", api.ids["marrs"])["Account_Name"] is None
    reply = await api.call("POST", f"{BIN}/{api.ids['bolt']}/actions/restore")
    restored(reply, api.ids["bolt"])
    assert api.stored("Accounts", api.ids["bolt"]) == before
    for module, name in (("Contacts", "marrs"), ("Contacts", "dilly"), ("Deals", "valves")):
        assert api.stored(module, api.ids[name])["Account_Name"] == api.ids["bolt"]
    assert await listed(api) == []
    assert (await api.get("/Accounts/deleted")).status_code == 204


@pytest.mark.evidence("bin.restore")
async def test_notes_tasks_and_attachments_come_back_with_their_record(api):
    lead = api.ids["smith"]
    note = await api.write("POST", f"/Leads/{lead}/Notes", {"Note_Content": "hello"})
    note_id = note.json()["data"][0]["details"]["id"]
    await api.call("POST", f"/Leads/{lead}/Attachments", files={"file": ("a.txt", b"abc", "text/plain")})
    await delete(api, "Leads", "smith")
    assert set(await listed(api)) == {str(lead), note_id}
    assert api.stored("Tasks", api.ids["task2"])["What_Id"] is None
    restored(await restore(api, ids=[str(lead)]), lead)
    assert api.stored("Notes", note_id)["Parent_Id"] == lead
    task = api.stored("Tasks", api.ids["task2"])
    assert (task["What_Id"], task["What_Id__module"]) == (lead, "Leads")
    files = (await api.get(f"/Leads/{lead}/Attachments", fields="File_Name")).json()["data"]
    assert [one["File_Name"] for one in files] == ["a.txt"]


@pytest.mark.evidence("bin.restore")
async def test_line_items_come_back_with_their_quote(api):
    product = await api.write("POST", "/Products", {"Product_Name": "Pump", "Unit_Price": 10})
    items = [{"Product_Name": {"id": product.json()["data"][0]["details"]["id"]}, "Quantity": 3}]
    quote = await api.write("POST", "/Quotes", {"Subject": "Offer", "Quoted_Items": items})
    quote_id = quote.json()["data"][0]["details"]["id"]
    (before,) = (await api.get(f"/Quotes/{quote_id}")).json()["data"]
    await api.call("DELETE", f"/Quotes/{quote_id}")
    restored(await restore(api, ids=[quote_id]), quote_id)
    (after,) = (await api.get(f"/Quotes/{quote_id}")).json()["data"]
    assert after == before


@pytest.mark.evidence("bin.restore")
@pytest.mark.parametrize("first", ["bolt", "marrs"])
@pytest.mark.parametrize("gone_first", ["bolt", "marrs"])
async def test_two_records_find_each_other_again_in_any_order(api, first, gone_first):
    modules = {"bolt": "Accounts", "marrs": "Contacts"}
    for name in (gone_first, *(modules.keys() - {gone_first})):
        await delete(api, modules[name], name)
    for name in (first, *(modules.keys() - {first})):
        restored(await restore(api, ids=[str(api.ids[name])]), api.ids[name])
    assert api.stored("Contacts", api.ids["marrs"])["Account_Name"] == api.ids["bolt"]


async def test_a_link_given_meanwhile_is_kept_and_one_to_nothing_is_empty(api):
    await delete(api, "Accounts", "bolt")
    to = {"Account_Name": {"id": str(api.ids["acme"])}}
    await api.write("PUT", f"/Contacts/{api.ids['marrs']}", to)
    restored(await restore(api, ids=[str(api.ids["bolt"])]), api.ids["bolt"])
    assert api.stored("Contacts", api.ids["marrs"])["Account_Name"] == api.ids["acme"]
    assert api.stored("Contacts", api.ids["dilly"])["Account_Name"] == api.ids["bolt"]
    await delete(api, "Contacts", "dilly")
    await delete(api, "Accounts", "bolt")
    await api.call("DELETE", f"{BIN}/{api.ids['bolt']}")
    restored(await restore(api, ids=[str(api.ids["dilly"])]), api.ids["dilly"])
    assert api.stored("Contacts", api.ids["dilly"])["Account_Name"] is None


@pytest.mark.evidence("bin.restore")
async def test_several_are_answered_one_by_one(api, refused):
    await delete(api, "Leads", "smith")
    reply = await restore(api, ids=[str(api.ids["smith"]), UNKNOWN])
    assert reply.status_code == 207
    assert reply.json()["recycle_bin"][1] == {
        "code": "INVALID_DATA",
        "details": {"id": UNKNOWN},
        "message": "the id given seems to be invalid",
        "status": "error",
    }
    assert (await restore(api, ids=[UNKNOWN])).status_code == 400
    assert refused(await restore(api, ids=[UNKNOWN] * 201), "LIMIT_EXCEEDED")["maximum_length"] == 200


@pytest.mark.evidence("bin.restore-refused")
async def test_a_note_needs_its_parent(api):
    note = await api.write("POST", f"/Leads/{api.ids['smith']}/Notes", {"Note_Content": "hello"})
    note_id = note.json()["data"][0]["details"]["id"]
    await delete(api, "Leads", "smith")
    reply = await restore(api, ids=[note_id])
    assert reply.status_code == 400
    assert reply.json()["recycle_bin"][0]["code"] == "CANNOT_RESTORE_WITHOUT_PARENT"


@pytest.mark.evidence("bin.restore-refused")
async def test_exactly_one_way_to_choose_is_given(api, refused):
    assert len(refused(await restore(api), "EXPECTED_FIELD_MISSING")["expected_fields"]) == 3
    reply = await restore(api, ids=[UNKNOWN], restore_all_records=True)
    details = refused(reply, "AMBIGUITY_DURING_PROCESSING")
    assert [one["api_name"] for one in details["ambiguity_due_to"]] == ["ids", "restore_all_records"]


@pytest.mark.evidence("bin.restore-unique")
async def test_a_unique_value_taken_meanwhile_keeps_a_record_in_the_bin(api):
    await delete(api, "Contacts", "boyle")
    made = await api.write("POST", "/Contacts", {"Last_Name": "New", "Email": "ada@example.com"})
    assert made.status_code == 201
    reply = await restore(api, ids=[str(api.ids["boyle"])])
    assert reply.status_code == 400
    assert reply.json()["recycle_bin"][0]["code"] == "DUPLICATE_DATA"
    assert await listed(api) == [str(api.ids["boyle"])]


@pytest.mark.evidence("bin.scheduled")
async def test_filters_and_all_are_left_to_a_job(api):
    note = await api.write("POST", f"/Leads/{api.ids['smith']}/Notes", {"Note_Content": "hello"})
    await delete(api, "Leads", "smith", "smithson")
    await delete(api, "Accounts", "bolt")
    reply = await restore(api, filters=where("module", "equal", "Leads"))
    assert reply.status_code == 202
    assert reply.json()["recycle_bin"] == [
        {
            "code": "SCHEDULED",
            "details": {},
            "message": "Bulk restoration of records based on filters has been scheduled",
            "status": "success",
        }
    ]
    assert api.stored("Leads", api.ids["smith"]) is None
    api.emulator.clock.advance(timedelta(seconds=3))
    assert await listed(api) == [str(api.ids["bolt"])]
    assert api.stored("Leads", api.ids["smith"]) is not None
    assert api.stored("Notes", note.json()["data"][0]["details"]["id"]) is not None
    assert (await restore(api, restore_all_records=True)).status_code == 202
    api.emulator.clock.advance(timedelta(seconds=3))
    assert await listed(api) == []
    assert api.stored("Accounts", api.ids["bolt"]) is not None


@pytest.mark.evidence("bin.scheduled")
async def test_more_than_a_thousand_records_are_left_to_a_job(api):
    store, lead = api.emulator.store, api.ids["smith"]
    notes = (
        {"Note_Content": "x", "Parent_Id": ("Leads", lead), "Owner": api.ids["admin"]} for _ in range(1000)
    )
    store.load("Notes", notes)
    await delete(api, "Leads", "smith")
    reply = await restore(api, ids=[str(lead)])
    assert reply.status_code == 202
    assert reply.json()["recycle_bin"][0]["details"] == {"id": str(lead)}
    assert store.count("Notes") == 0
    api.emulator.clock.advance(timedelta(seconds=3))
    assert await listed(api) == []
    assert store.count("Notes") == 1000
    await delete(api, "Leads", "smith")
    assert (await api.call("POST", f"{BIN}/actions/empty")).status_code == 202
    api.emulator.clock.advance(timedelta(minutes=1))
    assert await listed(api) == []
    assert store.count("Notes") == 0


async def seller(api):
    """The headers of the salesperson, who is no administrator."""
    body = {"scopes": ["ZohoCRM.settings.ALL", "ZohoCRM.modules.ALL"], "user_id": api.ids["seller"]}
    reply = await api.http.post("/__emulator__/grants", json=body)
    assert reply.status_code in (200, 201), reply.text
    return {"Authorization": f"Zoho-oauthtoken {reply.json()['access_token']}"}


@pytest.mark.evidence("bin.own-records")
async def test_others_than_administrators_restore_only_what_they_own(api):
    await delete(api, "Accounts", "bolt", "acme")
    headers = await seller(api)
    ids = [str(api.ids["bolt"]), str(api.ids["acme"])]
    reply = await api.call("POST", f"{BIN}/actions/restore", json={"ids": ids}, headers=headers)
    assert reply.status_code == 207, reply.text
    assert [item["code"] for item in reply.json()["recycle_bin"]] == ["SUCCESS", "AUTHORIZATION_FAILED"]
    assert api.stored("Accounts", ids[1]) is None


async def test_the_control_plane_sees_the_work_that_is_due(api):
    lead = api.ids["smith"]
    await delete(api, "Leads", "smith")
    await restore(api, restore_all_records=True)
    path = f"/__emulator__/records/Leads/{lead}"
    assert (await api.http.get(path)).status_code == 404
    api.emulator.clock.advance(timedelta(seconds=3))
    assert (await api.http.get(path)).status_code == 200


# ---- deleting for good


@pytest.mark.evidence("bin.delete")
async def test_deleting_from_the_bin_is_for_good(api, refused):
    note = await api.write("POST", f"/Leads/{api.ids['smith']}/Notes", {"Note_Content": "hello"})
    await delete(api, "Leads", "smith", "smithson", "ünal")
    smith = str(api.ids["smith"])
    reply = await api.call("DELETE", f"{BIN}/{smith}")
    assert reply.status_code == 200
    assert reply.json()["recycle_bin"][0]["message"] == "record deleted"
    left = [str(api.ids["smithson"]), str(api.ids["ünal"])]
    assert set(await listed(api)) == set(left)
    assert note.json()["data"][0]["details"]["id"] not in await listed(api)
    gone = {one["id"]: one for one in (await api.get("/Leads/deleted")).json()["data"]}[smith]
    assert (gone["type"], gone["display_name"], gone["deleted_by"]) == ("permanent", None, None)
    assert (await restore(api, ids=[smith])).status_code == 400
    reply = await api.call("DELETE", BIN, params={"ids": f"{left[0]},{UNKNOWN}"})
    assert reply.status_code == 207
    details = refused(await api.call("DELETE", BIN), "EXPECTED_PARAM_MISSING")
    assert details == {"param_names": ["ids", "filters"]}
    reply = await api.call("DELETE", BIN, params={"ids": ",".join([UNKNOWN] * 101)})
    refused(reply, "LIMIT_EXCEEDED")
    filters = json.dumps(where("display_name", "contains", "Ünal"))
    assert (await api.call("DELETE", BIN, params={"filters": filters})).status_code == 202
    assert await listed(api) == left[1:]
    api.emulator.clock.advance(timedelta(seconds=3))
    assert await listed(api) == []


@pytest.mark.evidence("bin.empty")
async def test_emptying_the_bin_is_for_administrators(api, refused):
    await delete(api, "Accounts", "bolt")
    reply = await api.call("POST", f"{BIN}/actions/empty", headers=await seller(api))
    refused(reply, "AUTHORIZATION_FAILED")
    reply = await api.call("POST", f"{BIN}/actions/empty")
    assert reply.status_code == 200
    assert reply.json() == {
        "code": "SUCCESS",
        "details": {},
        "message": "recyclebin is cleared",
        "status": "success",
    }
    assert (await api.get(f"{BIN}/actions/count")).json() == {"count": 0}


@pytest.mark.evidence("bin.retention")
async def test_the_bin_forgets_after_60_days_and_the_list_after_120(api):
    await delete(api, "Leads", "smith")
    clock, lead = api.emulator.clock, str(api.ids["smith"])

    async def kinds(days):
        clock.advance(timedelta(days=days))
        body = {"scopes": ["ZohoCRM.settings.ALL", "ZohoCRM.modules.ALL"]}
        token = (await api.http.post("/__emulator__/grants", json=body)).json()["access_token"]
        headers = {"Authorization": f"Zoho-oauthtoken {token}"}
        in_bin = (await api.get(f"{BIN}/{lead}", headers=headers)).status_code == 200
        reply = await api.get("/Leads/deleted", headers=headers)
        return in_bin, [one["type"] for one in reply.json()["data"]] if reply.content else []

    assert await kinds(59) == (True, ["recycle"])
    assert await kinds(1) == (False, ["permanent"])
    assert await kinds(59) == (False, ["permanent"])
    assert await kinds(1) == (False, [])
