"""Text and bytes become files on a record; nothing is read from this computer."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads
from zcrm_tools.errors import InvalidInput


@pytest.mark.evidence("attachments.upload")
async def test_text_and_base64_become_attachments(crm: AsyncClient, some):
    (deal,) = await some("Deals")
    made = await crm.attach_file(
        module="Deals", record_id=deal, name="minutes.txt", text="They sign on Friday."
    )
    assert made.status == "applied"
    await crm.attach_file(module="Deals", record_id=deal, name="logo.png", base64="iVBORw0KGgo=")
    names = {row["File_Name"] for row in (await crm.list_attachments(module="Deals", record_id=deal)).dicts()}
    assert {"minutes.txt", "logo.png"} <= names
    assert await reads.get(crm.org, "Deals", deal) is not None


async def test_a_file_is_given_once_and_its_name_is_no_path(crm: AsyncClient, some):
    (deal,) = await some("Deals")
    asked = {"module": "Deals", "record_id": deal, "name": "a.txt"}
    for wrong in ({}, {"text": "x", "base64": "eA=="}, {"base64": "not base64!"}):
        with pytest.raises(InvalidInput):
            await crm.call("attach_file", {**asked, **wrong})
    with pytest.raises(InvalidInput, match="name"):
        await crm.call("attach_file", {**asked, "name": "../../etc/passwd", "text": "x"})
    assert (await crm.list_changes()).count == 0
