"""The photo of a record. https://www.zoho.com/crm/developer/docs/api/v8/upload-image.html"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import blobs, locks, multipart, refusals
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.replies import Refusal, nothing, reply, success
from zcrm_tools.emulator.schema import ModuleDef

MODULES = ("Leads", "Contacts", "Accounts", "Products", "Deals", "Vendors")
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 10_000_000
_BASELINE = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0))
"""The JPEG markers in whose segment the size of the picture stands."""


def _record(call: Call, message: str) -> tuple[ModuleDef, int]:
    module, record_id = call.module, call.record_id
    if module.api_name not in MODULES and module.generated_type != "custom":
        raise Refusal(
            "INVALID_MODULE", "The given module is not supported in API", {"resource_path_index": 0}
        )
    if not call.store.exists(module.api_name, record_id):
        raise refusals.bad_path_id(1, message)
    return module, record_id


def get_photo(call: Call) -> Response:
    _, record_id = _record(call, refusals.INVALID_ID)
    blob = blobs.photo(call.store, record_id)
    return nothing() if blob is None else blobs.download(blob, blob.media_type)


def upload_photo(call: Call) -> Response:
    module, record_id = _record(call, "the related id given seems to be invalid")
    triggers = call.query.get("restrict_triggers")
    if triggers not in (None, "workflow"):
        raise refusals.bad_param("restrict_triggers", supported_values=["workflow"])
    locks.refuse_locked(call.store, record_id)
    part = next(
        (one for one in multipart.parts_of(call) if one.name == "file" and one.filename is not None), None
    )
    if part is None:
        raise refusals.missing_key("$.file")
    picture = pixels(part.data)
    if picture is None:
        raise refusals.bad_value("$.file")
    media_type, width, height = picture
    if width * height > MAX_PIXELS:
        raise blobs.too_large()
    seen = multipart.Part(part.name, part.filename, media_type, part.data)
    with call.store.transaction():
        blob = blobs.keep(call.store, seen, call.caller.user_id, limit=MAX_BYTES)
        _put(call, module, record_id, blob)
    return reply(success("photo uploaded successfully", {}))


def delete_photo(call: Call) -> Response:
    module, record_id = _record(call, refusals.INVALID_ID)
    locks.refuse_locked(call.store, record_id)
    with call.store.transaction():
        _put(call, module, record_id, None)
    return reply(success("Photo deleted", {}))


def _put(call: Call, module: ModuleDef, record_id: int, blob: blobs.Blob | None) -> None:
    blobs.set_photo(call.store, record_id, blob)
    if "Record_Image" in module.fields:
        call.store.update(module.api_name, record_id, {"Record_Image": blob and blob.id})


def pixels(data: bytes) -> tuple[str, int, int] | None:
    """Media type, width and height of a PNG, GIF, BMP or JPEG; None for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        return "image/png", int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if data[:6] in (b"GIF87a", b"GIF89a") and len(data) >= 10:
        return "image/gif", int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    if data.startswith(b"BM") and len(data) >= 26:
        height = int.from_bytes(data[22:26], "little", signed=True)  # negative: stored top down
        return "image/bmp", int.from_bytes(data[18:22], "little"), abs(height)
    return _jpeg(data) if data.startswith(b"\xff\xd8\xff") else None


def _jpeg(data: bytes) -> tuple[str, int, int] | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _BASELINE:
            height, width = data[at + 5 : at + 7], data[at + 7 : at + 9]
            return "image/jpeg", int.from_bytes(width, "big"), int.from_bytes(height, "big")
        at += 2 + length
    return None


routes: list[Route] = [
    route("/{module}/{id}/photo", get_photo, "get_photo"),
    route("/{module}/{id}/photo", upload_photo, "upload_photo", "POST"),
    route("/{module}/{id}/photo", delete_photo, "delete_photo", "DELETE"),
]
