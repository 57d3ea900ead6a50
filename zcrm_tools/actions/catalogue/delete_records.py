"""Records into the recycle bin."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm.reads import record_id
from zcrm_tools.crm.writes import Delete
from zcrm_tools.safety.plan import Proposal


class DeleteRecords(WriteInput):
    """Delete up to 100 records of one module. Zoho keeps them 60 days in its recycle bin, from which restore_records or undo_change bring them back. A person approves it."""

    module: Annotated[str, Field(description="API name or label")]
    ids: Annotated[list[str], Field(min_length=1, max_length=100)]


async def propose(call: Call, given: DeleteRecords) -> Proposal:
    module = (await call.org.catalogue.module(given.module)).api_name
    return Proposal(tuple(Delete(module, record_id(one)) for one in dict.fromkeys(given.ids)))


delete_records = Action(
    "delete_records",
    "Delete records",
    "delete",
    DeleteRecords,
    Written,
    writing(propose),
    calls=(endpoints.DELETE_RECORDS, endpoints.GET_RECORD, endpoints.LIST_MODULES),
    toolset="records",
)
