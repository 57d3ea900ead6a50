"""Mail of a record."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient


@pytest.mark.evidence("mail.list")
async def test_a_mail_that_was_sent_is_listed(crm: AsyncClient, agreed, some):
    (contact,) = await some("Contacts", 1, "Email is not null")
    assert (await crm.list_emails(module="Contacts", record_id=contact)).count == 0
    await agreed(
        "send_email", module="Contacts", record_id=contact, subject="Your visit", content="See you on Friday."
    )
    (shown,) = (await crm.list_emails(module="Contacts", record_id=contact)).dicts()
    assert shown["subject"] == "Your visit"
    assert "@" in shown["to"]
    assert "@" in shown["from"]
