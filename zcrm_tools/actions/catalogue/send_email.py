"""A mail to a person of the CRM."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm import reads, setup
from zcrm_tools.crm.writes import Send
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.safety.plan import Proposal

Address = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]


class SendEmail(WriteInput):
    """Send one e-mail about a record, usually a lead or contact, to its own address unless `to` says otherwise. Nothing takes a mail back, so a person reads and approves it first. It costs 20 credits."""

    module: Annotated[str, Field(description="API name or label")]
    record_id: str
    subject: Annotated[str, Field(min_length=1, max_length=500)]
    content: Annotated[str, Field(min_length=1, max_length=100_000, description="Plain text")]
    to: Annotated[list[Address], Field(max_length=10, description="The record's own Email when empty")] = []
    cc: Annotated[list[Address], Field(max_length=10)] = []
    bcc: Annotated[list[Address], Field(max_length=10)] = []
    sender: Annotated[str, Field(description="One of your addresses in Zoho; the first when empty")] = ""


async def propose(call: Call, given: SendEmail) -> Proposal:
    module = (await call.org.catalogue.module(given.module)).api_name
    to = given.to or [await _own_address(call, module, given.record_id)]
    values: dict[str, Any] = {
        "from": await _sender(call, given.sender),
        "to": [{"email": one} for one in to],
        "subject": given.subject,
        "content": given.content,
        "mail_format": "text",
    }
    for key, many in (("cc", given.cc), ("bcc", given.bcc)):
        if many:
            values[key] = [{"email": one} for one in many]
    return Proposal((Send(module, reads.record_id(given.record_id), values),))


async def _own_address(call: Call, module: str, record: str) -> str:
    found = (await reads.get_many(call.org, module, [record], ["Email"])).get(record)
    if found is not None and found.get("Email"):
        return str(found["Email"])
    raise InvalidInput(
        Problem(
            "NO_ADDRESS",
            f"{module} {record} has no e-mail address."
            if found
            else f"There is no {module} record {record}.",
            NOTHING_WRITTEN,
            "Say in `to` who gets it.",
            field="to",
        )
    )


async def _sender(call: Call, wanted: str) -> dict[str, str]:
    known = await setup.from_addresses(call.org)
    for address in known:
        if wanted.casefold() in ("", address.email.casefold()):
            return {"user_name": address.name, "email": address.email}
    raise InvalidInput(
        Problem(
            "UNKNOWN_SENDER",
            f"{wanted!r} is none of the addresses that this user may send from.",
            NOTHING_WRITTEN,
            field="sender",
            allowed=tuple(address.email for address in known),
        )
    )


send_email = Action(
    "send_email",
    "Send an e-mail",
    "send",
    SendEmail,
    Written,
    writing(propose),
    calls=(
        operations.SEND_MAIL,
        operations.LIST_FROM_ADDRESSES,
        endpoints.LIST_RECORDS,
        endpoints.LIST_MODULES,
    ),
    toolset="email",
)
