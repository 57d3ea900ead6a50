"""Files: on a record as attachments, as its photo, and in Zoho's file store for the fields that take files.

A download is never held whole unless asked for: it is written as it comes, under another name until it is complete.
https://www.zoho.com/crm/developer/docs/api/v8/upload-attachment.html, upload-image.html, upload-files-to-zfs.html
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeAlias

from zcrm_tools import operations
from zcrm_tools.crm import items, reads
from zcrm_tools.crm.org import Org
from zcrm_tools.errors import NOTHING_WRITTEN, NotFound, Problem
from zcrm_tools.models.record import Record

Source: TypeAlias = Path | bytes | IO[bytes]
"""A file on disk, its content, or an open binary file. Zoho takes up to 20 MB, photos up to 10 MB."""
if TYPE_CHECKING:  # the HTTP client loads with the first connection, not with the list of tools
    from zcrm_tools.http.session import Files
    from zcrm_tools.http.wire import Streamed

Opening: TypeAlias = "AbstractAsyncContextManager[Streamed | None]"
ATTACHMENT_FIELDS = ("File_Name", "Size", "Created_Time", "Parent_Id", "Created_By")


async def attachments(org: Org, module: str, id: str) -> tuple[Record, ...]:
    reply = await org.session.call(
        operations.LIST_ATTACHMENTS,
        module=module,
        id=reads.record_id(id),
        params={"fields": ",".join(ATTACHMENT_FIELDS), "per_page": "200"},
    )
    return reads.page_of("Attachments", reply).records


async def attach(org: Org, module: str, id: str, source: Source, name: str = "") -> str:
    """The attachment's id. `name` is the file's; a path brings its own."""
    reply = await org.session.call(
        operations.UPLOAD_ATTACHMENT, module=module, id=reads.record_id(id), files=await form(source, name)
    )
    return str(items.done(reply)["id"])


async def attach_link(org: Org, module: str, id: str, url: str, title: str = "") -> str:
    """Attach a web address."""
    reply = await org.session.call(
        operations.UPLOAD_ATTACHMENT,
        module=module,
        id=reads.record_id(id),
        params={"attachmentUrl": url} | ({"title": title} if title else {}),
    )
    return str(items.done(reply)["id"])


def attachment(org: Org, module: str, id: str, attachment: str) -> Opening:
    """Open an attachment for reading."""
    parts = {"attachment": reads.record_id(attachment)}
    return org.session.download(operations.GET_ATTACHMENT, module=module, id=reads.record_id(id), parts=parts)


async def detach(org: Org, module: str, id: str, attachment: str) -> None:
    """Delete an attachment for good."""
    parts = {"attachment": reads.record_id(attachment)}
    items.done(
        await org.session.call(
            operations.DELETE_ATTACHMENT, module=module, id=reads.record_id(id), parts=parts
        )
    )


def photo(org: Org, module: str, id: str) -> Opening:
    """Open a record's photo for reading."""
    return org.session.download(operations.GET_PHOTO, module=module, id=reads.record_id(id))


async def set_photo(org: Org, module: str, id: str, source: Source, name: str = "") -> None:
    """PNG, JPEG, GIF or BMP."""
    sent = await form(source, name or "photo.png")
    items.done(
        await org.session.call(operations.UPLOAD_PHOTO, module=module, id=reads.record_id(id), files=sent)
    )


async def delete_photo(org: Org, module: str, id: str) -> None:
    items.done(await org.session.call(operations.DELETE_PHOTO, module=module, id=reads.record_id(id)))


async def upload(org: Org, source: Source, name: str = "") -> str:
    """Into Zoho's file store; the id goes into a file or image field as `[{"File_Id__s": id}]`, or into a mail."""
    reply = await org.session.call(operations.UPLOAD_FILES, files=await form(source, name))
    return str(items.done(reply)["id"])


def stored(org: Org, file: str) -> Opening:
    """Open a file of the file store for reading."""
    return org.session.download(operations.GET_FILE, params={"id": file})


async def content(opening: Opening) -> bytes:
    """All of it, in memory. NotFound when there is no such file."""
    async with opening as streamed:
        return (await _there(streamed).whole()).content


async def save(opening: Opening, to: Path) -> Path:
    """Write it to a file, which appears only when it is complete. NotFound when there is no such file."""
    part = to.with_name(f"{to.name}.part")
    async with opening as streamed:
        found = _there(streamed)
        file = await asyncio.to_thread(part.open, "wb")
        try:
            with file:
                async for chunk in found.chunks():
                    await asyncio.to_thread(file.write, chunk)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return part.replace(to)


def _there(streamed: Streamed | None) -> Streamed:
    if streamed is None:
        raise NotFound(Problem("NO_FILE", "There is no such file.", NOTHING_WRITTEN), status=204)
    return streamed


async def form(source: Source, name: str) -> Files:
    if isinstance(source, Path):
        return {"file": (name or source.name, await asyncio.to_thread(source.read_bytes))}
    return {"file": (name or Path(str(getattr(source, "name", "file"))).name, source)}
