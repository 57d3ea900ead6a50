"""What older versions of the API do differently."""

from __future__ import annotations

import pytest


@pytest.mark.evidence("versions.fields-optional")
@pytest.mark.parametrize("version", ["v2", "v2.1"])
async def test_before_v3_a_list_needs_no_fields_and_gives_them_all(api, version):
    reply = await api.get("/Leads", version=version)
    assert reply.status_code == 200
    row = reply.json()["data"][0]
    assert api.emulator.store.modules["Leads"].fields.keys() <= row.keys()
    assert reply.json()["info"] == {"per_page": 200, "count": 3, "page": 1, "more_records": False}


@pytest.mark.evidence("versions.fields-optional")
@pytest.mark.parametrize("version", ["v3", "v4", "v5", "v6", "v7", "v8"])
async def test_from_v3_on_a_list_needs_fields_and_has_page_tokens(api, refused, version):
    refused(await api.get("/Leads", version=version), "REQUIRED_PARAM_MISSING")
    reply = await api.get("/Leads", version=version, fields="Last_Name", per_page=1)
    assert reply.json()["info"]["next_page_token"]


@pytest.mark.evidence("versions.v2-pages")
async def test_v2_pages_deep_by_number_and_sorts_by_any_field(api):
    api.emulator.store.load("Leads", ({"Last_Name": f"A{number}"} for number in range(2_400)))
    reply = await api.get("/Leads", version="v2", page=12, fields="Last_Name")
    assert reply.status_code == 200
    assert len(reply.json()["data"]) == 200
    by_name = await api.get("/Leads", version="v2", sort_by="Last_Name", sort_order="desc", per_page=2)
    assert [row["Last_Name"] for row in by_name.json()["data"]] == ["Ünal", "Smithson"]


@pytest.mark.evidence("versions.note-parent")
async def test_a_notes_parent_names_its_module_from_v5_on(api):
    await api.write("POST", f"/Leads/{api.ids['smith']}/Notes", {"Note_Content": "x"})
    path = f"/Leads/{api.ids['smith']}/Notes"
    for version, keys in (("v2", {"name", "id"}), ("v4", {"name", "id"}), ("v8", {"module", "name", "id"})):
        reply = await api.get(path, version=version, fields="Parent_Id")
        assert reply.json()["data"][0]["Parent_Id"].keys() == keys
