"""The photo of a record."""

from __future__ import annotations

import struct

import pytest

from zcrm_tools.emulator.routes.photos import pixels

evidence = pytest.mark.evidence


def png(width=3, height=2, padding=0):
    return (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", width, height) + b"\x08" * (padding + 5)
    )


GIF = b"GIF89a" + struct.pack("<HH", 3, 2) + b"\x00"
BMP = b"BM" + b"\x00" * 16 + struct.pack("<ii", 3, -2) + b"\x00"
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc2\x00\x0b\x08" + struct.pack(">HH", 2, 3) + b"\x01"


async def put(api, data, path="", name="me.png"):
    path = path or f"/Leads/{api.ids['smith']}"
    return await api.call("POST", f"{path}/photo", files={"file": (name, data)})


@evidence("photo.upload", "photo.delete")
async def test_a_photo_goes_up_comes_down_and_goes_away(api):
    path = f"/Leads/{api.ids['smith']}/photo"
    assert (await api.get(path)).status_code == 204
    reply = await put(api, png())
    assert reply.json() == {
        "code": "SUCCESS",
        "details": {},
        "message": "photo uploaded successfully",
        "status": "success",
    }
    down = await api.get(path)
    assert (down.content, down.headers["content-type"]) == (png(), "image/png")
    assert api.stored("Leads", api.ids["smith"])["Record_Image"]
    await put(api, GIF, name="me.gif")
    assert (await api.get(path)).content == GIF
    assert (await api.call("DELETE", path)).json()["message"] == "Photo deleted"
    assert (await api.get(path)).status_code == 204
    assert api.stored("Leads", api.ids["smith"])["Record_Image"] is None
    assert api.emulator.store.fetch("SELECT count(*) FROM _blob") == [(0,)]


@evidence("photo.upload")
@pytest.mark.parametrize(
    ("data", "media_type"),
    [(png(), "image/png"), (GIF, "image/gif"), (BMP, "image/bmp"), (JPEG, "image/jpeg")],
)
def test_the_size_of_each_format_is_read(data, media_type):
    assert pixels(data) == (media_type, 3, 2)


@evidence("photo.format")
@pytest.mark.parametrize("data", [b"", b"text", b"\xff\xd8\xff", b"\x89PNG", b"GIF89a", JPEG[:12]])
async def test_bytes_that_are_no_picture_are_refused(api, refused, data):
    refused(await put(api, data), "INVALID_DATA")
    assert (await api.get(f"/Leads/{api.ids['smith']}/photo")).status_code == 204


@evidence("photo.limits")
async def test_a_photo_too_large_in_pixels_or_bytes_is_refused(api, refused):
    refused(await put(api, png(10_001, 1_000)), "FILE_SIZE_MORE_THAN_ALLOWED_SIZE", 413)
    refused(await put(api, png(padding=10 * 1024 * 1024)), "FILE_SIZE_MORE_THAN_ALLOWED_SIZE", 413)
    assert (await put(api, png(10_000, 1_000))).status_code == 200


@evidence("photo.modules")
async def test_modules_without_photos_and_records_that_are_not_there(api, refused):
    refused(await put(api, png(), f"/Tasks/{api.ids['task']}"), "INVALID_MODULE")
    refused(await put(api, png(), "/Leads/554023000009999999"), "INVALID_DATA")
    refused(await api.get("/Leads/554023000009999999/photo"), "INVALID_DATA")
    assert (await put(api, png(), f"/Deals/{api.ids['pumps']}")).status_code == 200
    refused(
        await api.call(
            "POST", f"/Leads/{api.ids['smith']}/photo?restrict_triggers=x", files={"file": ("a", png())}
        ),
        "INVALID_DATA",
    )
