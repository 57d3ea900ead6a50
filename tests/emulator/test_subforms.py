"""Custom subforms: a module of rows behind a field, read and written with the record."""

from __future__ import annotations

import pytest


@pytest.fixture
async def languages(api):
    """The documentation's example: Languages of a contact, each with a proficiency."""
    body = {"fields": [{"field_label": "Languages", "data_type": "subform"}]}
    reply = await api.call("POST", "/settings/fields?module=Contacts", json=body)
    assert reply.status_code == 201, reply.text
    fields = [
        {"field_label": "Language", "data_type": "text", "length": 20},
        {"field_label": "Proficiency", "data_type": "text", "system_mandatory": True},
    ]
    reply = await api.call("POST", "/settings/fields?module=Languages", json={"fields": fields})
    assert reply.status_code == 201, reply.text
    return api.ids["boyle"]


async def rows(api, key, **how):
    return (await api.get(f"/Contacts/{key}", **how)).json()["data"][0]["Languages"]


async def write(api, key, value, **how):
    reply = await api.write("PUT", f"/Contacts/{key}", {"Languages": value}, **how)
    return reply.json()["data"][0]


ENGLISH = {"Language": "English", "Proficiency": "Native"}
FRENCH = {"Language": "French", "Proficiency": "Professional"}


@pytest.mark.evidence("subforms.create", "subforms.update")
async def test_rows_are_added_changed_and_deleted_through_the_record(api, languages):
    key = languages
    assert (await api.get(f"/Contacts/{key}")).json()["data"][0]["$has_more"] == {"Languages": False}
    assert await rows(api, key) == []
    assert (await write(api, key, [ENGLISH, FRENCH]))["status"] == "success"
    english, french = await rows(api, key)
    assert english["Parent_Id"] == {"name": "Ada Boyle", "id": str(key)}
    assert {"Created_Time", "Modified_Time", "Layout", "$in_merge", "$field_states"} <= set(english)
    await write(api, key, [{"id": french["id"], "Proficiency": "Native"}, {"id": english["id"]}])
    assert [(r["id"], r["Proficiency"]) for r in await rows(api, key)] == [
        (english["id"], "Native"),
        (french["id"], "Native"),
    ]
    await write(api, key, [{"id": english["id"], "_delete": None}])
    assert [r["id"] for r in await rows(api, key)] == [french["id"]]
    await write(api, key, await rows(api, key))  # what was read can be written back
    assert [r["id"] for r in await rows(api, key)] == [french["id"]]
    await write(api, key, [])
    assert await rows(api, key) == []


@pytest.mark.evidence("subforms.update")
async def test_v2_replaces_the_rows_that_an_update_does_not_mention(api, languages):
    key = languages
    await write(api, key, [ENGLISH, FRENCH])
    english, _ = await rows(api, key)
    await write(
        api, key, [{"id": english["id"]}, {"Language": "Danish", "Proficiency": "Basic"}], version="v2"
    )
    assert [r["Language"] for r in await rows(api, key)] == ["English", "Danish"]
    await write(api, key, [FRENCH], version="v2.1")
    assert [r["Language"] for r in await rows(api, key)] == ["English", "Danish", "French"]


@pytest.mark.evidence("subforms.create", "subforms.update")
async def test_a_bad_row_stops_the_whole_record(api, languages):
    key = languages
    await write(api, key, [ENGLISH])
    bad = (
        ([{"Language": "x" * 21, "Proficiency": "p"}], "INVALID_DATA", "$.data[0].Languages[0].Language"),
        ([FRENCH, {"Language": "Danish"}], "MANDATORY_NOT_FOUND", "$.data[0].Languages[1].Proficiency"),
        ([{"id": "5", "Language": "Danish"}], "INVALID_DATA", "$.data[0].Languages[0].id"),
        ([{"_delete": None}], "MANDATORY_NOT_FOUND", "$.data[0].Languages[0].id"),
        ("English", "INVALID_DATA", "$.data[0].Languages"),
        ([ENGLISH] * 100, "LIMIT_EXCEEDED", "$.data[0].Languages"),
    )
    for value, code, path in bad:
        entry = await write(api, key, value)
        assert (entry["code"], entry["details"]["json_path"]) == (code, path)
    assert [r["Language"] for r in await rows(api, key)] == ["English"]
    other = (await rows(api, key))[0]["id"]
    reply = await api.write(
        "PUT", f"/Contacts/{api.ids['marrs']}", {"Languages": [{"id": other, "_delete": None}]}
    )
    assert reply.json()["data"][0]["code"] == "INVALID_DATA"


@pytest.mark.evidence("subforms.create", "subforms.delete")
async def test_a_subform_is_described_queried_and_goes_with_its_record_and_its_field(api, languages):
    key = languages
    await write(api, key, [ENGLISH, FRENCH])
    query = "select Language, Parent_Id.Last_Name from Languages where Proficiency = 'Native'"
    (row,) = (await api.coql(query)).json()["data"]
    assert (row["Language"], row["Parent_Id.Last_Name"]) == ("English", "Boyle")
    listed = (await api.get("/Languages", fields="Language", sort_order="asc")).json()["data"]
    assert [r["Language"] for r in listed] == ["English", "French"]
    fields = (await api.get("/settings/fields", module="Contacts")).json()["fields"]
    (item,) = [f for f in fields if f["api_name"] == "Languages"]
    assert (item["data_type"], item["subform"]["module"], item["ui_type"]) == ("subform", "Languages", 500)
    await api.call("DELETE", f"/Contacts/{key}")
    assert api.emulator.store.count("Languages") == 0
    (kept,) = api.emulator.store.fetch("SELECT parts FROM _deleted WHERE id = ?", (key,))
    assert "French" in kept[0]
    assert (await api.call("DELETE", f"/settings/fields/{item['id']}?module=Contacts")).status_code == 200
    assert "Languages" not in api.emulator.store.modules
