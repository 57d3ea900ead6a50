"""A note on a record."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm import reads
from zcrm_tools.crm.writes import Create
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.metadata import values
from zcrm_tools.safety.plan import Proposal


class AddNote(WriteInput):
    """Add a note to one record: what was said or decided. Everyone who sees the record sees its notes. For something to be done use create_task."""

    module: Annotated[str, Field(description="API name or label")]
    record_id: str
    content: Annotated[str, Field(min_length=1, max_length=32_000)]
    title: Annotated[str, Field(max_length=120)] = ""
    repeat: Annotated[bool, Field(description="Although the same was just added")] = False


async def propose(call: Call, given: AddNote) -> Proposal:
    module = (await call.org.catalogue.module(given.module)).api_name
    if not await reads.get_many(call.org, module, [given.record_id], ["id"]):
        raise InvalidInput(
            Problem("RECORD_NOT_FOUND", f"There is no {module} record {given.record_id}.", NOTHING_WRITTEN)
        )
    asked = {"Note_Content": given.content} | ({"Note_Title": given.title} if given.title else {})
    parent = {"Parent_Id": {"module": {"api_name": module}, "id": given.record_id}}
    fields = await call.org.catalogue.fields("Notes")
    checked = values.check({**asked, **parent}, fields, creating=True, ready=frozenset({"Parent_Id"}))
    if checked.problems:
        raise InvalidInput(*checked.problems)
    return Proposal((Create("Notes", checked.values),), warnings=checked.warnings)


add_note = Action(
    "add_note",
    "Add a note",
    "create",
    AddNote,
    Written,
    writing(propose),
    calls=(endpoints.CREATE_NOTE, endpoints.LIST_RECORDS, endpoints.LIST_MODULES, endpoints.LIST_FIELDS),
)
