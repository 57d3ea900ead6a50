"""Blueprints."""

from __future__ import annotations

import pytest

from zcrm_tools.emulator import blobs, locks, transitions
from zcrm_tools.emulator.transitions import BadBlueprint, define

evidence = pytest.mark.evidence

PROCESS = {
    "module": "Leads",
    "field": "Lead_Status",
    "name": "Lead nurturing",
    "transitions": [
        {
            "name": "Establish contact",
            "from": "New",
            "to": "Contacted",
            "fields": ["Phone", {"api_name": "Notes", "mandatory": False}, "Fax"],
        },
        {"name": "Give up", "from": "New", "to": "Lost Lead"},
        {"name": "Qualify", "from": "Contacted", "to": "Pre-Qualified"},
    ],
}


@pytest.fixture
def process(api):
    return define(api.emulator.store, PROCESS)


@pytest.fixture
def lead(api):
    return f"/Leads/{api.ids['smith']}"


async def move(api, lead, transition, data=None):
    body = {"blueprint": [{"transition_id": str(transition.id), "data": data or {}}]}
    return await api.call("PUT", f"{lead}/actions/blueprint", json=body)


@evidence("blueprint.get")
async def test_a_record_shows_what_is_open_to_it(api, process, lead):
    reply = await api.get(f"{lead}/actions/blueprint")
    found = reply.json()["blueprint"]
    info = found["process_info"]
    assert (info["api_name"], info["field_value"], info["name"]) == ("Lead_Status", "New", "Lead nurturing")
    assert info["id"] == str(process.id)
    contact, give_up = found["transitions"]
    assert (contact["name"], contact["next_field_value"], contact["type"]) == (
        "Establish contact",
        "Contacted",
        "manual",
    )
    assert [one["name"] for one in contact["next_transitions"]] == ["Qualify"]
    assert [(one["api_name"], one["mandatory"]) for one in contact["fields"]] == [
        ("Phone", True),
        ("Notes", False),
        ("Fax", True),
    ]
    assert contact["data"] == {"Phone": "+49 30 1234", "Fax": None}
    assert contact["percent_partial_save"] == 0
    assert (give_up["fields"], give_up["next_transitions"], give_up["sequence"]) == ([], [], 2)
    assert (await api.get(lead)).json()["data"][0]["$process_flow"] is True


@evidence("blueprint.update", "blueprint.related")
async def test_a_transition_moves_the_record_and_writes_its_data(api, process, lead):
    reply = await move(api, lead, process.transitions[0], {"Fax": "123", "Notes": "Rang at noon"})
    assert reply.json() == {
        "code": "SUCCESS",
        "details": {},
        "message": "transition updated successfully",
        "status": "success",
    }
    row = api.stored("Leads", api.ids["smith"])
    assert (row["Lead_Status"], row["Fax"]) == ("Contacted", "123")
    (note,) = (await api.get(f"{lead}/Notes", fields="Note_Content")).json()["data"]
    assert note["Note_Content"] == "Rang at noon"
    found = (await api.get(f"{lead}/__timeline")).json()["__timeline"]
    assert {line["source"] for line in found} == {"blueprint"}
    after = (await api.get(f"{lead}/actions/blueprint")).json()["blueprint"]
    assert [one["name"] for one in after["transitions"]] == ["Qualify"]


@evidence("blueprint.not-in-process")
async def test_a_record_at_the_end_or_without_a_process_is_in_none(api, refused, process, lead):
    await move(api, lead, process.transitions[1])
    assert api.stored("Leads", api.ids["smith"])["Lead_Status"] == "Lost Lead"
    refused(await api.get(f"{lead}/actions/blueprint"), "RECORD_NOT_IN_PROCESS")
    refused(await move(api, lead, process.transitions[1]), "RECORD_NOT_IN_PROCESS")
    refused(await api.get(f"/Deals/{api.ids['pumps']}/actions/blueprint"), "RECORD_NOT_IN_PROCESS")
    refused(await api.get(f"/Leads/{api.ids['ünal']}/actions/blueprint"), "RECORD_NOT_IN_PROCESS")
    assert (await api.get(lead)).json()["data"][0]["$process_flow"] is False
    refused(await api.get("/Leads/554023000009999999/actions/blueprint"), "INVALID_DATA")


@evidence("blueprint.partial", "blueprint.mandatory")
async def test_a_part_is_kept_until_the_rest_comes(api, refused, lead):
    made = define(
        api.emulator.store,
        {
            "module": "Leads",
            "field": "Lead_Status",
            "transitions": [{"from": "New", "to": "Contacted", "fields": ["Fax", "Mobile"]}],
        },
    )
    (one,) = made.transitions
    details = refused(await move(api, lead, one), "MULTIPLE_OR_MULTI_ERRORS")
    assert [error["code"] for error in details["errors"]] == ["MANDATORY_NOT_FOUND"] * 2
    reply = await move(api, lead, one, {"Fax": "123"})
    assert reply.json()["message"] == "transition saved partially"
    row = api.stored("Leads", api.ids["smith"])
    assert (row["Lead_Status"], row["Fax"]) == ("New", None)
    (shown,) = (await api.get(f"{lead}/actions/blueprint")).json()["blueprint"]["transitions"]
    assert (shown["percent_partial_save"], shown["data"]["Fax"]) == (50, "123")
    refused(await move(api, lead, one, {"Fax": 7}), "INVALID_DATA")
    reply = await move(api, lead, one, {"Mobile": "456"})
    assert reply.json()["message"] == "transition updated successfully"
    row = api.stored("Leads", api.ids["smith"])
    assert (row["Lead_Status"], row["Fax"], row["Mobile"]) == ("Contacted", "123", "456")
    assert transitions.saved(api.emulator.store, api.ids["smith"], one.id) == {}


