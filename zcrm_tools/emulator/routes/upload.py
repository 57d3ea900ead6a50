"""The upload that bulk writes begin with. Zoho has it on a host of its own; the emulator is that host too.

https://www.zoho.com/crm/developer/docs/api/v8/bulk-write/upload-file.html
"""

from __future__ import annotations

import io
import zipfile

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import multipart
from zcrm_tools.emulator.call import Call, as_id, route
from zcrm_tools.emulator.render import zoned
from zcrm_tools.emulator.replies import Refusal, reply
from zcrm_tools.emulator.store import Store, epoch

MAX_FILE = 25 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
_TABLE = "CREATE TABLE IF NOT EXISTS _bulk_upload (id INTEGER PRIMARY KEY, user INTEGER NOT NULL, body BLOB NOT NULL)"


def upload(call: Call) -> Response:
    if call.headers.get("feature") != "bulk-write" or call.headers.get("x-crm-org") != call.store.org().get(
        "zgid"
    ):
        body = {
            "ERROR_MESSAGE": "Bad Request",
            "ERROR_CODE": 400,
            "x-error": "check if headers [feature, X-CRM-ORG] are present and valid",
        }
        return reply(body, 400)
    parts = [part for part in multipart.parts_of(call) if part.name == "file"]
    if not parts:
        raise Refusal("INVALID_FILE_FORMAT", "invalid file format. only zip format is supported")
    data = parts[0].data
    if len(data) > MAX_FILE:
        raise Refusal("FILE_TOO_LARGE", "File size too large to process", status=413)
    if not _csv_names(data):
        raise Refusal("INVALID_FILE_FORMAT", "invalid file format. only zip format is supported")
    call.store.execute(_TABLE)
    file_id = call.store.next_id()
    call.store.execute("INSERT INTO _bulk_upload VALUES (?, ?, ?)", (file_id, call.caller.user_id, data))
    made = zoned(epoch(call.store.clock.now()), call.caller.time_zone)
    details = {"file_id": str(file_id), "created_time": made}
    message = {"status": "success", "code": "FILE_UPLOAD_SUCCESS", "message": "file uploaded."}
    return reply({**message, "details": details})


def _csv_names(data: bytes) -> list[str]:
    """The CSV files in a zip; none when it is no zip, or unpacks to more than anybody sends."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED or archive.testzip():
                return []
            return [name for name in archive.namelist() if name.lower().endswith(".csv")]
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError, EOFError):
        return []


def csv_of(store: Store, file_id: object, wanted: str | None) -> tuple[str, bytes] | None:
    """Name and bytes of a CSV in an uploaded zip: the one named, else the first."""
    store.execute(_TABLE)
    found = store.fetch("SELECT body FROM _bulk_upload WHERE id = ?", (as_id(file_id),))
    if not found:
        return None
    names = _csv_names(found[0][0])
    name = wanted or names[0]
    if name not in names:
        return None
    with zipfile.ZipFile(io.BytesIO(found[0][0])) as archive:
        return name.rsplit("/", 1)[-1], archive.read(name)


routes: list[Route] = [route("/upload", upload, "upload_bulk_file", "POST")]
