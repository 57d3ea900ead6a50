"""Zoho's own search over any module."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.tables import Table, cursor_offset, table
from zcrm_tools.crm import reads
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem
from zcrm_tools.metadata.catalogue import Fields
from zcrm_tools.metadata.values import find_field, unknown_field
from zcrm_tools.models.record import naming_field

_USEFUL = {
    "Leads": ("Company", "Email", "Phone", "Lead_Status", "Owner"),
    "Contacts": ("Account_Name", "Email", "Phone", "Title", "Owner"),
    "Accounts": ("Industry", "Phone", "Website", "Owner"),
    "Deals": ("Stage", "Amount", "Closing_Date", "Account_Name", "Owner"),
    "Tasks": ("Status", "Priority", "Due_Date", "Owner"),
    "Events": ("Start_DateTime", "End_DateTime", "Owner"),
    "Calls": ("Call_Type", "Call_Start_Time", "Owner"),
    "Cases": ("Status", "Priority", "Account_Name", "Owner"),
}


class SearchRecords(Input):
    """Full-text search in one module: words anywhere in a record, an e-mail address or a phone number. The index may lag some minutes behind writes. For exact conditions use run_coql."""

    module: Annotated[str, Field(description="API name or label, for example Contacts")]
    text: Annotated[
        str, Field(min_length=2, max_length=200, description="Words, an e-mail address or a phone number")
    ]
    fields: Annotated[
        list[str], Field(max_length=50, description="Fields to return; a useful few when empty")
    ] = []
    limit: Annotated[int, Field(ge=1, le=200)] = 20
    cursor: Annotated[str, Field(description="From an earlier result, for the next page")] = ""


async def do(call: Call, given: SearchRecords) -> Table:
    module = (await call.org.catalogue.module(given.module)).api_name
    known = await call.org.catalogue.fields(module)
    fields = [_field(name, known) for name in given.fields] or [
        f for f in (naming_field(module), *_USEFUL.get(module, ("Owner", "Modified_Time"))) if f in known
    ]
    offset = cursor_offset(given.cursor)
    if offset % given.limit:
        raise InvalidInput(Problem("BAD_CURSOR", "The cursor belongs to another limit.", NOTHING_SENT))
    found = await reads.search(
        call.org,
        module,
        _kind(given.text),
        given.text,
        fields,
        limit=given.limit,
        page=offset // given.limit + 1,
    )
    return table(found, ("id", *fields), module=module, offset=offset)


def _kind(text: str) -> Literal["email", "phone", "word"]:
    if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        return "email"
    return "phone" if re.fullmatch(r"[+(\d][\d\s().+/-]{5,}", text) else "word"


def _field(name: str, known: Fields) -> str:
    info = find_field(name, known)
    if info is None:
        message, close = unknown_field(name, known)
        raise InvalidInput(Problem("UNKNOWN_FIELD", message, NOTHING_SENT, closest=close, field=name))
    return info.api_name


search_records = Action(
    "search_records",
    "Search any module",
    "read",
    SearchRecords,
    Table,
    do,
    calls=(endpoints.SEARCH_RECORDS, endpoints.LIST_MODULES, endpoints.LIST_FIELDS),
)
