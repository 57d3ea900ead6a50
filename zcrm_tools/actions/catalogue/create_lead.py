"""A new lead, unless it is likely there already."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.card import Known
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm import duplicates
from zcrm_tools.crm.checking import checked
from zcrm_tools.crm.writes import Create
from zcrm_tools.safety.plan import Proposal

_FIELDS = {
    "last_name": "Last_Name",
    "first_name": "First_Name",
    "company": "Company",
    "email": "Email",
    "phone": "Phone",
    "mobile": "Mobile",
    "title": "Designation",
    "source": "Lead_Source",
    "status": "Lead_Status",
    "website": "Website",
    "description": "Description",
    "owner": "Owner",
}


class CreateLead(WriteInput):
    """Create one lead. Likely duplicates among leads and contacts are looked for first: if there are any, nothing is written and they are shown with a plan_id. For a lead that exists use update_records; for several create_records."""

    last_name: Annotated[str, Field(min_length=1)]
    first_name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    mobile: str = ""
    title: Annotated[str, Field(description="Job title")] = ""
    source: Annotated[str, Known("Leads", "Lead_Source")] = ""
    status: Annotated[str, Known("Leads", "Lead_Status")] = ""
    website: str = ""
    description: str = ""
    owner: Annotated[str, Field(description="Name, e-mail, id or me; you when empty")] = ""
    more: Annotated[dict[str, Any], Field(description="Other fields by API name, custom ones too")] = {}
    repeat: Annotated[bool, Field(description="Although the same was just created")] = False


async def propose(call: Call, given: CreateLead) -> Proposal:
    asked = {field: value for name, field in _FIELDS.items() if (value := getattr(given, name))} | given.more
    (lead,) = await checked(call.org, "Leads", [asked], creating=True)
    matches = await duplicates.likely(call.org, lead.values)
    hold = f"{len(matches)} likely duplicate{'s exist' if len(matches) > 1 else ' exists'}" if matches else ""
    return Proposal(
        (Create("Leads", lead.values),),
        hold=hold,
        facts={"likely_duplicates": matches} if matches else {},
        warnings=lead.warnings,
    )


create_lead = Action(
    "create_lead",
    "Create a lead",
    "create",
    CreateLead,
    Written,
    writing(propose),
    calls=(endpoints.CREATE_RECORDS, endpoints.COQL, endpoints.LIST_FIELDS, endpoints.LIST_USERS),
    modules=("Leads",),
    also=((endpoints.COQL, "Contacts"),),
    optional=(endpoints.LIST_LAYOUTS, endpoints.GET_ORG),
)
