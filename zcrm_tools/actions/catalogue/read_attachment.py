"""What a file says."""

from __future__ import annotations

import hashlib
from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call, Input, Output
from zcrm_tools.crm import files
from zcrm_tools.crm.reads import record_id

PART = 1_900
"""Characters at once: what is longer than a value may be would be cut on its way."""
MOST = 20_000_000


class ReadAttachment(Input):
    """Read the text of one attached file, a part at a time: text, CSV, JSON, e-mail and the like. Of other files it gives size and digest; a person downloads them in Zoho, or in Python by crm.module(…).download."""

    module: Annotated[str, Field(description="API name or label")]
    record_id: str
    attachment_id: Annotated[str, Field(description="From list_attachments")]
    cursor: Annotated[int, Field(ge=0, description="Character to begin at; from the last result")] = 0


class FileText(Output):
    size: Annotated[int, Field(description="In bytes")]
    sha256: str
    text: str = ""
    cursor: Annotated[int, Field(description="Where the next part begins; absent at the end")] = 0
    note: str = ""


async def do(call: Call, given: ReadAttachment) -> FileText:
    module = (await call.org.catalogue.module(given.module)).api_name
    opening = files.attachment(call.org, module, record_id(given.record_id), record_id(given.attachment_id))
    content = await files.content(opening)
    shown = FileText(size=len(content), sha256=hashlib.sha256(content).hexdigest())
    try:
        whole = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        shown.note = "It is no text file, so it is not shown."
        return shown
    shown.text = whole[given.cursor : given.cursor + PART]
    end = given.cursor + len(shown.text)
    if end < len(whole):
        shown.cursor = end
        shown.note = f"{len(whole) - end} characters more; pass the cursor."
    return shown


read_attachment = Action(
    "read_attachment",
    "Read an attachment",
    "read",
    ReadAttachment,
    FileText,
    do,
    calls=(operations.GET_ATTACHMENT, endpoints.LIST_MODULES),
    toolset="notes_files",
)
