"""Attachments of records and of notes."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm_tools.emulator import blobs, multipart
from zcrm_tools.emulator.replies import Refusal

evidence = pytest.mark.evidence
PDF = b"%PDF-1.4\r\n--x\r\n\x00\xff bytes"


async def upload(api, path, name="offer.pdf", data=PDF):
    reply = await api.call("POST", f"{path}/Attachments", files={"file": (name, data)})
    assert reply.status_code == 200, reply.text
    (item,) = reply.json()["data"]
    assert (item["code"], item["message"]) == ("SUCCESS", "attachment uploaded successfully")
    return item["details"]["id"]


@evidence("attachments.upload", "attachments.row")
async def test_an_uploaded_file_is_in_the_list(api):
    lead = f"/Leads/{api.ids['smith']}"
    attachment = await upload(api, lead)
    fields = "File_Name,Size,Owner,Parent_Id,$file_id,$type,$se_module,Created_Time,Nonsense"
    reply = await api.get(f"{lead}/Attachments", fields=fields)
    (row,) = reply.json()["data"]
    assert len(row.pop("$file_id")) == 64
    assert row == {
        "File_Name": "offer.pdf",
        "Size": str(len(PDF)),
        "Owner": {"name": "Ada Admin", "id": str(api.ids["admin"]), "email": "admin@example.com"},
        "Parent_Id": {"name": "Anna Smith", "id": str(api.ids["smith"])},
        "$type": "Attachment",
        "$se_module": "Leads",
        "Created_Time": "2026-11-24T09:00:00+00:00",
        "id": attachment,
    }
    info = reply.json()["info"]
    assert (info["count"], info["more_records"], info["next_page_token"]) == (1, False, None)


@evidence("attachments.list-needs-fields")
async def test_a_list_of_attachments_names_its_fields(api, refused):
    details = refused(await api.get(f"/Leads/{api.ids['smith']}/Attachments"), "REQUIRED_PARAM_MISSING")
    assert details == {"param_name": "fields"}


async def test_a_record_without_attachments_answers_nothing(api):
    reply = await api.get(f"/Leads/{api.ids['smith']}/Attachments", fields="File_Name")
    assert reply.status_code == 204


@evidence("attachments.download")
async def test_the_bytes_come_back_as_they_were_with_the_name(api):
    lead = f"/Leads/{api.ids['smith']}"
    attachment = await upload(api, lead, "Angebot Ünal.pdf")
    reply = await api.get(f"{lead}/Attachments/{attachment}")
    assert reply.content == PDF
    assert reply.headers["content-disposition"] == "attachment; filename*=UTF-8''Angebot%20%C3%9Cnal.pdf"
    assert reply.headers["content-type"].startswith("application/x-download")


@evidence("attachments.link")
@pytest.mark.parametrize("where", ["form", "query"])
async def test_a_link_is_attached_under_its_title(api, where):
    lead = f"/Leads/{api.ids['smith']}"
    given = {"attachmentUrl": "https://example.com/a?b=1", "title": "The offer"}
    if where == "form":
        fields = {name: (None, value) for name, value in given.items()}
        reply = await api.call("POST", f"{lead}/Attachments", files=fields)
    else:
        reply = await api.call("POST", f"{lead}/Attachments", params=given)
    assert reply.status_code == 200, reply.text
    attachment = reply.json()["data"][0]["details"]["id"]
    listed = await api.get(f"{lead}/Attachments", fields="File_Name,$link_url,$type,$file_id")
    assert listed.json()["data"] == [
        {
            "File_Name": "The offer",
            "$link_url": "https://example.com/a?b=1",
            "$type": "Link URL",
            "$file_id": None,
            "id": attachment,
        }
    ]
    assert (await api.get(f"{lead}/Attachments/{attachment}")).status_code == 204


@evidence("attachments.bad-link")
@pytest.mark.parametrize("link", ["nonsense", "https://", "javascript:alert(1)", "a b.com"])
async def test_a_link_that_is_no_address_is_refused(api, refused, link):
    path = f"/Leads/{api.ids['smith']}/Attachments"
    refused(await api.call("POST", path, files={"attachmentUrl": (None, link)}), "INVALID_URL_PATTERN")
    assert (await api.get(path, fields="File_Name")).status_code == 204


@evidence("attachments.bad-parent")
async def test_nothing_is_attached_to_a_record_that_is_not_there(api, refused):
    details = refused(
        await api.call("POST", "/Leads/554023000009999999/Attachments", files={"file": ("a", b"x")}),
        "INVALID_DATA",
    )
    assert details == {"resource_path_index": 1}


@evidence("attachments.no-file", "files.media-type")
async def test_an_upload_without_a_file_is_refused(api, refused):
    path = f"/Leads/{api.ids['smith']}/Attachments"
    refused(await api.call("POST", path, files={"other": ("a", b"x")}), "MANDATORY_NOT_FOUND")
    refused(await api.call("POST", path, json={"file": "x"}), "MEDIA_TYPE_NOT_SUPPORTED", 415)
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    refused(await api.call("POST", path, content=b"garbage", headers=form), "INVALID_REQUEST")


@evidence("attachments.too-large")
async def test_a_file_of_more_than_20_mb_is_refused(api, refused):
    path = f"/Leads/{api.ids['smith']}/Attachments"
    big = b"x" * (blobs.MAX_FILE + 1)
    assert blobs.MAX_FILE == 20 * 1024 * 1024
    refused(
        await api.call("POST", path, files={"file": ("big", big)}), "FILE_SIZE_MORE_THAN_ALLOWED_SIZE", 413
    )
    assert (await api.get(path, fields="File_Name")).status_code == 204
    reply = await api.call("POST", path, files={"file": ("big", big[1:])})
    assert reply.status_code == 200


@evidence("attachments.delete")
async def test_attachments_are_deleted_one_by_one_or_by_ids(api, refused):
    lead = f"/Leads/{api.ids['smith']}"
    first, second, third = [await upload(api, lead, f"{n}.txt") for n in range(3)]
    reply = await api.call("DELETE", f"{lead}/Attachments/{first}")
    assert reply.json()["data"] == [
        {"code": "SUCCESS", "details": {"id": first}, "message": "record deleted", "status": "success"}
    ]
    refused(await api.call("DELETE", f"{lead}/Attachments/{first}"), "INVALID_DATA")
    reply = await api.call("DELETE", f"{lead}/Attachments?ids={second},{first}")
    assert reply.status_code == 207
    assert [item["code"] for item in reply.json()["data"]] == ["SUCCESS", "INVALID_DATA"]
    listed = await api.get(f"{lead}/Attachments", fields="File_Name")
    assert [row["id"] for row in listed.json()["data"]] == [third]
    assert api.emulator.store.fetch("SELECT count(*) FROM _blob") == [(1,)]


async def test_an_attachment_is_not_reached_through_another_record(api, refused):
    attachment = await upload(api, f"/Leads/{api.ids['smith']}")
    other = f"/Leads/{api.ids['smithson']}/Attachments/{attachment}"
    refused(await api.get(other), "INVALID_DATA")
    refused(await api.call("DELETE", other), "INVALID_DATA")
    assert (await api.get(f"/Leads/{api.ids['smith']}/Attachments/{attachment}")).content == PDF


@evidence("attachments.deleted-record")
async def test_attachments_of_a_deleted_record_are_out_of_reach_and_kept(api, refused):
    lead = f"/Leads/{api.ids['smith']}"
    attachment = await upload(api, lead)
    await api.call("DELETE", lead)
    refused(await api.get(f"{lead}/Attachments/{attachment}"), "INVALID_DATA")
    kept = blobs.attachments(api.emulator.store, "Leads", api.ids["smith"])
    assert [str(one.id) for one in kept] == [attachment]
    blobs.forget(api.emulator.store, "Leads", api.ids["smith"])
    assert api.emulator.store.fetch("SELECT count(*) FROM _blob") == [(0,)]


@evidence("notes.attachments")
async def test_a_note_shows_what_is_attached_to_it(api):
    parent = {"module": {"api_name": "Leads"}, "id": str(api.ids["smith"])}
    made = await api.write("POST", "/Notes", {"Note_Content": "see file", "Parent_Id": parent})
    note = made.json()["data"][0]["details"]["id"]
    assert (await api.get(f"/Notes/{note}")).json()["data"][0]["$attachments"] is None
    attachment = await upload(api, f"/Notes/{note}")
    for path, params in (
        (f"/Notes/{note}", {}),
        (f"/Leads/{api.ids['smith']}/Notes", {"fields": "$attachments"}),
    ):
        (row,) = (await api.get(path, **params)).json()["data"]
        (shown,) = row["$attachments"]
        assert (shown["id"], shown["File_Name"], shown["Size"]) == (attachment, "offer.pdf", str(len(PDF)))


async def test_a_reset_takes_the_files_too(api):
    await upload(api, f"/Leads/{api.ids['smith']}")
    api.emulator.reset()
    assert api.emulator.store.fetch("SELECT count(*) FROM _blob") == [(0,)]
    assert api.emulator.store.fetch("SELECT count(*) FROM _attachment") == [(0,)]


@given(
    files=st.lists(
        st.tuples(st.text(st.characters(codec="ascii", exclude_characters='"\\'), min_size=1), st.binary()),
        max_size=4,
    )
)
def test_a_form_is_read_back_byte_for_byte(files):
    body = b""
    for name, data in files:
        safe = "".join(c if c.isprintable() else "_" for c in name)
        head = f'--frontier\r\nContent-Disposition: form-data; name="file"; filename="{safe}"\r\n\r\n'
        body += head.encode() + data.replace(b"--frontier", b"") + b"\r\n"
    body += b"--frontier--\r\n"
    parts = multipart.parse(body, "frontier")
    assert [part.data for part in parts] == [data.replace(b"--frontier", b"") for _, data in files]
    assert all(part.name == "file" and part.filename is not None for part in parts)


@given(st.binary())
def test_a_body_that_is_no_form_is_refused_and_never_crashes(body):
    with suppress(Refusal):
        multipart.parse(body, "x")
