"""Deleted records back from the recycle bin."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm.reads import record_id
from zcrm_tools.crm.writes import Restore
from zcrm_tools.safety.plan import Proposal


class RestoreRecords(WriteInput):
    """Bring up to 100 deleted records of one module back from Zoho's recycle bin, with what was deleted along with them. list_deleted gives their ids. A deletion of your own is better taken back by undo_change."""

    module: Annotated[str, Field(description="API name or label")]
    ids: Annotated[list[str], Field(min_length=1, max_length=100)]


async def propose(call: Call, given: RestoreRecords) -> Proposal:
    module = (await call.org.catalogue.module(given.module)).api_name
    return Proposal(tuple(Restore(module, record_id(one)) for one in dict.fromkeys(given.ids)))


restore_records = Action(
    "restore_records",
    "Restore deleted records",
    "update",
    RestoreRecords,
    Written,
    writing(propose),
    calls=(operations.RESTORE_RECYCLED, endpoints.LIST_RECORDS, endpoints.LIST_MODULES),
    optional=(operations.GET_RECYCLED,),
    toolset="records",
)
