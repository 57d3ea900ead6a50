"""A file off a record."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm.reads import record_id
from zcrm_tools.crm.writes import Detach
from zcrm_tools.safety.plan import Proposal


class DeleteAttachment(WriteInput):
    """Delete one attached file for good. Nothing brings it back, so a person approves it."""

    module: Annotated[str, Field(description="API name or label")]
    record_id: str
    attachment_id: Annotated[str, Field(description="From list_attachments")]


async def propose(call: Call, given: DeleteAttachment) -> Proposal:
    module = (await call.org.catalogue.module(given.module)).api_name
    return Proposal((Detach(module, record_id(given.record_id), record_id(given.attachment_id)),))


delete_attachment = Action(
    "delete_attachment",
    "Delete an attachment",
    "delete",
    DeleteAttachment,
    Written,
    writing(propose),
    calls=(
        operations.DELETE_ATTACHMENT,
        operations.LIST_ATTACHMENTS,
        endpoints.LIST_RECORDS,
        endpoints.LIST_MODULES,
    ),
    toolset="notes_files",
)
