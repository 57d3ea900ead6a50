"""Mail of a record: what was sent and received, and sending. 20 credits; a mail that is sent cannot be taken back.

https://www.zoho.com/crm/developer/docs/api/v8/send-mail.html, get-email-rel-list.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from zcrm_tools import operations
from zcrm_tools.crm import items, reads, times
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.reads import Page
from zcrm_tools.errors import InvalidRequest, NotFound
from zcrm_tools.models.record import Record

Address: TypeAlias = str | Mapping[str, str]
"""An e-mail address, or `{"user_name": …, "email": …}`."""


SHOWN = ("message_id", "subject", "from", "to", "time", "status")


async def of_record(org: Org, module: str, id: str, *, index: int = 0) -> Page:
    """Ten mails, last sent first, without their text; `index` is how many to pass over."""
    params = {"index": str(index)} if index else {}
    reply = await org.session.call(
        operations.LIST_EMAILS, module=module, id=reads.record_id(id), params=params
    )
    more = bool(((reply.body or {}).get("info") or {}).get("more_records"))
    return Page(tuple(map(_brief, items.results(reply, "Emails"))), more)


async def one(org: Org, module: str, id: str, message: str) -> Record | None:
    """One mail with its text; None when the record has none of that id."""
    try:
        reply = await org.session.call(
            operations.GET_EMAIL, module=module, id=reads.record_id(id), parts={"message": message}
        )
    except (NotFound, InvalidRequest) as refused:
        if isinstance(refused, NotFound) or refused.problem.code == "INVALID_DATA":
            return None
        raise
    found = items.results(reply, "Emails")
    return Record("Emails", {**_brief(found[0]), "content": found[0].get("content")}) if found else None


async def send(
    org: Org,
    module: str,
    id: str,
    *,
    sender: Address,
    to: Sequence[Address],
    subject: str,
    content: str,
    html: bool = False,
    cc: Sequence[Address] = (),
    bcc: Sequence[Address] = (),
    attachments: Sequence[str] = (),
    at: datetime | None = None,
    **options: Any,
) -> str:
    """The message's id. `sender` is one of `from_addresses`; `attachments` are ids from the file store."""
    mail: dict[str, Any] = {
        "from": _address(sender),
        "to": list(map(_address, to)),
        "subject": subject,
        "content": content,
        "mail_format": "html" if html else "text",
        **options,
    }
    for key, many in (("cc", cc), ("bcc", bcc)):
        if many:
            mail[key] = list(map(_address, many))
    if attachments:
        mail["attachments"] = [{"id": file} for file in attachments]
    if at is not None:
        mail["scheduled_time"] = times.stamp(at)
    reply = await org.session.call(
        operations.SEND_MAIL, module=module, id=reads.record_id(id), json={"data": [mail]}
    )
    return str(items.done(reply).get("message_id", ""))


def _brief(mail: Mapping[str, Any]) -> Record:
    states = ", ".join(str(s.get("type")) for s in mail.get("status") or ())
    people = ", ".join(map(_person, mail.get("to") or ()))
    seen = {
        "id": mail.get("message_id"),
        "message_id": mail.get("message_id"),
        "subject": mail.get("subject"),
        "from": _person(mail.get("from") or {}),
        "to": people,
        "time": mail.get("time") or mail.get("sent_time"),
        "status": states,
    }
    return Record("Emails", seen)


def _person(address: Mapping[str, Any]) -> str:
    name, email = address.get("user_name"), address.get("email")
    return f"{name} <{email}>" if name else str(email or "")


def _address(address: Address) -> Mapping[str, str]:
    return {"email": address} if isinstance(address, str) else dict(address)