@evidence("blueprint.wrong-transition", "blueprint.mandatory")
async def test_a_transition_from_elsewhere_is_refused(api, refused, process, lead):
    refused(await move(api, lead, process.transitions[2]), "INVALID_DATA")
    for body, code in (
        ({}, "MANDATORY_NOT_FOUND"),
        ({"blueprint": [{}]}, "MANDATORY_NOT_FOUND"),
        ({"blueprint": [{"transition_id": "7"}]}, "INVALID_DATA"),
        (
            {"blueprint": [{"transition_id": str(process.transitions[0].id), "data": []}]},
            "MANDATORY_NOT_FOUND",
        ),
        ({"blueprint": [7]}, "INVALID_DATA"),
        ({"blueprint": [{}, {}]}, "LIMIT_EXCEEDED"),
    ):
        refused(await api.call("PUT", f"{lead}/actions/blueprint", json=body), code)
    wrong = await move(api, lead, process.transitions[0], {"Fax": "x" * 300})
    refused(wrong, "INVALID_DATA")
    row = api.stored("Leads", api.ids["smith"])
    assert (row["Lead_Status"], row["Fax"]) == ("New", None)


@evidence("blueprint.related")
async def test_a_transition_takes_files_links_checklists_and_tasks(api, refused):
    made = define(
        api.emulator.store,
        {
            "module": "Deals",
            "field": "Stage",
            "transitions": [
                {
                    "from": None,
                    "to": "Needs Analysis",
                    "fields": [
                        "Attachments",
                        {"api_name": "CheckLists", "items": ["called", "written"]},
                        {"api_name": "Tasks", "mandatory": False},
                    ],
                }
            ],
        },
    )
    deal, (one,) = f"/Deals/{api.ids['pumps']}", made.transitions
    up = await api.call("POST", "/files", files={"file": ("plan.pdf", b"pdf")})
    file_id = up.json()["data"][0]["details"]["id"]
    data = {
        "Attachments": [{"$file_id": [file_id]}, {"$link_url": "www.zoho.com"}],
        "CheckLists": [{"called": True}, {"written": False}],
        "Tasks": {"Subject": "Follow up"},
    }
    assert (await move(api, deal, one, data)).json()["message"] == "transition saved partially"
    data["CheckLists"] = [{"called": True, "written": True}]
    missing = {**data, "Attachments": [{"$file_id": ["nope"]}]}
    refused(await move(api, deal, one, missing), "INVALID_DATA")
    assert api.stored("Deals", api.ids["pumps"])["Stage"] == "Qualification"
    assert (await move(api, deal, one, data)).json()["message"] == "transition updated successfully"
    row = api.stored("Deals", api.ids["pumps"])
    assert (row["Stage"], row["Probability"]) == ("Needs Analysis", 20)
    names = sorted(one.name for one in blobs.attachments(api.emulator.store, "Deals", api.ids["pumps"]))
    assert names == ["plan.pdf", "www.zoho.com"]
    tasks = (await api.get(f"{deal}/Tasks", fields="Subject")).json()["data"]
    assert sorted(task["Subject"] for task in tasks) == ["Follow up", "Ring back"]


@evidence("blueprint.locked")
async def test_a_locked_record_stays_where_it_is(api, refused, process, lead):
    locks.put(api.emulator.store, "Leads", api.ids["smith"], "audit", api.ids["admin"])
    refused(await api.get(f"{lead}/actions/blueprint"), "RECORD_LOCKED")
    refused(await move(api, lead, process.transitions[1]), "RECORD_LOCKED")


@evidence("blueprint.plain-update")
async def test_a_plain_update_does_not_jump_the_process(api, process, lead):
    reply = await api.write("PUT", lead, {"Lead_Status": "Contacted"})
    (item,) = reply.json()["data"]
    assert item["code"] == "RECORD_IN_BLUEPRINT"
    assert item["details"] == {"api_name": "Lead_Status", "json_path": "$.data[0].Lead_Status"}
    assert (await api.write("PUT", lead, {"Company": "x", "Lead_Status": "New"})).status_code == 200
    free = f"/Leads/{api.ids['ünal']}"
    assert (await api.write("PUT", free, {"Lead_Status": "Contacted"})).status_code == 200


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"module": "Nope"}, "no module"),
        ({"field": "Last_Name"}, "no picklist field"),
        ({"transitions": []}, "at least one"),
        ({"transitions": [{"from": "Nowhere", "to": "New"}]}, "no value"),
        ({"transitions": [{"from": "New"}]}, "no value"),
        ({"transitions": [{"from": "New", "to": "Contacted", "fields": ["Nope"]}]}, "no writable field"),
        ({"transitions": [{"from": "New", "to": "Contacted", "type": "magic"}]}, "manual or automatic"),
    ],
)
def test_a_definition_that_cannot_be_is_refused(api, changes, words):
    with pytest.raises(BadBlueprint, match=words):
        define(api.emulator.store, {**PROCESS, **changes})
    assert transitions.of_module(api.emulator.store, "Leads") == []


def test_a_field_has_one_blueprint(api, process):
    with pytest.raises(BadBlueprint, match="already"):
        define(api.emulator.store, PROCESS)
    assert transitions.of_module(api.emulator.store, "Leads") == [process]
