"""Taking a change back."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, written
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.safety.plan import Proposal


class UndoChange(WriteInput):
    """Take back what was written here: an update gets its old values back, a created record is deleted, a deleted one restored, a tag or link reversed. Fields that somebody changed since stay as they are, and are named. Mail, conversions and merges cannot be taken back."""

    change_id: Annotated[
        str, Field(min_length=1, description="From list_changes; or a plan_id, for all that it changed")
    ]


async def do(call: Call, given: UndoChange) -> Written:
    return written(await call.gate.submit(call.action, call.arguments, lambda: propose(call, given)))


async def propose(call: Call, given: UndoChange) -> Proposal:
    state, profile = call.gate.state, call.org.profile.identity
    one = state.change(given.change_id)
    rows = [one] if one is not None else state.changes_of(given.change_id)
    mine = [row for row in rows if row.profile == profile]
    if not mine:
        raise InvalidInput(
            Problem(
                "UNKNOWN_CHANGE",
                f"There is no change {given.change_id!r}.",
                NOTHING_WRITTEN,
                "list_changes shows them.",
            )
        )
    from zcrm_tools.safety import undo  # it knows how everything is written, which listing the tools need not

    return await undo.proposal(call.org, mine)


undo_change = Action(
    "undo_change",
    "Undo a change",
    "delete",
    UndoChange,
    Written,
    do,
    calls=(endpoints.UPDATE_RECORDS, endpoints.DELETE_RECORDS, endpoints.GET_RECORD, endpoints.LIST_RECORDS),
)
