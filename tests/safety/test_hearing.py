"""A write of several calls says how far it is, and waits for nobody who listens."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm.writes import Create
from zcrm_tools.safety.hearing import hearing

THREE_CALLS = (
    Create("Leads", {"Last_Name": "Zzyzx", "Company": "Nowhere"}),
    Create("Contacts", {"Last_Name": "Zzyzx"}),
    Create("Leads", {"Last_Name": "Yzzyx", "Company": "Nowhere"}),
)


async def test_it_says_after_each_call_but_the_last_how_much_is_written(crm: AsyncClient, submit: Any):
    heard: list[tuple[float, float, str]] = []

    async def told(done: float, of: float, words: str) -> None:
        heard.append((done, of, words))

    with hearing(told):
        await submit(*THREE_CALLS)
        await submit(*THREE_CALLS, ask="look", dry_run=True)
    assert heard == [(1, 3, "1 of 3 written"), (2, 3, "2 of 3 written")]


async def test_who_gives_up_while_being_told_leaves_the_write_to_its_end(crm: AsyncClient, submit: Any):
    begun = asyncio.Event()

    async def told(_done: float, _of: float, _words: str) -> None:
        begun.set()
        await asyncio.Event().wait()

    with hearing(told):
        calling = asyncio.create_task(submit(*THREE_CALLS))
    await begun.wait()
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    await crm.gate.finish()
    assert (await crm.list_changes()).count == 3


async def test_who_cannot_be_told_still_gets_the_answer(
    crm: AsyncClient, submit: Any, caplog: pytest.LogCaptureFixture
):
    async def told(_done: float, _of: float, _words: str) -> None:
        raise ConnectionError("the client is gone")

    with hearing(told):
        done = await submit(*THREE_CALLS)
    assert done.status == "applied"
    assert [one.status for one in done.receipt.results] == ["done"] * 3
    assert "could not be told" in caplog.text
