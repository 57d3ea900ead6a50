"""A note that goes."""

from __future__ import annotations

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm.reads import record_id
from zcrm_tools.crm.writes import Delete
from zcrm_tools.safety.plan import Proposal


class DeleteNote(WriteInput):
    """Delete one note; list_notes has its id. A person approves it."""

    note_id: str


async def propose(call: Call, given: DeleteNote) -> Proposal:  # noqa: ARG001 — nothing is asked of the org
    return Proposal((Delete("Notes", record_id(given.note_id)),))


delete_note = Action(
    "delete_note",
    "Delete a note",
    "delete",
    DeleteNote,
    Written,
    writing(propose),
    calls=(endpoints.DELETE_RECORDS, endpoints.GET_RECORD),
    modules=("Notes",),
    toolset="notes_files",
)
