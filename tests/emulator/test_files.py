"""Files uploaded ahead of the record or mail that names them."""

from __future__ import annotations

import pytest

evidence = pytest.mark.evidence


@evidence("files.upload", "files.download")
async def test_files_go_up_together_and_come_down_one_by_one(api):
    sent = [("file", ("a.txt", b"alpha")), ("file", ("b.png", b"\x89PNG\r\n\r\n"))]
    reply = await api.call("POST", "/files", files=sent)
    assert reply.status_code == 200
    first, second = reply.json()["data"]
    assert first["message"] == "a.txt uploaded Succeessfully"
    assert first["details"]["name"] == "a.txt"
    for item, (_, (name, data)) in zip((first, second), sent, strict=True):
        down = await api.get("/files", id=item["details"]["id"])
        assert down.content == data
        assert down.headers["content-disposition"].endswith(f"''{name}")


@evidence("files.download")
async def test_a_file_nobody_uploaded_is_nothing_and_the_id_is_mandatory(api, refused):
    assert (await api.get("/files", id="f" * 64)).status_code == 204
    assert refused(await api.get("/files"), "REQUIRED_PARAM_MISSING") == {"param_name": "id"}


@evidence("files.nothing-uploaded", "files.media-type")
async def test_an_upload_of_nothing_is_refused(api, refused):
    refused(await api.call("POST", "/files", files={"nofile": ("a", b"x")}), "failure_in_attachment_handling")
    refused(await api.call("POST", "/files", json={}), "MEDIA_TYPE_NOT_SUPPORTED", 415)


@evidence("files.upload")
async def test_more_than_ten_files_are_refused_and_none_is_kept(api, refused):
    sent = [("file", (f"{n}.txt", b"x")) for n in range(11)]
    assert refused(await api.call("POST", "/files", files=sent), "LIMIT_EXCEEDED")["maximum_length"] == 10
    assert (await api.call("POST", "/files", files=sent[:10])).status_code == 200
    assert api.emulator.store.fetch("SELECT count(*) FROM _blob") == [(10,)]
    refused(await api.call("POST", "/files?type=other", files=sent[:1]), "INVALID_DATA")
