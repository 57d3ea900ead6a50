"""A file goes once a person agrees."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient


@pytest.mark.evidence("attachments.delete")
async def test_an_attachment_is_deleted_once_a_person_agrees(crm: AsyncClient, agreed, some):
    (deal,) = await some("Deals")
    made = await crm.attach_file(module="Deals", record_id=deal, name="minutes.txt", text="abc")
    done = await agreed(
        "delete_attachment", module="Deals", record_id=deal, attachment_id=made.records[0].made["attachment"]
    )
    assert done.status == "applied"
    assert (await crm.list_attachments(module="Deals", record_id=deal)).count == 0
