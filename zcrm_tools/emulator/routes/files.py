"""The file system of Zoho (ZFS): upload, to be named by id in a record or a mail later, and download.

https://www.zoho.com/crm/developer/docs/api/v8/upload-files-to-zfs.html
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import blobs, multipart, refusals
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.replies import Refusal, nothing, reply, success

MAX_FILES = 10


def upload_files(call: Call) -> Response:
    """Every part named `file`; all of them or, when one is refused, none."""
    if call.query.get("type", "inline") != "inline":
        raise refusals.bad_param("type", supported_values=["inline"])
    files = [part for part in multipart.parts_of(call) if part.name == "file" and part.filename is not None]
    if not files:
        message = "Problem in uploading attachment. kindly upload the file properly"
        raise Refusal("failure_in_attachment_handling", message)
    if len(files) > MAX_FILES:
        raise refusals.over_limit("$.file", MAX_FILES)
    with call.store.transaction():
        kept = [blobs.keep(call.store, part, call.caller.user_id) for part in files]
    # "Succeessfully" is Zoho's spelling
    items = [success(f"{one.name} uploaded Succeessfully", {"name": one.name, "id": one.id}) for one in kept]
    return reply({"data": items})


def get_file(call: Call) -> Response:
    wanted = call.query.get("id")
    if not wanted:
        raise refusals.missing_param("id", "The expected parameter is missing")
    blob = blobs.read(call.store, wanted)
    return nothing() if blob is None else blobs.download(blob)


routes: list[Route] = [
    route("/files", upload_files, "upload_files", "POST"),
    route("/files", get_file, "get_file"),
]
