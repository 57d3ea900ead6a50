"""The org itself and its photo.

https://www.zoho.com/crm/developer/docs/api/v8/get-org-data.html, upload-org-photo.html
"""

from __future__ import annotations

import base64

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.multipart import parts_of
from zcrm_tools.emulator.replies import Refusal, nothing, reply, success

PHOTO = "org_photo"
PHOTO_LIMIT = 1024 * 1024
_IMAGES = {
    b"\x89PNG\r\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
}


def get_org(call: Call) -> Response:
    photo = documents.every(call.store, PHOTO)
    org = {"photo_id": None, "mc_status": False, **call.store.org()}
    return reply({"org": [{**org, "photo_id": photo[0]["id"] if photo else None}]})


def get_org_photo(call: Call) -> Response:
    kept = documents.every(call.store, PHOTO)
    if not kept:
        return nothing()
    return Response(base64.b64decode(kept[0]["data"]), media_type=kept[0]["media_type"])


def upload_org_photo(call: Call) -> Response:
    files = [part for part in parts_of(call) if part.filename is not None]
    if len(files) != 1:
        held = "does not contain any file" if not files else "contains more than one file"
        raise Refusal("INVALID_DATA", f"The request {held}")
    data = files[0].data
    media_type = next((kind for mark, kind in _IMAGES.items() if data.startswith(mark)), None)
    if media_type is None:
        raise Refusal("INVALID_DATA", "Invalid file type")
    if len(data) > PHOTO_LIMIT:
        raise Refusal("FILE_SIZE_EXCEEDS", "File size exceeds the limit", {"size": PHOTO_LIMIT}, status=413)
    _clear(call)
    documents.add(call.store, PHOTO, {"media_type": media_type, "data": base64.b64encode(data).decode()})
    return reply(success("photo uploaded successfully", {}))


def delete_org_photo(call: Call) -> Response:
    _clear(call)
    return reply(success("photo deleted successfully", {}))


def _clear(call: Call) -> None:
    for kept in documents.every(call.store, PHOTO):
        documents.remove(call.store, PHOTO, int(kept["id"]))


routes: list[Route] = [
    route("/org", get_org, "get_org"),
    route("/org/photo", get_org_photo, "get_org_photo"),
    route("/org/photo", upload_org_photo, "upload_org_photo", "POST"),
    route("/org/photo", delete_org_photo, "delete_org_photo", "DELETE"),
]
