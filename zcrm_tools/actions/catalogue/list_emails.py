"""The mail of a record."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.tables import Table, cursor_offset, table
from zcrm_tools.crm import mail, times


class ListEmails(Input):
    """List the e-mails of one record, last first, ten at a time: who to whom, subject, when. get_email reads one."""

    module: Annotated[str, Field(description="API name or label")]
    record_id: str
    cursor: Annotated[str, Field(description="From the last result")] = ""


async def do(call: Call, given: ListEmails) -> Table:
    module = (await call.org.catalogue.module(given.module)).api_name
    offset = cursor_offset(given.cursor)
    page = await mail.of_record(call.org, module, given.record_id, index=offset)
    return table(page, mail.SHOWN, module="Emails", offset=offset, zone=await times.zone(call.org))


list_emails = Action(
    "list_emails",
    "List e-mails",
    "read",
    ListEmails,
    Table,
    do,
    calls=(operations.LIST_EMAILS, endpoints.LIST_MODULES),
    optional=(endpoints.GET_ORG,),
    toolset="email",
)
