"""A file onto a record."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import Field, StringConstraints

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm.reads import record_id
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.safety.plan import Proposal

MOST = 20_000_000
"""Bytes that Zoho takes."""


class AttachFile(WriteInput):
    """Attach a file to one record, from text or from base64: minutes of a meeting, a CSV. It cannot read files of the computer it runs on; a person attaches those in Zoho, or in Python by crm.module(…).attach."""

    module: Annotated[str, Field(description="API name or label")]
    record_id: str
    name: Annotated[
        str,
        Field(
            min_length=1,
            max_length=120,
            pattern=r"^[^/\\\x00-\x1f]+$",
            description="With its ending: minutes.txt",
        ),
    ]
    text: Annotated[str, StringConstraints(strip_whitespace=False, max_length=2_000_000)] = ""
    base64: Annotated[str, Field(max_length=28_000_000, description="Instead of text")] = ""


async def propose(call: Call, given: AttachFile) -> Proposal:
    module = (await call.org.catalogue.module(given.module)).api_name
    content = _content(given)
    return Proposal((await call.gate.attachment(module, record_id(given.record_id), given.name, content),))


def _content(given: AttachFile) -> bytes:
    if bool(given.text) == bool(given.base64):
        raise InvalidInput(
            Problem(
                "ONE_OF_TWO", "Exactly one of text and base64 is the file.", NOTHING_WRITTEN, field="text"
            )
        )
    if given.text:
        return given.text.encode("utf-8", "replace")
    try:
        content = base64.b64decode(given.base64, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput(
            Problem("BAD_BASE64", "base64 is not what base64 looks like.", NOTHING_WRITTEN, field="base64")
        ) from None
    if len(content) > MOST:
        raise InvalidInput(
            Problem(
                "TOO_LARGE",
                f"The file has {len(content)} bytes; Zoho takes {MOST}.",
                NOTHING_WRITTEN,
                field="base64",
            )
        )
    return content


attach_file = Action(
    "attach_file",
    "Attach a file",
    "create",
    AttachFile,
    Written,
    writing(propose),
    calls=(
        operations.UPLOAD_ATTACHMENT,
        operations.LIST_ATTACHMENTS,
        endpoints.LIST_RECORDS,
        endpoints.LIST_MODULES,
    ),
    toolset="notes_files",
)
