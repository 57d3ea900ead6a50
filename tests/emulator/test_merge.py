"""Merging duplicates."""

from __future__ import annotations

from datetime import timedelta

import pytest


async def merge(api, module, master, *children, **beside):
    data = [{"id": str(key), "_fields": [{"api_name": name} for name in fields]} for key, fields in children]
    body = {"merge": [{"data": data, **beside}]}
    return await api.call("POST", f"/{module}/{master}/actions/merge", json=body)


def refusal(reply, code):
    assert reply.status_code == 400, reply.text
    (item,) = reply.json()["merge"]
    assert item["code"] == code
    return item


@pytest.mark.evidence("merge.joins")
async def test_the_master_takes_the_chosen_values_and_all_that_hung_on_the_child(api):
    bolt, acme = api.ids["bolt"], api.ids["acme"]
    await api.write("POST", f"/Accounts/{acme}/Notes", {"Note_Content": "kept"})
    await api.call("POST", f"/Accounts/{acme}/Attachments", files={"file": ("a.txt", b"abc", "text/plain")})
    reply = await merge(
        api, "Accounts", bolt, (acme, ["Industry"]), master_record_fields=[{"api_name": "Account_Name"}]
    )
    assert reply.status_code == 201
    assert reply.json() == {
        "merge": [
            {
                "code": "SUCCESS",
                "details": {"id": str(bolt)},
                "message": "The records have been merged successfully",
                "status": "success",
            }
        ]
    }
    kept = api.stored("Accounts", bolt)
    assert (kept["Account_Name"], kept["Industry"], kept["Employees"]) == ("Bolt Ltd", "ERP", None)
    assert kept["Parent_Account"] is None  # its parent was the child
    assert api.stored("Accounts", acme) is None
    assert api.stored("Contacts", api.ids["boyle"])["Account_Name"] == bolt
    assert api.stored("Deals", api.ids["pumps"])["Account_Name"] == bolt
    notes = (await api.get(f"/Accounts/{bolt}/Notes", fields="Note_Content")).json()["data"]
    assert [note["Note_Content"] for note in notes] == ["kept"]
    files = (await api.get(f"/Accounts/{bolt}/Attachments", fields="File_Name")).json()["data"]
    assert [one["File_Name"] for one in files] == ["a.txt"]
    (gone,) = (await api.get("/Accounts/deleted")).json()["data"]
    assert (gone["id"], gone["type"]) == (str(acme), "permanent")
    assert (await api.get(f"/settings/recycle_bin/{acme}")).status_code == 204


@pytest.mark.evidence("merge.joins")
async def test_a_unique_value_can_be_taken_from_a_child(api):
    children = [(api.ids["boyle"], ["Email"]), (api.ids["dilly"], ["First_Name"])]
    reply = await merge(api, "Contacts", api.ids["marrs"], *children)
    assert reply.status_code == 201, reply.text
    row = api.stored("Contacts", api.ids["marrs"])
    assert (row["Email"], row["Full_Name"]) == ("ada@example.com", "Leota Marrs")
    assert api.stored("Tasks", api.ids["task"])["Who_Id"] == api.ids["marrs"]
    assert api.emulator.store.count("Contacts") == 1


@pytest.mark.evidence("merge.joins")
async def test_links_and_roles_become_the_masters(api):
    marrs, dilly, pumps = api.ids["marrs"], api.ids["dilly"], api.ids["pumps"]
    (role, *_) = (await api.get("/Contacts/roles")).json()["contact_roles"]
    row = {"Contact_Role": {"id": role["id"], "name": role["name"]}}
    put = await api.write("PUT", f"/Deals/{pumps}/Contact_Roles/{dilly}", row)
    assert put.status_code == 200, put.text
    made = await api.write("POST", "/Campaigns", {"Campaign_Name": "Fair"})
    campaign = made.json()["data"][0]["details"]["id"]
    link = await api.write("PUT", f"/Contacts/{dilly}/Campaigns", {"id": campaign})
    assert link.status_code == 200, link.text
    assert (await merge(api, "Contacts", marrs, (dilly, []))).status_code == 201
    listed = (await api.get(f"/Deals/{pumps}/Contact_Roles", fields="Last_Name")).json()["data"]
    assert [one["id"] for one in listed] == [str(marrs)]
    linked = (await api.get(f"/Contacts/{marrs}/Campaigns", fields="Campaign_Name")).json()["data"]
    assert [one["id"] for one in linked] == [campaign]


