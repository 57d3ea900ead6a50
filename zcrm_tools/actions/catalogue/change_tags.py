"""Tags on records, and off them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm.reads import record_id
from zcrm_tools.crm.writes import Tags
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.safety.plan import Proposal

Tag = Annotated[str, Field(min_length=1, max_length=25)]


class ChangeTags(WriteInput):
    """Put tags on up to 100 records of one module, take tags off them, or both. Tags that do not exist are made; a record has at most ten."""

    module: Annotated[str, Field(description="API name or label")]
    ids: Annotated[list[str], Field(min_length=1, max_length=100)]
    add: Annotated[list[Tag], Field(max_length=10)] = []
    remove: Annotated[list[Tag], Field(max_length=10)] = []


async def propose(call: Call, given: ChangeTags) -> Proposal:
    module = (await call.org.catalogue.module(given.module)).api_name
    both = {t.casefold() for t in given.add} & {t.casefold() for t in given.remove}
    if both or not (given.add or given.remove):
        raise InvalidInput(
            Problem(
                "BAD_TAGS",
                f"{', '.join(sorted(both))} would be added and removed." if both else "No tag was given.",
                NOTHING_WRITTEN,
                field="add",
            )
        )
    return Proposal(
        tuple(
            Tags(module, record_id(one), tuple(given.add), tuple(given.remove))
            for one in dict.fromkeys(given.ids)
        )
    )


change_tags = Action(
    "change_tags",
    "Change tags",
    "update",
    ChangeTags,
    Written,
    writing(propose),
    calls=(operations.ADD_TAGS, operations.REMOVE_TAGS, endpoints.LIST_RECORDS, endpoints.LIST_MODULES),
    toolset="automation",
)
