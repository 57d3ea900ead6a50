"""Files: what was uploaded, the attachments of records, and the photo a record may have.

The bytes stay in the database, so that a snapshot of it is whole. What belongs to a deleted record is kept, out of
reach until the record comes back; `forget` drops it once the record is gone for good.
https://www.zoho.com/crm/developer/docs/api/v8/upload-attachment.html
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import Response

from zcrm_tools.emulator.replies import Refusal
from zcrm_tools.emulator.store import epoch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zcrm_tools.emulator.multipart import Part
    from zcrm_tools.emulator.store import Store

MAX_FILE = 20 * 1024 * 1024
"""Bytes of an attachment or a file, 20 MB."""
_TABLES = (
    """CREATE TABLE IF NOT EXISTS _blob (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, body BLOB NOT NULL, by INTEGER NOT NULL,
        at INTEGER NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS _attachment (
        id INTEGER PRIMARY KEY, module TEXT NOT NULL, record INTEGER NOT NULL, blob TEXT, link TEXT,
        name TEXT NOT NULL, size INTEGER NOT NULL, by INTEGER NOT NULL, at INTEGER NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS _attachment_record ON _attachment (record)",
    "CREATE TABLE IF NOT EXISTS _photo (record INTEGER PRIMARY KEY, blob TEXT NOT NULL)",
)
NOTES_ATTACHMENTS = """(SELECT CASE WHEN count(*) THEN json_group_array(json_object(
    'id', CAST(a.id AS TEXT), 'File_Name', a.name, 'Size', CAST(a.size AS TEXT), '$file_id', a.blob)) END
    FROM _attachment a WHERE a.record = t.id AND a.module = 'Notes')"""
"""SQL for a note's `$attachments`, the note aliased `t`."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f/\\\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Blob:
    id: str
    name: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file, or with `link` an address. `size` in bytes."""

    id: int
    module: str
    record: int
    blob: str | None
    link: str | None
    name: str
    size: int
    by: int
    at: int


def ensure(store: Store) -> None:
    for sql in _TABLES:
        store.execute(sql)


# ---- files


def keep(store: Store, part: Part, by: int, *, limit: int = MAX_FILE) -> Blob:
    """Store an uploaded file; refused when it is larger than `limit` bytes."""
    ensure(store)
    if len(part.data) > limit:
        raise too_large()
    name = _CONTROL.sub("_", part.filename or "file")[:255]
    blob = Blob(secrets.token_hex(32), name, part.media_type, part.data)
    now = epoch(store.clock.now())
    store.execute(
        "INSERT INTO _blob VALUES (?, ?, ?, ?, ?, ?)",
        (blob.id, blob.name, blob.media_type, blob.body, by, now),
    )
    return blob


def read(store: Store, blob_id: str) -> Blob | None:
    ensure(store)
    found = store.fetch("SELECT id, name, type, body FROM _blob WHERE id = ?", (blob_id,))
    return Blob(*found[0]) if found else None


def too_large() -> Refusal:
    message = "please check if the file size is in the correct range"
    return Refusal("FILE_SIZE_MORE_THAN_ALLOWED_SIZE", message, status=413)


def download(blob: Blob, media_type: str = "application/x-download") -> Response:
    """The bytes, with the file's name as Zoho sends it: percent-encoded behind two apostrophes."""
    disposition = f"attachment; filename*=UTF-8''{quote(blob.name, safe='')}"
    return Response(blob.body, headers={"Content-Disposition": disposition}, media_type=media_type)


# ---- attachments


def attach(
    store: Store, of: tuple[str, int], by: int, *, blob: Blob | None = None, link: str = "", title: str = ""
) -> Attachment:
    ensure(store)
    name = blob.name if blob else title or link
    made = Attachment(
        store.next_id(),
        *of,
        blob.id if blob else None,
        None if blob else link,
        name,
        len(blob.body) if blob else 0,
        by,
        epoch(store.clock.now()),
    )
    store.execute(
        "INSERT INTO _attachment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (made.id, made.module, made.record, made.blob, made.link, made.name, made.size, by, made.at),
    )
    return made


def attachments(store: Store, module: str, record_id: int) -> Sequence[Attachment]:
    """A record's, newest first."""
    ensure(store)
    sql = "SELECT * FROM _attachment WHERE record = ? AND module = ? ORDER BY at DESC, id DESC"
    return [Attachment(*row) for row in store.fetch(sql, (record_id, module))]


def detach(store: Store, attachment: Attachment) -> None:
    store.execute("DELETE FROM _attachment WHERE id = ?", (attachment.id,))
    if attachment.blob:
        store.execute("DELETE FROM _blob WHERE id = ?", (attachment.blob,))


def move(store: Store, source: tuple[str, int], target: tuple[str, int]) -> None:
    """Hand a record's attachments to another, as converting a lead does."""
    ensure(store)
    store.execute(
        "UPDATE _attachment SET module = ?, record = ? WHERE module = ? AND record = ?", (*target, *source)
    )


# ---- photos


def photo(store: Store, record_id: int) -> Blob | None:
    ensure(store)
    found = store.fetch("SELECT blob FROM _photo WHERE record = ?", (record_id,))
    return read(store, found[0][0]) if found else None


def set_photo(store: Store, record_id: int, blob: Blob | None) -> None:
    """Put a photo on a record in place of the one it had; None takes it away."""
    ensure(store)
    store.execute("DELETE FROM _blob WHERE id = (SELECT blob FROM _photo WHERE record = ?)", (record_id,))
    store.execute("DELETE FROM _photo WHERE record = ?", (record_id,))
    if blob is not None:
        store.execute("INSERT INTO _photo VALUES (?, ?)", (record_id, blob.id))


def forget(store: Store, module: str, record_id: int) -> None:
    """Drop the attachments and the photo of a record that is gone for good."""
    for one in attachments(store, module, record_id):
        detach(store, one)
    set_photo(store, record_id, None)
