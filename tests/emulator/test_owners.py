"""Giving records another owner."""

from __future__ import annotations

from datetime import timedelta

import pytest


async def change(api, path, version="", **body):
    return await api.call("POST", path, json=body, version=version)


@pytest.mark.evidence("owner.change")
async def test_one_record_or_several_get_another_owner(api):
    to = {"id": str(api.ids["seller"])}
    smith, smithson = str(api.ids["smith"]), str(api.ids["smithson"])
    reply = await change(api, f"/Leads/{smith}/actions/change_owner", owner=to, notify=True)
    assert reply.status_code == 200, reply.text
    success = {"code": "SUCCESS", "message": "owner is successfully updated", "status": "success"}
    assert reply.json() == {"data": [{**success, "details": {"id": smith}}]}
    reply = await change(api, "/Leads/actions/change_owner", owner=to, ids=[smith, smithson])
    assert [item["details"]["id"] for item in reply.json()["data"]] == [smith, smithson]
    assert api.stored("Leads", smithson)["Owner"] == api.ids["seller"]
    assert api.stored("Tasks", api.ids["task2"])["Owner"] == api.ids["admin"]


@pytest.mark.evidence("owner.change")
async def test_records_of_related_modules_follow(api):
    to = {"id": str(api.ids["seller"])}
    tasks = str(api.emulator.store.modules["Tasks"].id)
    path = f"/Leads/{api.ids['smith']}/actions/change_owner"
    reply = await change(api, path, owner=to, related_modules=[{"api_name": "Tasks", "id": tasks}])
    assert reply.status_code == 200, reply.text
    assert api.stored("Tasks", api.ids["task2"])["Owner"] == api.ids["seller"]
    assert api.stored("Tasks", api.ids["task"])["Owner"] == api.ids["admin"]
    path = f"/Accounts/{api.ids['bolt']}/actions/change_owner"
    one = {"api_name": "Contacts", "id": str(api.ids["dilly"])}
    await change(api, path, owner=to, related_modules=[one])
    assert api.stored("Contacts", api.ids["dilly"])["Owner"] == api.ids["seller"]
    assert api.stored("Contacts", api.ids["marrs"])["Owner"] == api.ids["admin"]


@pytest.mark.evidence("owner.refused")
async def test_what_a_change_of_owner_refuses(api, refused):
    to, lead = {"id": str(api.ids["seller"])}, str(api.ids["smith"])
    many, one = "/Leads/actions/change_owner", f"/Leads/{lead}/actions/change_owner"
    assert refused(await change(api, one), "MANDATORY_NOT_FOUND")["json_path"] == "$.owner"
    assert refused(await change(api, one, owner={}), "MANDATORY_NOT_FOUND")["json_path"] == "$.owner.id"
    details = refused(await change(api, one, owner={"id": "5"}), "INVALID_DATA")
    assert details == {"api_name": "owner", "json_path": "$.owner.id"}
    assert refused(await change(api, many, owner=to), "MANDATORY_NOT_FOUND")["json_path"] == "$.ids"
    reply = await change(api, "/Leads/5/actions/change_owner", owner=to)
    assert refused(reply, "INVALID_DATA") == {"resource_path_index": 1}
    reply = await change(api, one, owner=to, related_modules=[{"api_name": "Products"}])
    refused(reply, "NOT_SUPPORTED")
    refused(await change(api, one, owner=to, related_modules=[{}]), "EXPECTED_FIELD_MISSING")
    details = refused(await change(api, one, "v2", owner=to), "API_NOT_SUPPORTED")
    assert details == {"supported_version": 3}
    api.emulator.store.update("Users", api.ids["seller"], {"status": "disabled"})
    assert refused(await change(api, one, owner=to), "INVALID_DATA")["owner_status"] == "inactive"
    assert api.stored("Leads", lead)["Owner"] == api.ids["admin"]


@pytest.mark.evidence("owner.refused")
async def test_bad_and_locked_records_are_answered_by_themselves(api):
    lock = {"Locked_Reason__s": "audit"}
    await api.write("POST", f"/Leads/{api.ids['smithson']}/Locking_Information__s", lock)
    ids = [str(api.ids["smith"]), "554023000999999999", str(api.ids["smithson"])]
    to = {"id": str(api.ids["seller"])}
    reply = await change(api, "/Leads/actions/change_owner", owner=to, ids=ids)
    assert reply.status_code == 207
    items = reply.json()["data"]
    assert [item["code"] for item in items] == ["SUCCESS", "INVALID_DATA", "RECORD_LOCKED"]
    assert items[1]["details"]["json_path"] == "$.ids[1]"
    assert items[2]["details"] == {"action": "record_locking", "id": ids[2]}
    assert api.stored("Leads", ids[2])["Owner"] == api.ids["admin"]


@pytest.mark.evidence("owner.mass")
async def test_the_owner_of_a_view_is_changed_by_a_job(api, refused):
    cvid = str(api.emulator.store.modules["Deals"].view_id)
    criteria = {"field": {"api_name": "Stage"}, "comparator": "equal", "value": "Closed Won"}
    to, path = {"id": str(api.ids["seller"])}, "/Deals/actions/mass_change_owner"
    reply = await change(api, path, cvid=cvid, owner=to, criteria=criteria)
    assert reply.status_code == 202
    (item,) = reply.json()["data"]
    assert (item["status"], item["message"]) == ("success", "change owner is successfully scheduled")
    job = item["details"]["job_id"]
    (state,) = (await api.get(path, job_id=job)).json()["data"]
    assert (state["Status"], state["Total_Count"], state["Not_Updated_Count"]) == ("SCHEDULED", 2, 2)
    api.emulator.clock.advance(timedelta(seconds=3))
    (state,) = (await api.get(path, job_id=job)).json()["data"]
    assert (state["Status"], state["Updated_Count"]) == ("COMPLETED", 2)
    owners = [api.stored("Deals", api.ids[name])["Owner"] for name in ("pumps", "valves", "hoses")]
    assert owners == [api.ids["admin"], api.ids["seller"], api.ids["seller"]]
    refused(await api.get("/Leads/actions/mass_change_owner", job_id=job), "NOT_FOUND", 404)
    assert (await api.get(path, job_id="12")).status_code == 204
    assert refused(await api.get(path), "REQUIRED_PARAM_MISSING") == {"param_name": "job_id"}
    assert refused(await change(api, path, owner=to), "MANDATORY_NOT_FOUND")["json_path"] == "$.cvid"
    wrong = {**criteria, "comparator": "resembles"}
    reply = await change(api, path, cvid=cvid, owner=to, criteria=wrong)
    assert refused(reply, "INVALID_DATA")["json_path"].startswith("$.criteria")
