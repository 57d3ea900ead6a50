"""Mail goes out once a person has read it, and no other way."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.errors import InvalidInput


@pytest.mark.evidence("mail.send", "mail.from-addresses")
async def test_a_mail_goes_to_the_records_own_address_once_a_person_agrees(crm: AsyncClient, agreed, some):
    email, contact = (
        await crm.run_coql(query="select Email, id from Contacts where Email is not null limit 1")
    ).rows[0]
    asked = {
        "module": "Contacts",
        "record_id": contact,
        "subject": "Your visit",
        "content": "See you on Friday.",
    }
    shown = await crm.call("send_email", asked)
    assert email in str(shown.records)
    assert (await crm.list_emails(module="Contacts", record_id=contact)).count == 0
    done = await agreed("send_email", **asked)
    assert done.status == "applied"
    assert done.next_step == ""


async def test_no_address_and_an_unknown_sender_are_refused(crm: AsyncClient):
    bare = await crm.create_records(module="Contacts", records=[{"Last_Name": "Zzyzx"}])
    asked = {"module": "Contacts", "record_id": bare.records[0].id, "subject": "x", "content": "y"}
    with pytest.raises(InvalidInput, match="has no e-mail address"):
        await crm.call("send_email", asked)
    with pytest.raises(InvalidInput, match="none of the addresses"):
        await crm.call("send_email", {**asked, "to": ["a@b.example"], "sender": "ceo@elsewhere.example"})
    with pytest.raises(InvalidInput, match="to"):
        await crm.call("send_email", {**asked, "to": ["not an address"]})
