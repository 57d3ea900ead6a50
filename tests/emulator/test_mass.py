"""Mass update and mass delete, by ids at once and by custom view as a job."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from zcrm_tools.emulator.clock import standing_at

UNKNOWN = "554023000999999999"


async def mass(api, module, verb, **body):
    return await api.call("POST", f"/{module}/actions/mass_{verb}", json=body)


async def state(api, module, verb, job):
    reply = await api.get(f"/{module}/actions/mass_{verb}", job_id=job)
    assert reply.status_code == 200, reply.text
    (found,) = reply.json()["data"]
    return found


def view(api, module="Leads"):
    return str(api.emulator.store.modules[module].view_id)


def job_of(reply, verb):
    assert reply.status_code == 200, reply.text
    (item,) = reply.json()["data"]
    assert (item["code"], item["message"]) == ("SUCCESS", f"mass {verb} scheduled successfully")
    return item["details"]["job_id"]


async def lock(api, lead):
    reply = await api.write("POST", f"/Leads/{lead}/Locking_Information__s", {"Locked_Reason__s": "audit"})
    assert reply.status_code == 201, reply.text


# ---- update


@pytest.mark.evidence("mass.update-ids")
async def test_ids_are_updated_at_once_and_answered_one_by_one(api):
    ids = [str(api.ids["smith"]), str(api.ids["smithson"])]
    reply = await mass(api, "Leads", "update", data=[{"Lead_Source": "Trade Show"}], ids=ids)
    assert reply.status_code == 200
    items = reply.json()["data"]
    assert [item["details"]["id"] for item in items] == ids
    assert items[0]["message"] == "record updated"
    assert items[0]["details"]["Modified_By"]["id"] == str(api.ids["admin"])
    assert api.stored("Leads", ids[1])["Lead_Source"] == "Trade Show"
    reply = await mass(api, "Leads", "update", data=[{"Lead_Source": "Advertisement"}], ids=[ids[0], UNKNOWN])
    assert reply.status_code == 207
    assert reply.json()["data"][1] == {
        "code": "INVALID_DATA",
        "details": {"id": UNKNOWN},
        "message": "the id given seems to be invalid",
        "status": "error",
    }
    reply = await mass(api, "Leads", "update", data=[{"Lead_Source": "Advertisement"}], ids=[UNKNOWN])
    assert reply.status_code == 400


@pytest.mark.evidence("mass.update-ids")
async def test_more_than_500_ids_are_refused(api, refused):
    reply = await mass(api, "Leads", "update", data=[{"Lead_Source": "Web"}], ids=[UNKNOWN] * 501)
    assert refused(reply, "LIMIT_EXCEEDED")["maximum_length"] == 500


@pytest.mark.evidence("mass.update-fields")
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "No field found"),
        ({"Lead_Source": "Web", "Rating": "Active"}, "Max field limit exceeded"),
        ({"Email": "a@b.example"}, "This field cannot be updated in the Mass Update"),
        ({"Description": "x"}, "This field cannot be updated in the Mass Update"),
        ({"Created_Time": "x"}, "This field cannot be updated in the Mass Update"),
        ({"Owner": {"id": "1"}}, "This field cannot be updated in the Mass Update"),
        ({"Nope": 1}, "This field cannot be updated in the Mass Update"),
    ],
)
async def test_fields_that_cannot_be_mass_updated(api, values, message):
    reply = await mass(api, "Leads", "update", data=[values], ids=[str(api.ids["smith"])])
    assert reply.status_code == 400
    (item,) = reply.json()["data"]
    assert (item["code"], item["message"]) == ("INVALID_DATA", message)


@pytest.mark.evidence("mass.update-fields")
async def test_deals_take_three_fields(api):
    values = {"Lead_Source": "Web", "Type": "New Business", "Stage": "Closed Won"}
    reply = await mass(api, "Deals", "update", data=[values], ids=[str(api.ids["pumps"])])
    assert reply.status_code == 200, reply.text
    assert api.stored("Deals", api.ids["pumps"])["Probability"] == 100
    values["Next_Step"] = "call"
    reply = await mass(api, "Deals", "update", data=[values], ids=[str(api.ids["pumps"])])
    assert reply.json()["data"][0]["message"] == "Max field limit exceeded"


@pytest.mark.evidence("mass.update-over-write")
async def test_a_multi_select_gains_values_unless_it_is_overwritten(api):
    choices = [{"display_value": name, "actual_value": name} for name in ("English", "Spanish", "German")]
    field = {"field_label": "Languages", "data_type": "multiselectpicklist", "pick_list_values": choices}
    reply = await api.call("POST", "/settings/fields?module=Leads", json={"fields": [field]})
    assert reply.status_code == 201, reply.text
    lead = str(api.ids["smith"])
    await api.write("PUT", f"/Leads/{lead}", {"Languages": ["English"]})
    await mass(api, "Leads", "update", data=[{"Languages": ["Spanish"]}], ids=[lead])
    assert api.stored("Leads", lead)["Languages"] == "English;Spanish"
    await mass(api, "Leads", "update", data=[{"Languages": ["German"]}], ids=[lead], over_write=True)
    assert api.stored("Leads", lead)["Languages"] == "German"


@pytest.mark.evidence("mass.update-refused")
async def test_locked_and_converted_records_are_left_alone(api):
    await lock(api, api.ids["smith"])
    ids = [str(api.ids[name]) for name in ("smith", "gone", "smithson")]
    reply = await mass(api, "Leads", "update", data=[{"Lead_Source": "Web"}], ids=ids)
    assert reply.status_code == 207
    codes = [item["code"] for item in reply.json()["data"]]
    assert codes == ["RECORD_LOCKED", "CONVERTED_RECORD", "SUCCESS"]
    assert reply.json()["data"][0]["details"] == {"action": "record_locking", "id": ids[0]}
    reply = await mass(api, "Leads", "update", data=[{"Lead_Source": "Web"}])
    assert reply.status_code == 400
    assert reply.json()["data"][0]["code"] == "MANDATORY_NOT_FOUND"


async def test_ids_and_a_view_together_and_other_modules_are_refused(api, refused):
    row = [{"Lead_Source": "Web"}]
    reply = await mass(api, "Leads", "update", data=row, ids=[UNKNOWN], cvid=view(api))
    refused(reply, "AMBIGUITY_DURING_PROCESSING")
    reply = await mass(api, "Notes", "update", data=row, ids=[UNKNOWN])
    assert refused(reply, "NOT_SUPPORTED") == {"resource_path_index": 0}
    reply = await mass(api, "Leads", "update", data=row, ids=[str(api.ids["smith"]), "x"])
    assert refused(reply, "INVALID_DATA")["json_path"] == "$.ids[1]"


@pytest.mark.evidence("mass.jobs")
async def test_a_view_is_updated_when_the_job_runs(api):
    clock = api.emulator.clock
    reply = await mass(api, "Leads", "update", data=[{"Lead_Source": "Web"}], cvid=view(api))
    job = job_of(reply, "update")
    waiting = {"Failed_Count": 0, "Updated_Count": 0, "Not_Updated_Count": 3, "Total_Count": 3}
    assert await state(api, "Leads", "update", job) == {"Status": "SCHEDULED", **waiting}
    clock.advance(timedelta(seconds=2))
    assert await state(api, "Leads", "update", job) == {"Status": "RUNNING", **waiting}
    assert api.stored("Leads", api.ids["smith"])["Lead_Source"] is None
    clock.advance(timedelta(seconds=1))
    done = {"Failed_Count": 0, "Updated_Count": 3, "Not_Updated_Count": 0, "Total_Count": 3}
    assert await state(api, "Leads", "update", job) == {"Status": "COMPLETED", **done}
    assert api.stored("Leads", api.ids["smith"])["Lead_Source"] == "Web"
    assert api.stored("Leads", api.ids["gone"])["Lead_Source"] is None  # converted: not in the view


@pytest.mark.evidence("mass.jobs")
async def test_a_large_job_is_done_second_by_second_and_counts_what_failed(api):
    api.emulator.store.load("Leads", ({"Last_Name": f"L{n}", "Owner": api.ids["admin"]} for n in range(700)))
    await lock(api, api.ids["smith"])
    job = job_of(await mass(api, "Leads", "update", data=[{"Rating": "Active"}], cvid=view(api)), "update")
    api.emulator.clock.advance(timedelta(seconds=3))
    found = await state(api, "Leads", "update", job)
    assert found == {
        "Status": "RUNNING",
        "Failed_Count": 1,
        "Updated_Count": 499,
        "Not_Updated_Count": 203,
        "Total_Count": 703,
    }
    api.emulator.clock.advance(timedelta(minutes=1))
    found = await state(api, "Leads", "update", job)
    assert (found["Status"], found["Updated_Count"], found["Failed_Count"]) == ("COMPLETED", 702, 1)


@pytest.mark.evidence("mass.jobs")
async def test_a_job_that_could_do_nothing_has_failed(api):
    for name in ("smith", "smithson", "ünal"):
        await lock(api, api.ids[name])
    job = job_of(await mass(api, "Leads", "update", data=[{"Rating": "Active"}], cvid=view(api)), "update")
    api.emulator.clock.advance(timedelta(seconds=5))
    assert (await state(api, "Leads", "update", job))["Status"] == "FAILED"


@pytest.mark.evidence("mass.already-scheduled")
async def test_a_view_is_worked_on_by_one_job_at_a_time(api, refused):
    body = {"data": [{"Rating": "Active"}], "cvid": view(api)}
    job_of(await mass(api, "Leads", "update", **body), "update")
    assert refused(await mass(api, "Leads", "update", **body), "ALREADY_SCHEDULED", 202) == {
        "api_name": "cvid"
    }
    api.emulator.clock.advance(timedelta(seconds=3))
    job_of(await mass(api, "Leads", "update", **body), "update")
    job_of(await mass(api, "Tasks", "delete", cvid=view(api, "Tasks")), "delete")
    refused(await mass(api, "Tasks", "delete", cvid=view(api, "Tasks")), "ALREADY_SCHEDULED")


@pytest.mark.evidence("mass.views")
@pytest.mark.parametrize("verb", ["update", "delete"])
async def test_a_view_that_is_unknown_or_empty_is_refused(api, refused, verb):
    body = {"data": [{"Industry": "ERP"}]} if verb == "update" else {}
    reply = await mass(api, "Leads", verb, **body, cvid="12")
    assert refused(reply, "INVALID_DATA") == {"api_name": "cvid", "json_path": "$.cvid", "id": "12"}
    body = {"data": [{"Product_Category": "Hardware"}]} if verb == "update" else {}
    reply = await mass(api, "Products", verb, **body, cvid=view(api, "Products"))
    refused(reply, "NO_RECORDS_FOUND")


@pytest.mark.evidence("mass.views")
async def test_a_territory_narrows_the_view(api, refused):
    (root,) = (await api.get("/settings/territories")).json()["territories"]
    row = {"name": "North", "reporting_to": {"id": root["id"]}, "permission_type": "read_only"}
    made = await api.call("POST", "/settings/territories", json={"territories": [row]})
    assert made.status_code == 201, made.text
    north = made.json()["territories"][0]["details"]["id"]
    body = {"data": [{"Territories": [{"id": north}]}]}
    reply = await api.call("POST", f"/Accounts/{api.ids['acme']}/actions/assign_territories", json=body)
    assert reply.status_code == 202, reply.text
    ask = {"data": [{"Industry": "Big Data"}], "cvid": view(api, "Accounts")}
    job = job_of(await mass(api, "Accounts", "update", **ask, territory={"id": north}), "update")
    assert (await state(api, "Accounts", "update", job))["Total_Count"] == 1
    api.emulator.clock.advance(timedelta(seconds=3))
    assert (await state(api, "Accounts", "update", job))["Status"] == "COMPLETED"
    assert api.stored("Accounts", api.ids["acme"])["Industry"] == "Big Data"
    assert api.stored("Accounts", api.ids["bolt"])["Industry"] != "Big Data"
    below = {"id": root["id"], "include_child": True}
    job_of(await mass(api, "Accounts", "update", **ask, territory=below), "update")
    api.emulator.clock.advance(timedelta(seconds=3))
    refused(await mass(api, "Accounts", "update", **ask, territory={"id": root["id"]}), "NO_RECORDS_FOUND")
    reply = await mass(api, "Accounts", "update", **ask, territory={"id": "5"})
    assert refused(reply, "INVALID_DATA")["json_path"] == "$.territory.id"


@pytest.mark.evidence("mass.status-refused")
@pytest.mark.parametrize("verb", ["update", "delete"])
async def test_the_status_of_no_job_is_refused(api, refused, verb):
    reply = await api.get(f"/Leads/actions/mass_{verb}")
    assert refused(reply, "MANDATORY_NOT_FOUND") == {"param_name": "job_id"}
    reply = await api.get(f"/Leads/actions/mass_{verb}", job_id="12")
    assert refused(reply, "INVALID_DATA") == {"param_name": "job_id"}


# ---- delete


@pytest.mark.evidence("mass.delete-ids")
async def test_ids_are_deleted_at_once(api, refused):
    await lock(api, api.ids["ünal"])
    ids = [str(api.ids["smith"]), UNKNOWN, str(api.ids["ünal"])]
    reply = await mass(api, "Leads", "delete", ids=ids)
    assert reply.status_code == 207
    items = reply.json()["data"]
    assert [item["message"] for item in items] == [
        "record is deleted",
        "the id given seems to be invalid",
        "Record locked or invalid permissions",
    ]
    assert items[1]["details"] == {"id": UNKNOWN}
    assert api.stored("Leads", ids[0]) is None
    assert api.stored("Leads", ids[2]) is not None
    assert refused(await mass(api, "Leads", "delete"), "MANDATORY_NOT_FOUND")["api_name"] == "ids"


@pytest.mark.evidence("mass.jobs")
async def test_a_view_is_deleted_when_the_job_runs(api):
    job = job_of(await mass(api, "Tasks", "delete", cvid=view(api, "Tasks")), "delete")
    waiting = {"Status": "RUNNING", "Failed_Count": 0, "Deleted_Count": 0, "Total_Count": 2}
    assert await state(api, "Tasks", "delete", job) == waiting
    assert api.emulator.store.count("Tasks") == 2
    api.emulator.clock.advance(timedelta(seconds=3))
    done = {"Status": "COMPLETED", "Failed_Count": 0, "Deleted_Count": 2, "Total_Count": 2}
    assert await state(api, "Tasks", "delete", job) == done
    assert api.emulator.store.count("Tasks") == 0
    deleted = (await api.get("/Tasks/deleted")).json()["data"]
    assert {one["deleted_time"] for one in deleted} == {"2026-11-24T09:00:03+00:00"}


async def test_other_threads_keep_their_time_while_a_job_is_done_late(api):
    """A job's work is stamped with when it was due; nobody else may see that time."""
    clock, seen = api.emulator.clock, []
    now = clock.now()
    with standing_at(now - timedelta(hours=1)):
        assert clock.now() == now - timedelta(hours=1)
        thread = threading.Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()
    assert seen == [now] == [clock.now()]
