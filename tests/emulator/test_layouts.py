"""Layouts, and global sets of picklist values."""

from __future__ import annotations

import pytest

SETS = "/settings/global_picklists"


@pytest.fixture
def send(api):
    async def call(method, path, key, *rows):
        return await api.call(method, path, json={key: list(rows)})

    return call


@pytest.fixture
def layout(api):
    return str(api.emulator.store.modules["Leads"].layout_id)


@pytest.mark.evidence("layouts.update")
async def test_a_layout_and_its_section_are_renamed(api, send, layout):
    (before,) = (await api.get("/settings/layouts", module="Leads")).json()["layouts"]
    section = before["sections"][0]["id"]
    path = f"/settings/layouts/{layout}?module=Leads"
    row = {
        "name": "Short",
        "show_business_card": False,
        "sections": [{"id": section, "display_label": "Top"}],
    }
    reply = await send("PATCH", path, "layouts", row)
    assert reply.json()["layouts"][0]["message"] == "layout updated"
    (after,) = (await api.get(f"/settings/layouts/{layout}", module="Leads")).json()["layouts"]
    assert (after["display_label"], after["show_business_card"]) == ("Short", False)
    assert after["sections"][0]["display_label"] == "Top"
    assert after["modified_by"]["id"] == str(api.ids["admin"])
    nameless = await send("PATCH", path, "layouts", {"sections": [{"display_label": "x"}]})
    assert nameless.json()["layouts"][0]["code"] == "EXPECTED_FIELD_MISSING"
    wrong = await send("PATCH", path, "layouts", {"sections": [{"id": "1"}]})
    assert wrong.json()["layouts"][0]["code"] == "INVALID_DATA"
    assert (await api.get("/settings/layouts/1", module="Leads")).status_code == 204


@pytest.mark.evidence("layouts.system")
async def test_the_standard_layout_stays_active_and_there(api, send, layout, refused):
    path = f"/settings/layouts/{layout}"
    active = await send(
        "POST", f"{path}/actions/activate?module=Leads", "layouts", {"profiles": [{"id": "1"}]}
    )
    assert active.json()["layouts"][0]["code"] == "ALREADY_ACTIVATED"
    bare = await send("POST", f"{path}/actions/activate?module=Leads", "layouts", {})
    assert bare.json()["layouts"][0]["code"] == "MANDATORY_NOT_FOUND"
    refused(await api.call("DELETE", f"{path}?module=Leads"), "NOT_ALLOWED")
    off = f"{path}/actions/activate?module=Leads"
    refused(await api.call("DELETE", off), "REQUIRED_PARAM_MISSING")
    refused(await api.call("DELETE", f"{off}&transfer_to=1"), "INVALID_DATA")
    refused(await api.call("DELETE", f"{off}&transfer_to={layout}"), "NOT_ALLOWED")
    refused(await api.call("DELETE", "/settings/layouts/1?module=Leads"), "INVALID_DATA")


@pytest.fixture
def made(send):
    async def make(label="Source", *values):
        listed = [{"display_value": value, "type": "used"} for value in values or ("Cold Call", "Twitter")]
        reply = await send(
            "POST", SETS, "global_picklists", {"display_label": label, "pick_list_values": listed}
        )
        assert reply.status_code == 201, reply.text
        return reply.json()["global_picklists"][0]["details"]["id"]

    return make


@pytest.mark.evidence("global-picklists.write")
async def test_a_global_set_is_made_changed_and_deleted(api, send, made):
    assert (await api.get(SETS)).status_code == 204
    key = await made()
    (one,) = (await api.get(f"{SETS}/{key}")).json()["global_picklists"]
    names = [value["display_value"] for value in one["pick_list_values"]]
    assert (one["api_name"], names) == ("Source", ["-None-", "Cold Call", "Twitter"])
    ids = {value["display_value"]: value["id"] for value in one["pick_list_values"]}
    values = [
        {"id": ids["Twitter"], "display_value": "X"},
        {"id": ids["Cold Call"], "_delete": None},
        {"display_value": "Fair", "actual_value": "fair", "type": "unused"},
    ]
    row = {"display_label": "Origin", "pick_list_values_sorted_lexically": True, "pick_list_values": values}
    reply = await send("PATCH", f"{SETS}/{key}", "global_picklists", row)
    assert reply.json()["global_picklists"][0]["message"] == "global picklist updated successfully"
    (one,) = (await api.get(SETS)).json()["global_picklists"]
    kept = [(value["display_value"], value["type"]) for value in one["pick_list_values"]]
    assert kept == [("-None-", "used"), ("Fair", "unused"), ("X", "used")]
    gone = await api.call("DELETE", f"{SETS}/{key}")
    assert (gone.status_code, gone.json()["global_picklists"][0]["code"]) == (202, "SCHEDULED")
    assert (await api.get(f"{SETS}/{key}")).status_code == 204


