"""A call that was made, missed or is planned."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.about import about
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.card import Known
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm.checking import checked
from zcrm_tools.crm.writes import Create
from zcrm_tools.safety.plan import Proposal


class LogCall(WriteInput):
    """Record a phone call that was made or received, about one record: who it was with goes in as a contact or lead, what was said in description. For a call still to be made use create_task."""

    subject: Annotated[str, Field(min_length=1, max_length=300)]
    start: Annotated[str, Field(description="ISO time; in the org's zone without an offset")]
    type: Literal["Outbound", "Inbound", "Missed"] = "Outbound"
    minutes: Annotated[int, Field(ge=0, le=1440, description="How long it took")] = 0
    module: Annotated[str, Field(description="Module of the record it was about")] = ""
    record: Annotated[str, Field(description="Its id or exact name")] = ""
    result: Annotated[str, Known("Calls", "Call_Result")] = ""
    purpose: Annotated[str, Known("Calls", "Call_Purpose")] = ""
    description: Annotated[str, Field(max_length=32_000)] = ""
    owner: Annotated[str, Field(description="Name, e-mail, id or me; you when empty")] = ""
    more: Annotated[dict[str, Any], Field(description="Other fields by API name")] = {}
    repeat: Annotated[bool, Field(description="Although the same was just created")] = False


async def propose(call: Call, given: LogCall) -> Proposal:
    asked: dict[str, Any] = {
        "Subject": given.subject,
        "Call_Type": given.type,
        "Call_Start_Time": given.start,
        "Call_Result": given.result,
        "Call_Purpose": given.purpose,
        "Description": given.description,
        "Owner": given.owner,
    }
    row = {name: value for name, value in asked.items() if value} | given.more
    if given.type != "Missed":
        row.setdefault("Call_Duration", f"{given.minutes:02d}:00")
    row |= await about(call, given.module, given.record)
    (logged,) = await checked(call.org, "Calls", [row], creating=True)
    return Proposal((Create("Calls", logged.values),), warnings=logged.warnings)


log_call = Action(
    "log_call",
    "Log a call",
    "create",
    LogCall,
    Written,
    writing(propose),
    calls=(endpoints.CREATE_RECORDS, endpoints.LIST_FIELDS),
    modules=("Calls",),
    optional=(
        endpoints.LIST_MODULES,
        endpoints.LIST_USERS,
        endpoints.LIST_LAYOUTS,
        endpoints.COQL,
        endpoints.LIST_RECORDS,
        endpoints.GET_ORG,
    ),
    toolset="activities",
)
