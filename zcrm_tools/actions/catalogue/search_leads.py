"""Leads by what a person remembers of them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call, Input, Known
from zcrm_tools.actions.tables import Table, cursor_offset, table
from zcrm_tools.coql.build import Where, field, select, some
from zcrm_tools.crm import people, reads, times

FIELDS = (
    "id",
    "Full_Name",
    "Company",
    "Email",
    "Phone",
    "Lead_Status",
    "Lead_Source",
    "Owner",
    "Created_Time",
)
_TEXT = ("Full_Name", "Company", "Email")
_WORDS = 4


class SearchLeads(Input):
    """Find leads by name, company, e-mail or phone, newest first; filters are combined. Sees fresh writes at once. For other modules use search_records; for counts and joins use run_coql."""

    text: Annotated[
        str, Field(max_length=100, description="Words of a name, company or e-mail; all must match")
    ] = ""
    phone: Annotated[str, Field(max_length=40, description="In any notation")] = ""
    status: Annotated[str, Known("Leads", "Lead_Status"), Field(description="Lead_Status")] = ""
    source: Annotated[str, Known("Leads", "Lead_Source"), Field(description="Lead_Source")] = ""
    owner: Annotated[str, Field(description="Name, e-mail or id of the owner, or me")] = ""
    created_after: Annotated[str, Field(description="Date or time, ISO 8601")] = ""
    converted: Annotated[bool, Field(description="Include converted leads")] = False
    limit: Annotated[int, Field(ge=1, le=200)] = 20
    cursor: Annotated[str, Field(description="From an earlier result, for the next page")] = ""


async def do(call: Call, given: SearchLeads) -> Table:
    conditions: list[Where] = [] if given.converted else [field("Converted__s") == "false"]
    words = given.text.split()[:_WORDS]
    conditions += [some(*(field(name).contains(word) for name in _TEXT)) for word in words]
    if given.phone:
        conditions.append(_phone(given.phone))
    for name, value in (("Lead_Status", given.status), ("Lead_Source", given.source)):
        if value:
            conditions.append(field(name) == value)
    if given.owner:
        conditions.append(field("Owner") == (await people.find(call.org, given.owner)).id)
    if given.created_after:
        conditions.append(field("Created_Time") >= await times.moment(call.org, given.created_after))
    offset = cursor_offset(given.cursor)
    leads = select(*FIELDS).from_("Leads").order_by("-Created_Time", "-id").limit(given.limit, offset)
    query = str(leads.where(*conditions) if conditions else leads)
    page = await reads.query(call.org, query, "Leads")
    return table(page, FIELDS, module="Leads", offset=offset, query=query)


def _phone(text: str) -> Where:
    """The last four digits rarely have punctuation between them; the rest is for the reader to compare."""
    digits = re.sub(r"\D", "", text)[-4:] or text
    return field("Phone").contains(digits) | field("Mobile").contains(digits)


search_leads = Action(
    "search_leads",
    "Search leads",
    "read",
    SearchLeads,
    Table,
    do,
    calls=(endpoints.COQL, endpoints.LIST_USERS),
    modules=("Leads",),
)
