"""Notes on a record. https://www.zoho.com/crm/developer/docs/api/v8/create-notes.html"""

from __future__ import annotations

from collections.abc import AsyncIterator

from zcrm_tools import endpoints, operations
from zcrm_tools.crm import items, links, reads
from zcrm_tools.crm.org import Org
from zcrm_tools.models.record import Record

FIELDS = ("Note_Title", "Note_Content", "Owner", "Created_Time", "Modified_Time", "Parent_Id")


def pages(org: Org, module: str, id: str) -> AsyncIterator[tuple[Record, ...]]:
    return links.pages(org, module, id, "Notes", FIELDS)


async def add(org: Org, module: str, id: str, content: str, title: str = "") -> str:
    """The new note's id."""
    row = {"Note_Content": content} | ({"Note_Title": title} if title else {})
    reply = await org.session.call(
        endpoints.CREATE_NOTE, module=module, id=reads.record_id(id), json={"data": [row]}
    )
    return str(items.done(reply)["id"])


async def change(org: Org, note: str, content: str, title: str | None = None) -> None:
    row = {"Note_Content": content} | ({} if title is None else {"Note_Title": title})
    items.done(
        await org.session.call(
            operations.UPDATE_NOTE, module="Notes", id=reads.record_id(note), json={"data": [row]}
        )
    )


async def delete(org: Org, note: str) -> None:
    items.done(await org.session.call(operations.DELETE_NOTE, module="Notes", id=reads.record_id(note)))
