"""Sending mail from a record. 20 credits; a mail that is sent cannot be taken back.

https://www.zoho.com/crm/developer/docs/api/v8/send-mail.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from zcrm_tools import operations
from zcrm_tools.crm import items, reads
from zcrm_tools.crm.org import Org

Address: TypeAlias = str | Mapping[str, str]
"""An e-mail address, or `{"user_name": …, "email": …}`."""


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
        mail["scheduled_time"] = at.isoformat(timespec="seconds")
    reply = await org.session.call(
        operations.SEND_MAIL, module=module, id=reads.record_id(id), json={"data": [mail]}
    )
    return str(items.done(reply).get("message_id", ""))


def _address(address: Address) -> Mapping[str, str]:
    return {"email": address} if isinstance(address, str) else dict(address)
