"""Records that another user gets."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm import people
from zcrm_tools.crm.reads import record_id
from zcrm_tools.crm.writes import Update
from zcrm_tools.safety.plan import Proposal


class ChangeOwner(WriteInput):
    """Give up to 100 records of one module to another user. Who sees and follows up a record depends on its owner, so a person approves it."""

    module: Annotated[str, Field(description="API name or label")]
    ids: Annotated[list[str], Field(min_length=1, max_length=100)]
    owner: Annotated[str, Field(min_length=1, description="Name, e-mail, id or me")]


async def propose(call: Call, given: ChangeOwner) -> Proposal:
    module = (await call.org.catalogue.module(given.module)).api_name
    owner = {"Owner": {"id": (await people.find(call.org, given.owner)).id}}
    return Proposal(
        tuple(Update(module, record_id(one), owner) for one in dict.fromkeys(given.ids)), treat_as="owner"
    )


change_owner = Action(
    "change_owner",
    "Change owner",
    "update",
    ChangeOwner,
    Written,
    writing(propose),
    calls=(endpoints.UPDATE_RECORDS, endpoints.LIST_RECORDS, endpoints.LIST_MODULES, endpoints.LIST_USERS),
    toolset="automation",
)
