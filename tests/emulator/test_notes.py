"""Notes: on a record, and as records of their own."""

from __future__ import annotations

from datetime import timedelta

import pytest


def item(reply):
    return reply.json()["data"][0]


async def note_on(api, module, record_id, content, **beside):
    reply = await api.write("POST", f"/{module}/{record_id}/Notes", {"Note_Content": content, **beside})
    assert reply.status_code == 201, reply.text
    return item(reply)["details"]["id"]


@pytest.mark.evidence("notes.of-a-record")
async def test_notes_of_a_record_are_listed_oldest_first_with_their_parent(api, refused):
    smith = api.ids["smith"]
    first = await note_on(api, "Leads", smith, "one", Note_Title="T")
    second = await note_on(api, "Leads", smith, "two")
    await note_on(api, "Deals", api.ids["pumps"], "elsewhere")
    reply = await api.get(f"/Leads/{smith}/Notes", fields="Note_Title,Note_Content,Parent_Id")
    rows = reply.json()["data"]
    assert [row["id"] for row in rows] == [first, second]
    assert rows[0]["Parent_Id"] == {
        "module": {"api_name": "Leads", "id": str(api.emulator.store.modules["Leads"].id)},
        "name": "Anna Smith",
        "id": str(smith),
    }
    refused(await api.get(f"/Leads/{smith}/Notes"), "REQUIRED_PARAM_MISSING")
    assert (await api.get(f"/Leads/{api.ids['ünal']}/Notes", fields="id")).status_code == 204


@pytest.mark.evidence("notes.of-a-record")
async def test_a_note_on_nothing_is_refused(api, refused):
    reply = await api.write("POST", "/Leads/554023000999999999/Notes", {"Note_Content": "x"})
    assert refused(reply, "INVALID_DATA") == {"resource_path_index": 1}
    assert reply.json()["message"] == "the related id given seems to be invalid"
    reply = await api.write("POST", f"/Leads/{api.ids['smith']}/Nope", {"Note_Content": "x"})
    assert refused(reply, "INVALID_DATA") == {"resource_path_index": 2}
    reply = await api.write("POST", f"/Leads/{api.ids['smith']}/Notes", {"Note_Title": "no content"})
    assert item(reply)["details"]["api_name"] == "Note_Content"


@pytest.mark.evidence("notes.parent-forms")
async def test_a_note_made_by_itself_names_its_parent(api):
    smith = str(api.ids["smith"])
    reply = await api.write(
        "POST", "/Notes", {"Note_Content": "new", "Parent_Id": {"module": {"api_name": "Leads"}, "id": smith}}
    )
    assert reply.status_code == 201
    row = api.stored("Notes", item(reply)["details"]["id"])
    assert (row["Parent_Id"], row["Parent_Id__module"]) == (int(smith), "Leads")
    old = await api.write(
        "POST", "/Notes", {"Note_Content": "old", "Parent_Id": smith, "se_module": "Leads"}, version="v2"
    )
    assert old.status_code == 201
    reply = await api.write("POST", "/Notes", {"Note_Content": "x"})
    assert item(reply)["details"]["api_name"] == "Parent_Id"


async def test_a_note_can_be_read_changed_and_deleted(api):
    note = await note_on(api, "Leads", api.ids["smith"], "one")
    await api.write("PUT", f"/Notes/{note}", {"Note_Content": "changed"})
    (row,) = (await api.get(f"/Notes/{note}")).json()["data"]
    assert row["Note_Content"] == "changed"
    assert {"$attachments", "$voice_note", "$editable"} <= row.keys()
    assert (await api.call("DELETE", f"/Notes/{note}")).status_code == 200
    assert (await api.get(f"/Notes/{note}")).status_code == 204


@pytest.mark.evidence("notes.touch")
async def test_a_note_moves_the_modified_time_of_its_record(api):
    api.emulator.clock.advance(timedelta(minutes=5))
    await note_on(api, "Leads", api.ids["smith"], "one")
    row = api.stored("Leads", api.ids["smith"])
    assert row["Modified_Time"] == row["Last_Activity_Time"] == api.emulator.clock.now().timestamp()


async def test_the_notes_of_a_deleted_record_go_with_it(api):
    note = await note_on(api, "Leads", api.ids["smith"], "one")
    await api.call("DELETE", f"/Leads/{api.ids['smith']}")
    assert api.stored("Notes", note) is None
    assert item(await api.get("/Notes/deleted"))["id"] == note


@pytest.mark.evidence("notes.list-admin-only")
async def test_only_an_administrator_lists_all_notes(api, refused):
    await note_on(api, "Leads", api.ids["smith"], "one")
    assert (await api.get("/Notes", fields="Note_Content")).status_code == 200
    api.emulator.store.update("Users", api.ids["admin"], {"profile": api.ids["standard"]})
    refused(await api.get("/Notes", fields="Note_Content"), "NOT_SUPPORTED", 403)
    refused(await api.coql("select Note_Content from Notes where id is not null"), "NO_PERMISSION", 403)
    assert (await api.get(f"/Leads/{api.ids['smith']}/Notes", fields="id")).status_code == 200
