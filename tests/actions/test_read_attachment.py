"""The text of a file, a part at a time; of others size and digest."""

from __future__ import annotations

import hashlib

import pytest

from zcrm_tools.client import AsyncClient


@pytest.mark.evidence("attachments.download")
async def test_a_long_text_is_read_in_parts(crm: AsyncClient, some):
    (deal,) = await some("Deals")
    text = "".join(f"line {n}\n" for n in range(600))
    made = await crm.attach_file(module="Deals", record_id=deal, name="minutes.txt", text=text)
    asked = {"module": "Deals", "record_id": deal, "attachment_id": made.records[0].made["attachment"]}
    read, cursor = "", 0
    while True:
        part = await crm.call("read_attachment", {**asked, "cursor": cursor})
        read, cursor = read + part.text, part.cursor
        if not cursor:
            break
        assert f"{len(text) - cursor} characters more" in part.note
    assert read == text
    assert part.sha256 == hashlib.sha256(text.encode()).hexdigest()


async def test_what_is_no_text_is_not_shown(crm: AsyncClient, some):
    (deal,) = await some("Deals")
    made = await crm.attach_file(module="Deals", record_id=deal, name="logo.png", base64="iVBORw0KGgo=")
    shown = await crm.read_attachment(
        module="Deals", record_id=deal, attachment_id=made.records[0].made["attachment"]
    )
    assert (shown.size, shown.text) == (8, "")
    assert "no text" in shown.note