@pytest.mark.evidence("global-picklists.write")
@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"display_label": None}, "MANDATORY_NOT_FOUND"),
        ({"pick_list_values": None}, "MANDATORY_NOT_FOUND"),
        ({"display_label": "Source"}, "DUPLICATE_DATA"),
        ({"pick_list_values": [{"display_value": "A"}, {"display_value": "A"}]}, "DUPLICATE_DATA"),
        ({"pick_list_values": [{"display_value": "A", "type": "old"}]}, "INVALID_DATA"),
        ({"display_label": "x" * 51}, "INVALID_DATA"),
    ],
)
async def test_a_global_set_with_a_fault_is_not_made(send, made, row, code):
    await made()
    good = {"display_label": "New", "pick_list_values": [{"display_value": "A"}]}
    reply = await send("POST", SETS, "global_picklists", {**good, **row})
    assert (reply.status_code, reply.json()["global_picklists"][0]["code"]) == (400, code)


@pytest.mark.evidence("global-picklists.bound", "global-picklists.replace")
async def test_a_field_bound_to_a_set_has_its_values_and_follows_it(api, send, made):
    key = await made("Regions", "North", "South")

    async def field(name, **about):
        return await api.call(
            "POST", "/settings/fields?module=Leads", json={"fields": [{"field_label": name, **about}]}
        )

    async def shown(name="Region"):
        listed = (await api.get("/settings/fields", module="Leads")).json()["fields"]
        return next(one for one in listed if one["api_name"] == name)

    for name, about in (
        ("Region", {"data_type": "picklist"}),
        ("Reach", {"data_type": "multiselectpicklist"}),
    ):
        assert (await field(name, global_picklist={"id": key}, **about)).status_code == 201
    one = await shown()
    assert one["global_picklist"] == {"id": key, "api_name": "Regions"}
    assert [value["display_value"] for value in one["pick_list_values"]] == ["-None-", "North", "South"]
    lead = api.ids["smith"]
    reply = await api.write("PUT", f"/Leads/{lead}", {"Region": "North", "Reach": ["South", "North"]})
    assert reply.status_code == 200, reply.text

    (found,) = (await api.get(f"{SETS}/{key}")).json()["global_picklists"]
    assert (found["associated_fields_count"], found["used_in_modules"][0]["api_name"]) == (2, "Leads")
    links = (await api.get(f"{SETS}/{key}/actions/associations")).json()["associations"]
    assert [link["field"]["api_name"] for link in links] == ["Region", "Reach"]
    assert links[0]["layouts"][0]["status"] == "active"

    ids = {value["display_value"]: value["id"] for value in found["pick_list_values"]}
    values = [{"display_value": "East"}, {"id": ids["South"], "type": "unused", "display_value": "South"}]
    await send("PATCH", f"{SETS}/{key}", "global_picklists", {"pick_list_values": values})
    assert [v["display_value"] for v in (await shown())["pick_list_values"]] == ["-None-", "North", "East"]
    swap = {"old_value": {"display_value": "North"}, "new_value": {"display_value": "East"}}
    await send("POST", f"{SETS}/{key}/actions/replace_picklist_values", "replace_picklist_values", swap)
    stored = (await api.get(f"/Leads/{lead}")).json()["data"][0]
    assert (stored["Region"], stored["Reach"]) == ("East", ["South", "East"])
    assert [v["display_value"] for v in (await shown())["pick_list_values"]] == ["-None-", "East"]

    own = {"fields": [{"pick_list_values": [{"display_value": "West"}]}]}
    reply = await api.call("PATCH", f"/settings/fields/{one['id']}?module=Leads", json=own)
    assert reply.json()["fields"][0]["code"] == "NOT_ALLOWED"
    reply = await field("Other", data_type="picklist", global_picklist={"id": "5"})
    assert reply.json()["fields"][0]["details"]["json_path"] == "$.fields[0].global_picklist.id"
    await api.call("DELETE", f"{SETS}/{key}")
    one = await shown()
    assert (one["global_picklist"], len(one["pick_list_values"])) == (None, 2)


