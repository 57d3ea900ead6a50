"""Other words for a note."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm.reads import record_id
from zcrm_tools.crm.writes import Update
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.safety.plan import Proposal


class UpdateNote(WriteInput):
    """Change the text or title of one note; list_notes has its id. To add to what is known write a new note by add_note."""

    note_id: str
    content: Annotated[str, Field(max_length=32_000)] = ""
    title: Annotated[str, Field(max_length=120)] = ""


async def propose(call: Call, given: UpdateNote) -> Proposal:  # noqa: ARG001 — nothing is asked of the org
    values = {"Note_Content": given.content, "Note_Title": given.title}
    asked = {name: value for name, value in values.items() if value}
    if not asked:
        raise InvalidInput(
            Problem("NOTHING_GIVEN", "Neither content nor title was given.", NOTHING_WRITTEN, field="content")
        )
    return Proposal((Update("Notes", record_id(given.note_id), asked),))


update_note = Action(
    "update_note",
    "Change a note",
    "update",
    UpdateNote,
    Written,
    writing(propose),
    calls=(endpoints.UPDATE_RECORDS, endpoints.LIST_RECORDS),
    modules=("Notes",),
    toolset="notes_files",
)
