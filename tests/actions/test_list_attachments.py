"""The files of a record."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient


@pytest.mark.evidence("attachments.row")
async def test_a_file_is_listed_with_size_and_id(crm: AsyncClient, some):
    (deal,) = await some("Deals")
    assert (await crm.list_attachments(module="Deals", record_id=deal)).count == 0
    made = await crm.attach_file(module="Deals", record_id=deal, name="minutes.txt", text="abc")
    (shown,) = (await crm.list_attachments(module="Deals", record_id=deal)).dicts()
    assert (shown["File_Name"], int(shown["Size"])) == ("minutes.txt", 3)
    assert shown["id"] == made.records[0].made["attachment"]
