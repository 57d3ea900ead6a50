"""Locked records."""

from __future__ import annotations

from datetime import timedelta

import pytest

evidence = pytest.mark.evidence


@pytest.fixture
def lead(api):
    return f"/Leads/{api.ids['smith']}"


async def lock(api, path, reason="audit"):
    reply = await api.write("POST", f"{path}/Locking_Information__s", {"Locked_Reason__s": reason})
    assert reply.status_code == 201, reply.text
    (item,) = reply.json()["data"]
    assert item["message"] == "record added"
    return item["details"]["id"]


@evidence("locking.lock", "locking.read")
async def test_a_lock_tells_who_why_and_when(api, refused, lead):
    path = f"{lead}/Locking_Information__s"
    assert (await api.get(path, fields="Locked_By__s")).status_code == 204
    made = await lock(api, lead, "deal in progress")
    reply = await api.get(f"{path}/{made}")
    (row,) = reply.json()["data"]
    assert row["Locked_By__s"] == {"name": "Ada Admin", "id": str(api.ids["admin"])}
    assert row["Locked_For__s"] == {
        "module": {"api_name": "Leads", "id": "554023000000002175"},
        "name": "Anna Smith",
        "id": str(api.ids["smith"]),
    }
    assert (row["Locked_Reason__s"], row["Lock_Source__s"]) == ("deal in progress", "Manual")
    assert row["Locked_Time__s"] == "2026-11-24T09:00:00+00:00"
    listed = await api.get(path, fields="Locked_Reason__s")
    assert listed.json()["data"] == [
        {
            "Locked_Reason__s": "deal in progress",
            "id": made,
            "$editable": True,
            "$sharing_permission": "full_access",
        }
    ]
    assert listed.json()["info"]["count"] == 1
    refused(await api.get(path), "REQUIRED_PARAM_MISSING")
    refused(await api.get(f"{path}/1"), "INVALID_DATA")


@evidence("locking.refuses", "locking.unlock", "locking.flag")
async def test_a_locked_record_is_neither_changed_nor_deleted(api, lead):
    made = await lock(api, lead)
    assert (await api.get(lead)).json()["data"][0]["$locked_for_me"] is True
    other = f"/Leads/{api.ids['smithson']}"
    assert (await api.get(other)).json()["data"][0]["$locked_for_me"] is False
    reply = await api.write("PUT", lead, {"Company": "x"})
    assert reply.json()["data"] == [
        {
            "code": "RECORD_LOCKED",
            "details": {"api_name": "id", "json_path": "$.data[0].id", "action": "record_locking"},
            "message": "You cannot perform this operation as the record is locked.",
            "status": "error",
        }
    ]
    both = await api.write(
        "PUT", "/Leads", {"id": lead[7:], "Company": "x"}, {"id": other[7:], "Company": "x"}
    )
    assert [item["code"] for item in both.json()["data"]] == ["RECORD_LOCKED", "SUCCESS"]
    gone = await api.call("DELETE", f"/Leads?ids={lead[7:]},{other[7:]}")
    assert gone.status_code == 207
    assert [item["code"] for item in gone.json()["data"]] == ["RECORD_LOCKED", "SUCCESS"]
    assert api.stored("Leads", api.ids["smith"])["Company"] == "Smith, Inc (Berlin)"
    reply = await api.call("DELETE", f"{lead}/Locking_Information__s/{made}")
    assert reply.json()["data"][0]["message"] == "relation removed"
    assert (await api.write("PUT", lead, {"Company": "x"})).status_code == 200
    assert (await api.get(lead)).json()["data"][0]["$locked_for_me"] is False
    assert (await api.call("DELETE", lead)).status_code == 200


@evidence("locking.again", "locking.reason")
async def test_a_lock_is_made_once_and_given_another_reason(api, refused, lead):
    made = await lock(api, lead, "one")
    again = await api.write("POST", f"{lead}/Locking_Information__s", {"Locked_Reason__s": "two"})
    refused(again, "NOT_ALLOWED", 403)
    api.emulator.clock.advance(timedelta(minutes=1))
    path = f"{lead}/Locking_Information__s/{made}"
    reply = await api.write("PUT", path, {"Locked_Reason__s": "three"})
    assert reply.json()["data"] == [
        {
            "code": "SUCCESS",
            "details": {"id": made},
            "message": "relation updated",
            "status": "success",
        }
    ]
    (row,) = (await api.get(path)).json()["data"]
    assert row["Locked_Reason__s"] == "three"
    assert (row["Locked_Time__s"], row["Modified_Time"]) == (
        "2026-11-24T09:00:00+00:00",
        "2026-11-24T09:01:00+00:00",
    )
    found = (await api.get(f"{lead}/__timeline")).json()["__timeline"]
    assert [line["action"] for line in found] == ["record_locked"]


@evidence("locking.lock", "locking.modules")
async def test_a_lock_needs_a_reason_and_a_record_that_can_be_locked(api, refused, lead):
    path = f"{lead}/Locking_Information__s"
    for row, code in (({}, "MANDATORY_NOT_FOUND"), ({"Locked_Reason__s": 7}, "INVALID_DATA")):
        reply = await api.write("POST", path, row)
        assert (reply.status_code, reply.json()["data"][0]["code"]) == (400, code)
    assert (await api.get(path, fields="Owner")).status_code == 204
    reason = {"Locked_Reason__s": "x"}
    refused(await api.write("POST", "/Campaigns/1/Locking_Information__s", reason), "INVALID_DATA")
    gone = "/Leads/554023000009999999/Locking_Information__s"
    assert refused(await api.write("POST", gone, reason), "INVALID_DATA") == {"resource_path_index": 1}