@pytest.mark.evidence("global-picklists.replace")
async def test_a_value_takes_the_place_of_another(api, send, made, refused):
    key = await made()
    path = f"{SETS}/{key}/actions/replace_picklist_values"
    row = {"old_value": {"display_value": "Twitter"}, "new_value": {"display_value": "Cold Call"}}
    reply = await send("POST", path, "replace_picklist_values", row)
    assert (reply.status_code, reply.json()["replace_picklist_values"][0]["code"]) == (202, "SCHEDULED")
    (gone,) = (await api.get(f"{SETS}/{key}/actions/replaced_values")).json()["replaced_values"]
    assert gone["display_value"] == "Twitter"
    for old, code in (({}, "EXPECTED_FIELD_MISSING"), ({"display_value": "-None-"}, "INVALID_DATA")):
        reply = await send("POST", path, "replace_picklist_values", {**row, "old_value": old})
        assert reply.json()["replace_picklist_values"][0]["code"] == code
    assert (await api.get(f"{SETS}/{key}/actions/associations")).status_code == 204
    refused(await api.get(f"{SETS}/{key}/actions/pick_list_values_associations"), "REQUIRED_PARAM_MISSING")
    refused(await api.get(f"{SETS}/1/actions/associations"), "INVALID_DATA")


@pytest.mark.evidence("map-dependency.write")
async def test_values_of_one_picklist_are_mapped_to_those_of_another(api, send, layout, refused):
    path = f"/settings/layouts/{layout}/map_dependency"
    here = f"{path}?module=Leads"
    assert (await api.get(path, module="Leads")).status_code == 204
    fields = {f["api_name"]: f for f in (await api.get("/settings/fields", module="Leads")).json()["fields"]}
    ids = {
        name: {value["actual_value"]: value["id"] for value in fields[name]["pick_list_values"]}
        for name in ("Lead_Status", "Lead_Source", "Rating")
    }
    maps = [{"id": ids["Lead_Source"]["Partner"]}, {"actual_value": "Website"}]
    row = {
        "parent": {"api_name": "Lead_Status"},
        "child": {"api_name": "Lead_Source", "id": fields["Lead_Source"]["id"]},
        "pick_list_values": [{"id": ids["Lead_Status"]["New"], "maps": maps}],
    }
    reply = await send("POST", here, "map_dependency", row)
    assert reply.status_code == 201, reply.text
    key = reply.json()["map_dependency"][0]["details"]["id"]

    async def mapped():
        (one,) = (await api.get(f"{path}/{key}", module="Leads")).json()["map_dependency"]
        assert (one["parent"]["api_name"], one["child"]["api_name"]) == ("Lead_Status", "Lead_Source")
        (value,) = (v for v in one["pick_list_values"] if v["actual_value"] == "New")
        return [other["actual_value"] for other in value["maps"]]

    assert await mapped() == ["Partner", "Website"]
    change = [
        {
            "actual_value": "New",
            "maps": [{"actual_value": "Partner", "_delete": None}, {"actual_value": "Chat"}],
        }
    ]
    await send("PUT", f"{path}/{key}?module=Leads", "map_dependency", {"pick_list_values": change})
    assert await mapped() == ["Website", "Chat"]
    again = await send("POST", here, "map_dependency", {**row, "parent": {"api_name": "Rating"}})
    assert again.json()["map_dependency"][0]["code"] == "INVALID_DATA"
    for wrong, code in (
        ({"parent": None}, "MANDATORY_NOT_FOUND"),
        ({"parent": {"api_name": "Company"}}, "INVALID_DATA"),
        ({"child": {"api_name": "Lead_Status"}}, "INVALID_DATA"),
        ({"child": {"api_name": "Rating"}, "pick_list_values": [{"id": "1", "maps": []}]}, "INVALID_DATA"),
        (
            {"child": {"api_name": "Rating"}, "pick_list_values": [{"actual_value": "New"}]},
            "MANDATORY_NOT_FOUND",
        ),
    ):
        reply = await send("POST", here, "map_dependency", {**row, **wrong})
        assert (reply.status_code, reply.json()["map_dependency"][0]["code"]) == (400, code)
    refused(await api.get(path), "REQUIRED_PARAM_MISSING")
    refused(await api.get("/settings/layouts/1/map_dependency", module="Leads"), "INVALID_DATA")
    assert len((await api.get(path, module="Leads")).json()["map_dependency"]) == 1
    gone = await api.call("DELETE", f"{path}/{key}?module=Leads")
    assert gone.json()["map_dependency"][0]["code"] == "SUCCESS"
    refused(await api.call("DELETE", f"{path}/{key}?module=Leads"), "INVALID_DATA")
