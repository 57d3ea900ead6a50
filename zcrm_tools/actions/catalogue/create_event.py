"""A meeting in the calendar."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.about import about
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm.checking import checked
from zcrm_tools.crm.writes import Create
from zcrm_tools.safety.plan import Proposal


class CreateEvent(WriteInput):
    """Create a meeting, on its own or about one record. Zoho may send invitations to participants. For something to be done without a time use create_task."""

    title: Annotated[str, Field(min_length=1, max_length=255)]
    start: Annotated[str, Field(description="ISO time; in the org's zone without an offset")]
    end: Annotated[str, Field(description="The same")]
    module: Annotated[str, Field(description="Module of the record it is about")] = ""
    record: Annotated[str, Field(description="Its id or exact name")] = ""
    venue: Annotated[str, Field(max_length=255)] = ""
    participants: Annotated[list[str], Field(max_length=50, description="E-mail addresses")] = []
    description: Annotated[str, Field(max_length=32_000)] = ""
    owner: Annotated[str, Field(description="Name, e-mail, id or me; you when empty")] = ""
    more: Annotated[dict[str, Any], Field(description="Other fields by API name")] = {}
    repeat: Annotated[bool, Field(description="Although the same was just created")] = False


async def propose(call: Call, given: CreateEvent) -> Proposal:
    asked: dict[str, Any] = {
        "Event_Title": given.title,
        "Start_DateTime": given.start,
        "End_DateTime": given.end,
        "Venue": given.venue,
        "Description": given.description,
        "Owner": given.owner,
        "Participants": [{"type": "email", "participant": one} for one in given.participants],
    }
    row = {name: value for name, value in asked.items() if value} | given.more
    row |= await about(call, given.module, given.record)
    (event,) = await checked(call.org, "Events", [row], creating=True)
    return Proposal((Create("Events", event.values),), warnings=event.warnings)


create_event = Action(
    "create_event",
    "Create a meeting",
    "create",
    CreateEvent,
    Written,
    writing(propose),
    calls=(endpoints.CREATE_RECORDS, endpoints.LIST_FIELDS),
    modules=("Events",),
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
