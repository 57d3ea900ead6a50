"""Tasks that are done."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm.reads import record_id
from zcrm_tools.crm.writes import Update
from zcrm_tools.safety.plan import Proposal


class CompleteTask(WriteInput):
    """Mark tasks as completed. To move or reassign one use update_records on Tasks."""

    ids: Annotated[list[str], Field(min_length=1, max_length=100, description="Ids of tasks")]


async def propose(call: Call, given: CompleteTask) -> Proposal:  # noqa: ARG001 — nothing is asked of the org
    done = {"Status": "Completed"}
    return Proposal(tuple(Update("Tasks", record_id(one), done) for one in dict.fromkeys(given.ids)))


complete_task = Action(
    "complete_task",
    "Complete tasks",
    "update",
    CompleteTask,
    Written,
    writing(propose),
    calls=(endpoints.UPDATE_RECORDS, endpoints.LIST_RECORDS),
    modules=("Tasks",),
    toolset="activities",
)
