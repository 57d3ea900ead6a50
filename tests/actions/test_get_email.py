"""One mail, with its text."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.errors import InvalidInput


@pytest.mark.evidence("mail.one")
async def test_the_text_of_a_mail_is_read(crm: AsyncClient, agreed, some):
    (contact,) = await some("Contacts", 1, "Email is not null")
    await agreed(
        "send_email", module="Contacts", record_id=contact, subject="Your visit", content="See you on Friday."
    )
    message = (await crm.list_emails(module="Contacts", record_id=contact)).dicts()[0]["message_id"]
    shown = await crm.get_email(module="Contacts", record_id=contact, message_id=message)
    assert (shown.content, shown.fields["subject"]) == ("See you on Friday.", "Your visit")
    for wrong in ("0" * 40, "../../users"):
        with pytest.raises(InvalidInput, match="no e-mail"):
            await crm.get_email(module="Contacts", record_id=contact, message_id=wrong)
