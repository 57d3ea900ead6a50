"""Two records that belong together."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.related import list_named
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm.reads import record_id
from zcrm_tools.crm.writes import Link
from zcrm_tools.safety.plan import Proposal


class LinkRecords(WriteInput):
    """Put records into a related list of one record, such as products of a deal or members of a campaign, or take them out of it. The records themselves stay. A lookup field is set by update_records instead."""

    module: Annotated[str, Field(description="API name or label")]
    id: str
    related_list: Annotated[str, Field(description="For example Products or Campaigns")]
    to: Annotated[list[str], Field(min_length=1, max_length=100, description="Ids of the other records")]
    remove: bool = False
    values: Annotated[
        dict[str, Any], Field(description="What the list keeps itself, e.g. Member_Status")
    ] = {}


async def propose(call: Call, given: LinkRecords) -> Proposal:
    module = (await call.org.catalogue.module(given.module)).api_name
    name, _ = await list_named(call, module, given.related_list, "related_list")
    return Proposal(
        tuple(
            Link(module, record_id(given.id), name, record_id(other), given.remove, given.values)
            for other in dict.fromkeys(given.to)
        )
    )


link_records = Action(
    "link_records",
    "Link records",
    "update",
    LinkRecords,
    Written,
    writing(propose),
    calls=(
        operations.LINK_RELATED,
        operations.UNLINK_RELATED,
        endpoints.LIST_RELATED_LISTS,
        endpoints.LIST_RECORDS,
        endpoints.LIST_MODULES,
    ),
    optional=(operations.GET_RELATED,),
    toolset="records",
)
