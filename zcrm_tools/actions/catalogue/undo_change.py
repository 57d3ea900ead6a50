"""Taking a change back."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, written
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.safety import undo
from zcrm_tools.safety.plan import Proposal


class UndoChange(WriteInput):
    """Reverse one change from list_changes: an update gets its old values back, a created record is deleted. Refused when somebody changed the same fields since."""

    change_id: Annotated[str, Field(min_length=1)]


async def do(call: Call, given: UndoChange) -> Written:
    return written(await call.gate.submit(call.action, call.arguments, lambda: propose(call, given)))


async def propose(call: Call, given: UndoChange) -> Proposal:
    change = call.gate.state.change(given.change_id)
    if change is None or change.profile != call.org.profile.identity:
        raise InvalidInput(
            Problem(
                "UNKNOWN_CHANGE",
                f"There is no change {given.change_id!r}.",
                NOTHING_WRITTEN,
                "list_changes shows them.",
            )
        )
    return await undo.proposal(call.org, change)


undo_change = Action(
    "undo_change",
    "Undo a change",
    "delete",
    UndoChange,
    Written,
    do,
    calls=(endpoints.UPDATE_RECORDS, endpoints.DELETE_RECORDS, endpoints.GET_RECORD, endpoints.LIST_RECORDS),
)