@evidence("locking.fields")
async def test_the_fields_of_a_lock_are_described(api):
    reply = await api.get("/settings/fields", module="Locking_Information__s")
    fields = {field["api_name"]: field for field in reply.json()["fields"]}
    assert {"Locked_By__s", "Locked_For__s", "Locked_Reason__s", "Lock_Source__s", "Locked_Time__s"} <= set(
        fields
    )
    assert fields["Locked_Reason__s"]["read_only"] is False


CONFIGURATIONS = "/settings/record_locking_configurations"


def configuration(**changes):
    criteria = {"field": {"api_name": "Lead_Status"}, "comparator": "equal", "value": "Contacted"}
    rule = {"name": "Spoken to", "criteria": criteria}
    return {"lock_type": "both", "locked_for": "all", "locking_rules": [rule], **changes}


@pytest.fixture
def configure(api):
    async def send(row, method="POST", path=CONFIGURATIONS):
        body = {"record_locking_configurations": [row]}
        reply = await api.call(method, f"{path}?module=Leads", json=body)
        (item,) = reply.json()["record_locking_configurations"]
        return item

    return send


@evidence("locking.configuration")
async def test_a_record_that_meets_a_rule_is_locked_when_it_is_written(api, configure, lead):
    key = (await configure(configuration()))["details"]["id"]
    (one,) = (await api.get(CONFIGURATIONS, module="Leads")).json()["record_locking_configurations"]
    assert (one["id"], one["lock_type"], one["locking_rules"][0]["name"]) == (key, "both", "Spoken to")
    assert (await api.get(f"{CONFIGURATIONS}/{key}", module="Leads")).status_code == 200
    assert (await api.get(CONFIGURATIONS, module="Deals")).status_code == 204
    already = f"/Leads/{api.ids['smithson']}/Locking_Information__s"
    assert (await api.get(already, fields="Lock_Source__s")).status_code == 204

    assert (await api.write("PUT", lead, {"Lead_Status": "Contacted"})).status_code == 200
    fields = "Lock_Source__s,Locked_Reason__s,Record_Locking_Rule_Id__s,Record_Locking_Configuration_Id__s"
    (lock,) = (await api.get(f"{lead}/Locking_Information__s", fields=fields)).json()["data"]
    assert (lock["Lock_Source__s"], lock["Locked_Reason__s"]) == ("Automatic", "Spoken to")
    assert lock["Record_Locking_Configuration_Id__s"] == key
    assert lock["Record_Locking_Rule_Id__s"] == one["locking_rules"][0]["id"]
    (item,) = (await api.write("PUT", lead, {"Lead_Status": "New"})).json()["data"]
    assert item["code"] == "RECORD_LOCKED"

    rule = {"id": one["locking_rules"][0]["id"], "lock_existing_records": True}
    await configure({"locking_rules": [rule]}, "PUT", f"{CONFIGURATIONS}/{key}")
    assert (await api.get(already, fields="Lock_Source__s")).status_code == 200
    await configure({"id": key, "lock_type": "manual"}, "PUT")
    new = {"Last_Name": "New", "Company": "x", "Lead_Status": "Contacted"}
    made = (await api.write("POST", "/Leads", new)).json()["data"][0]["details"]["id"]
    assert (await api.write("PUT", f"/Leads/{made}", {"Company": "y"})).status_code == 200
    gone = await api.call("DELETE", f"{CONFIGURATIONS}/{key}?module=Leads")
    assert gone.json()["record_locking_configurations"][0]["code"] == "SUCCESS"
    assert (await api.get(CONFIGURATIONS, module="Leads")).status_code == 204


@evidence("locking.configuration")
async def test_a_configuration_with_a_fault_is_not_kept(api, configure, refused):
    for change, code in (
        ({"lock_type": None}, "MANDATORY_NOT_FOUND"),
        ({"lock_type": "never"}, "INVALID_DATA"),
        ({"locked_for": None}, "MANDATORY_NOT_FOUND"),
        ({"locking_rules": []}, "DEPENDENT_FIELD_MISSING"),
        ({"locking_rules": [{"name": "x"}]}, "MANDATORY_NOT_FOUND"),
        ({"locking_rules": [{"name": "x", "criteria": {"field": {"api_name": "Nope"}}}]}, "INVALID_DATA"),
        ({"locking_rules": [{"id": "5", "name": "x"}]}, "INVALID_DATA"),
        ({"restricted_actions": "all"}, "INVALID_DATA"),
    ):
        assert (await configure(configuration(**change)))["code"] == code
    assert (await api.get(CONFIGURATIONS, module="Leads")).status_code == 204
    assert (await configure(configuration()))["status"] == "success"
    assert (await configure(configuration()))["code"] == "LIMIT_EXCEEDED"
    refused(await api.get(CONFIGURATIONS, module="Calls"), "NOT_SUPPORTED")