@pytest.mark.evidence("merge.refused")
async def test_what_a_merge_refuses(api, refused):
    smith, other, third = api.ids["smith"], api.ids["smithson"], api.ids["ünal"]
    details = refused(await merge(api, "Leads", "5", (other, [])), "INVALID_DATA")
    assert details == {"resource_path_index": 1}
    refused(await merge(api, "Tasks", api.ids["task"], (api.ids["task2"], [])), "INVALID_MODULE")
    assert refusal(await merge(api, "Leads", smith), "INVALID_DATA")["details"]["minimum_length"] == 1
    many = [(other, []), (third, []), (other, [])]
    assert refusal(await merge(api, "Leads", smith, *many), "INVALID_DATA")["details"]["maximum_length"] == 2
    item = refusal(await merge(api, "Leads", smith, (smith, [])), "DUPLICATE_DATA")
    assert item["details"] == {"api_name": "id", "json_path": "$.merge[0].data[0].id"}
    item = refusal(await merge(api, "Leads", smith, (other, []), (other, [])), "DUPLICATE_DATA")
    assert item["details"]["json_path"] == "$.merge[0].data[1].id"
    twice = [(other, ["Company"]), (third, ["Company"])]
    item = refusal(await merge(api, "Leads", smith, *twice), "DUPLICATE_DATA")
    assert item["details"]["json_path"] == "$.merge[0].data[1]._fields[0].api_name"
    item = refusal(await merge(api, "Leads", smith, (other, [""])), "MANDATORY_NOT_FOUND")
    assert item["details"]["json_path"] == "$.merge[0].data[0]._fields[0].api_name"
    refusal(await merge(api, "Leads", smith, ("", [])), "MANDATORY_NOT_FOUND")
    refusal(await merge(api, "Leads", smith, ("5", [])), "INVALID_DATA")
    refusal(await merge(api, "Leads", smith, (other, ["Nope"])), "INVALID_DATA")
    refusal(await merge(api, "Leads", smith, (api.ids["gone"], [])), "NOT_ALLOWED")
    assert api.emulator.store.count("Leads") == 4


@pytest.mark.evidence("merge.refused")
async def test_deals_are_merged_while_open_and_fill_some_fields_themselves(api, refused):
    pumps = api.ids["pumps"]
    row = {"Deal_Name": "Twin", "Stage": "Value Proposition", "Amount": 7}
    twin = (await api.write("POST", "/Deals", row)).json()["data"][0]["details"]["id"]
    for name in ("Closing_Date", "Probability", "Expected_Revenue"):
        refusal(await merge(api, "Deals", pumps, (twin, [name])), "NOT_ALLOWED")
    item = refusal(await merge(api, "Deals", pumps, (api.ids["valves"], [])), "NOT_ALLOWED")
    assert item["message"] == "Only Open Deals can be merged"
    reply = await merge(api, "Deals", api.ids["valves"], (twin, []))
    assert refused(reply, "NOT_ALLOWED") == {"api_name": "record", "resource_path_index": 1}
    reply = await merge(api, "Deals", pumps, (twin, ["Stage", "Amount"]))
    assert reply.status_code == 201, reply.text
    deal = api.stored("Deals", pumps)
    assert (deal["Stage"], deal["Amount"], deal["Closing_Date"]) == ("Value Proposition", 7, "2026-12-01")


@pytest.mark.evidence("merge.refused")
async def test_reporting_to_and_account_come_from_one_record(api):
    marrs, dilly = api.ids["marrs"], api.ids["dilly"]
    refusal(await merge(api, "Contacts", marrs, (dilly, ["Reporting_To"])), "INVALID_DATA")
    reply = await merge(api, "Contacts", marrs, (dilly, ["Reporting_To", "Account_Name"]))
    assert reply.status_code == 201, reply.text


@pytest.mark.evidence("merge.job")
async def test_a_child_with_much_on_it_is_merged_by_a_job(api):
    smith, other = api.ids["smith"], api.ids["smithson"]
    path = f"/Leads/{smith}/actions/merge"
    assert (await api.get(path)).status_code == 204
    tasks = ({"Subject": "x", "What_Id": ("Leads", other), "Owner": api.ids["admin"]} for _ in range(1001))
    api.emulator.store.load("Tasks", tasks)
    reply = await merge(api, "Leads", smith, (other, ["Company"]))
    assert reply.status_code == 201
    (item,) = reply.json()["merge"]
    assert item["code"] == "SCHEDULED"
    job = item["details"]["job_id"]
    assert (await api.get(path)).json() == {"merge": [{"job_id": job, "status": "SCHEDULED"}]}
    refusal(await merge(api, "Leads", api.ids["ünal"], (other, [])), "NOT_ALLOWED")
    assert api.stored("Leads", other) is not None
    api.emulator.clock.advance(timedelta(seconds=3))
    found = (await api.get(path, job_id=job)).json()
    assert found == {"merge": [{"job_id": job, "status": "COMPLETED"}]}
    assert api.stored("Leads", other) is None
    assert api.stored("Leads", smith)["Company"] == "Smithson, Inc (Berlin)"
    sql = "SELECT count(*) FROM Tasks WHERE What_Id = ? AND What_Id__module = 'Leads'"
    assert api.emulator.store.fetch(sql, (smith,)) == [(1002,)]
