"""Leads by what a person remembers of them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.card import Known
from zcrm_tools.actions.tables import Table, columns_asked, cursor_offset, table
from zcrm_tools.coql.build import COUNT, Where, field, select, some
from zcrm_tools.coql.spelling import nearest
from zcrm_tools.crm import people, reads, times
from zcrm_tools.errors import ApiError, ScopeMissing

LISTED = ("id", "Full_Name", "Company", "Lead_Status", "Lead_Source", "Owner")
OF_FEW = (*LISTED, "Email", "Phone", "Mobile", "Created_Time")
FEW = 5
"""So many found leads are shown with how to reach them; a longer list stays short in width."""
VALUES_SHOWN = 20
_TEXT = ("Full_Name", "Company", "Email")
_WORDS = 4


class SearchLeads(Input):
    """Find leads by name, company, e-mail or phone, newest first; filters are combined. It sees fresh writes at once. Up to five found come with e-mail and phone. For other modules use search_records; for counts and other conditions run_coql."""

    text: Annotated[
        str, Field(max_length=100, description="Words of a name, company or e-mail; all must match")
    ] = ""
    phone: Annotated[str, Field(max_length=40, description="In any notation")] = ""
    status: Annotated[str, Known("Leads", "Lead_Status")] = ""
    source: Annotated[str, Known("Leads", "Lead_Source")] = ""
    owner: Annotated[str, Field(description="Name, e-mail, id or me")] = ""
    created_after: Annotated[str, Field(description="ISO date or time")] = ""
    converted: Annotated[bool, Field(description="Include converted leads")] = False
    fields: Annotated[list[str], Field(max_length=40, description="Instead of the usual columns")] = []
    limit: Annotated[int, Field(ge=1, le=200)] = 20
    cursor: Annotated[str, Field(description="From the last result")] = ""


async def do(call: Call, given: SearchLeads) -> Table:
    warnings: list[str] = []
    conditions = await _conditions(call, given, warnings)
    offset = cursor_offset(given.cursor)
    asked = await columns_asked(call.org, "Leads", given.fields) if given.fields else OF_FEW
    leads = select(*asked).from_("Leads").order_by("-Created_Time", "-id").limit(given.limit, offset)
    query = str(leads.where(*conditions) if conditions else leads)
    page = await reads.query(call.org, query, "Leads")
    return table(
        page,
        asked if given.fields or len(page.records) <= FEW else LISTED,
        module="Leads",
        offset=offset,
        total=await _total(call, conditions) if page.more else None,
        narrow_by="status, source, owner or created_after",
        query=query,
        warnings=warnings,
        zone=await times.zone(call.org),
    )


async def _conditions(call: Call, given: SearchLeads, warnings: list[str]) -> list[Where]:
    conditions: list[Where] = [] if given.converted else [field("Converted__s") == "false"]
    words = given.text.split()[:_WORDS]
    conditions += [some(*(field(name).contains(word) for name in _TEXT)) for word in words]
    if given.phone:
        conditions.append(_phone(given.phone))
    for name, value in (("Lead_Status", given.status), ("Lead_Source", given.source)):
        if value:
            conditions.append(field(name) == await _stored(call, name, value, warnings))
    if given.owner:
        conditions.append(field("Owner") == (await people.find(call.org, given.owner)).id)
    if given.created_after:
        conditions.append(field("Created_Time") >= await times.moment(call.org, given.created_after))
    return conditions


async def _stored(call: Call, name: str, value: str, warnings: list[str]) -> str:
    """What records hold of a value that people see; as it is when the field cannot be read or does not list it."""
    try:
        offered = (await call.org.catalogue.fields("Leads"))[name].offered
    except (ScopeMissing, ApiError, KeyError):
        return value
    wanted = value.casefold()
    for choice in offered:
        if wanted in (choice.actual.casefold(), choice.display.casefold()):
            return choice.actual
    shown = [choice.display for choice in offered]
    close = nearest(value, shown)
    meant = f"Did you mean {close}?" if close else f"Listed are {', '.join(shown[:VALUES_SHOWN])}."
    warnings.append(f"{value!r} is not a listed value of {name}. {meant}")
    return value


async def _total(call: Call, conditions: list[Where]) -> int:
    """One credit more, and only when there is more than a page: how much more decides what to do next."""
    counting = select(COUNT("id")).from_("Leads")
    page = await reads.query(call.org, str(counting.where(*conditions) if conditions else counting), "Leads")
    return int(page.records[0].get("COUNT(id)") or 0) if page.records else 0


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
    optional=(endpoints.LIST_FIELDS, endpoints.GET_ORG),
)
