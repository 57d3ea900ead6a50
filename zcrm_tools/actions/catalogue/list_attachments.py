"""The files on a record."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.tables import Table, table
from zcrm_tools.crm import files, times
from zcrm_tools.crm.reads import Page

_COLUMNS = ("id", "File_Name", "Size", "Created_By", "Created_Time")


class ListAttachments(Input):
    """List the files attached to one record, with their ids and sizes in bytes. read_attachment gives the text of one."""

    module: Annotated[str, Field(description="API name or label")]
    record_id: str


async def do(call: Call, given: ListAttachments) -> Table:
    module = (await call.org.catalogue.module(given.module)).api_name
    found = await files.attachments(call.org, module, given.record_id)
    return table(Page(found), _COLUMNS, module="Attachments", zone=await times.zone(call.org))


list_attachments = Action(
    "list_attachments",
    "List attachments",
    "read",
    ListAttachments,
    Table,
    do,
    calls=(operations.LIST_ATTACHMENTS, endpoints.LIST_MODULES),
    optional=(endpoints.GET_ORG,),
    toolset="notes_files",
)
