"""The notes of a record, whole."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.tables import Table, table
from zcrm_tools.crm import notes, reads, times

_COLUMNS = ("id", "Note_Title", "Note_Content", "Owner", "Created_Time", "Modified_Time")


class ListNotes(Input):
    """Read the notes of one record, last first, with their ids. A few of them, cut, are in get_record too."""

    module: Annotated[str, Field(description="API name or label")]
    record_id: str
    limit: Annotated[int, Field(ge=1, le=200)] = 20


async def do(call: Call, given: ListNotes) -> Table:
    module = (await call.org.catalogue.module(given.module)).api_name
    page = await reads.related(call.org, module, given.record_id, "Notes", notes.FIELDS, given.limit)
    return table(page, _COLUMNS, module="Notes", narrow_by="a larger limit", zone=await times.zone(call.org))


list_notes = Action(
    "list_notes",
    "List notes",
    "read",
    ListNotes,
    Table,
    do,
    calls=(endpoints.LIST_NOTES, endpoints.LIST_MODULES),
    optional=(endpoints.GET_ORG,),
    toolset="notes_files",
)
