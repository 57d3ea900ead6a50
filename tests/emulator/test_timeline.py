"""The timeline of a record."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from zcrm_tools.emulator import rules

evidence = pytest.mark.evidence


async def lines(api, path, **params):
    reply = await api.get(f"{path}/__timeline", **params)
    assert reply.status_code in (200, 204), reply.text
    return [] if reply.status_code == 204 else reply.json()["__timeline"]


@pytest.fixture
def lead(api):
    return f"/Leads/{api.ids['smith']}"


@evidence("timeline.shape", "timeline.blank", "timeline.actions")
async def test_an_update_is_told_with_old_and_new_values(api, lead):
    assert await lines(api, lead) == []
    api.emulator.clock.advance(timedelta(minutes=5))
    row = {
        "Lead_Status": "Contacted",
        "Owner": {"id": str(api.ids["seller"])},
        "Fax": "1",
        "Last_Name": "Smith",
    }
    await api.write("PUT", lead, row)
    (line,) = await lines(api, lead)
    history = {one["api_name"]: one["_value"] for one in line.pop("field_history")}
    assert history == {
        "Lead_Status": {"new": "Contacted", "old": "New"},
        "Owner": {"new": "Sam Seller", "old": "Ada Admin"},
        "Fax": {"new": "1", "old": "blank"},
    }
    assert len(line.pop("id")) == 18
    assert line == {
        "done_by": {"name": "Ada Admin", "id": str(api.ids["admin"])},
        "related_record": None,
        "automation_details": None,
        "record": {
            "module": {"api_name": "Leads", "id": "554023000000002175"},
            "name": "Anna Smith",
            "id": str(api.ids["smith"]),
        },
        "audited_time": "2026-11-24T09:05:00+00:00",
        "action": "updated",
        "source": "crm_api",
    }


@evidence("timeline.actions")
async def test_an_update_that_changes_nothing_leaves_no_line(api, lead):
    await api.write("PUT", lead, {"Last_Name": "Smith"})
    assert await lines(api, lead) == []
    reply = await api.write("PUT", lead, {"Last_Name": "x" * 300})
    assert reply.status_code == 400
    assert await lines(api, lead) == []


@evidence("timeline.actions")
async def test_each_thing_done_to_a_record_is_a_line_newest_first(api):
    made = await api.write("POST", "/Leads", {"Last_Name": "New", "Tag": [{"name": "A"}]})
    lead = f"/Leads/{made.json()['data'][0]['details']['id']}"
    await api.call("POST", f"{lead}/actions/add_tags", json={"tags": [{"name": "B"}]})
    await api.call("POST", f"{lead}/actions/remove_tags", json={"tags": [{"name": "A"}]})
    await api.write("PUT", lead, {"Company": "x"})
    found = await lines(api, lead)
    assert [line["action"] for line in found] == ["updated", "tag_removed", "tag_added", "added"]
    assert found[1]["field_history"][0]["_value"] == {"new": "blank", "old": "A"}
    assert found[2]["field_history"][0]["_value"] == {"new": "B", "old": "blank"}
    assert found[3]["field_history"] is None
    first = (await lines(api, lead, sort_by="audited_time", sort_order="asc"))[0]
    assert first["action"] == "added"


@evidence("timeline.related", "timeline.filters")
async def test_notes_attachments_and_activities_are_told_on_their_record(api):
    deal = f"/Deals/{api.ids['pumps']}"
    await api.write("POST", f"{deal}/Notes", {"Note_Title": "Hello", "Note_Content": "x"})
    await api.call("POST", f"{deal}/Attachments", files={"file": ("a.txt", b"x")})
    task = {"Subject": "Do", "What_Id": {"id": str(api.ids["pumps"])}, "$se_module": "Deals"}
    made = await api.write("POST", "/Tasks", {**task, "Who_Id": {"id": str(api.ids["boyle"])}})
    found = await lines(api, deal)
    assert [(one["record"]["module"]["api_name"], one["record"]["name"]) for one in found] == [
        ("Tasks", "Do"),
        ("Attachments", "a.txt"),
        ("Notes", "Hello"),
    ]
    assert all(one["related_record"]["id"] == str(api.ids["pumps"]) for one in found)
    assert [one["record"]["name"] for one in await lines(api, f"/Contacts/{api.ids['boyle']}")] == ["Do"]
    task_id = made.json()["data"][0]["details"]["id"]
    assert [one["action"] for one in await lines(api, f"/Tasks/{task_id}")] == ["added"]

    def by_module(comparator, value):
        field = {"api_name": "record.module.api_name"}
        return json.dumps({"field": field, "comparator": comparator, "value": value})

    only = await lines(api, deal, filters=by_module("equal", "Notes"))
    assert [one["record"]["name"] for one in only] == ["Hello"]
    both = await lines(api, deal, filters=by_module("in", ["Notes", "Tasks"]))
    assert [one["record"]["name"] for one in both] == ["Do", "Hello"]
    assert await lines(api, deal, filters=by_module("equal", "Calls")) == []


@evidence("timeline.filters")
async def test_lines_are_filtered_by_time_user_and_source(api, lead):
    store, module = api.emulator.store, api.emulator.store.modules["Leads"]
    for minute, user, source in ((1, "admin", "crm_api"), (2, "seller", "crm_api"), (3, "admin", "workflow")):
        api.emulator.clock.advance(timedelta(minutes=1))
        writer = rules.Writer(store, api.ids[user], (8, 0), source)
        rules.update(writer, module, api.ids["smith"], {"Company": str(minute)}, "$")

    async def values(condition):
        found = await lines(api, lead, filters=json.dumps(condition))
        return [one["field_history"][0]["_value"]["new"] for one in found]

    by = {"field": {"api_name": "done_by.id"}, "comparator": "in", "value": [str(api.ids["admin"])]}
    via = {"field": {"api_name": "source"}, "comparator": "equal", "value": "crm_api"}
    when = {
        "field": {"api_name": "audited_time"},
        "comparator": "between",
        "value": ["2026-11-24T09:02:00+00:00", "2026-11-24T14:33:00+05:30"],
    }
    assert await values(by) == ["3", "1"]
    assert await values(via) == ["2", "1"]
    assert await values(when) == ["3", "2"]
    assert await values({"group_operator": "AND", "group": [by, via]}) == ["1"]
    assert await values({"group_operator": "OR", "group": [by, via]}) == ["3", "2", "1"]


@evidence("timeline.filters")
@pytest.mark.parametrize(
    "filters",
    [
        "nonsense",
        "[]",
        '{"field":{"api_name":"source"},"comparator":"like","value":"x"}',
        '{"field":{"api_name":"name"},"comparator":"equal","value":"x"}',
        '{"field":{"api_name":"source"},"comparator":"in","value":"x"}',
        '{"field":{"api_name":"audited_time"},"comparator":"equal","value":"x"}',
        '{"field":{"api_name":"audited_time"},"comparator":"between","value":["x","y"]}',
        '{"group_operator":"XOR","group":[]}',
        '{"group_operator":"AND","group":' * 50 + "1" + "}" * 50,
    ],
)
async def test_a_filter_that_is_none_is_refused(api, refused, lead, filters):
    refused(await api.get(f"{lead}/__timeline", filters=filters), "INVALID_DATA")


@evidence("timeline.inner-details")
async def test_inner_details_come_when_asked_for(api, refused, lead):
    await api.write("PUT", lead, {"Lead_Status": "Contacted"})
    inner = (
        "field_history.data_type, field_history.field_label, field_history.pick_list_values, done_by.profile"
    )
    (line,) = await lines(api, lead, include_inner_details=inner)
    (change,) = line["field_history"]
    assert (change["data_type"], change["field_label"]) == ("picklist", "Lead Status")
    assert "Contacted" in [choice["actual_value"] for choice in change["pick_list_values"]]
    assert "enable_colour_code" not in change
    assert line["done_by"]["profile"]["name"] == "Administrator"
    refused(await api.get(f"{lead}/__timeline", include_inner_details="x"), "INVALID_DATA")


@evidence("timeline.pages")
async def test_pages_follow_one_another(api, refused, lead):
    for number in range(5):
        await api.write("PUT", lead, {"Company": str(number)})
    seen, params = [], {"per_page": 2}
    while True:
        reply = (await api.get(f"{lead}/__timeline", **params)).json()
        seen += [line["field_history"][0]["_value"]["new"] for line in reply["__timeline"]]
        info = reply["info"]
        assert info["per_page"] == 2
        if not info["more_records"]:
            break
        params = {"page_token": info["next_page_token"]}
    assert seen == ["4", "3", "2", "1", "0"]
    assert info["next_page_token"] is None
    back = (await api.get(f"{lead}/__timeline", page_token=info["previous_page_token"])).json()
    assert len(back["__timeline"]) == 2
    both = await api.get(f"{lead}/__timeline", page_token=info["previous_page_token"], per_page=2)
    refused(both, "AMBIGUITY_DURING_PROCESSING")
    for token in ("x", "1.2.3", "2.2." + "0" * 24, "2.²." + "0" * 24):
        refused(await api.get(f"{lead}/__timeline", page_token=token), "INVALID_DATA")
    other = f"/Leads/{api.ids['smithson']}/__timeline"
    refused(await api.get(other, page_token=info["previous_page_token"]), "INVALID_DATA")


@evidence("timeline.bad-record")
async def test_there_is_no_timeline_of_nothing(api, refused):
    details = refused(await api.get("/Leads/554023000009999999/__timeline"), "INVALID_DATA")
    assert details == {"resource_path_index": 1}
