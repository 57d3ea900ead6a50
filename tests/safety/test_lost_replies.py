"""A write whose reply is lost: reported as unknown, kept in the journal, never sent twice by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.connection import open_client
from zcrm_tools.errors import NotAllowed, NotSent, PlanUnusable
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.settings import Settings

LEAD = {"last_name": "Zzyzx", "company": "Nowhere Lighthouses"}


class Wire:
    """The outermost layer of the emulator, as a network would be: it may lose what passes."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.lose = ""
        self.writes = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        writing = (
            scope["type"] == "http"
            and scope["method"] != "GET"
            and scope["path"].endswith(("/Leads", "/Deals"))
        )
        self.writes += writing
        if not (writing and self.lose):
            await self.app(scope, receive, send)
            return
        if self.lose == "reply":

            async def swallow(message: Any) -> None:
                del message

            await self.app(scope, receive, swallow)
        scope["extensions"]["zcrm.wire"]["abort"]()


@pytest.fixture
async def wired(tmp_path: Path):
    async with await open_client(Settings(home=tmp_path, demo=True), write=True) as crm:
        transport = crm.org.session._transport
        assert isinstance(transport, InProcess)
        transport._app = wire = Wire(transport._app)
        yield crm, wire


async def leads(crm: AsyncClient) -> int:
    return (await crm.run_coql(query="select id from Leads where Company = 'Nowhere Lighthouses'")).count


@pytest.mark.parametrize(("lost", "written"), [("reply", 1), ("request", 0)])
async def test_a_lost_reply_is_unknown_and_a_repeat_sends_nothing(
    wired: tuple[AsyncClient, Wire], lost: str, written: int
):
    crm, wire = wired
    wire.lose = lost
    first = await crm.create_lead(**LEAD)
    assert first.status == "unknown"
    assert "before writing again" in first.next_step
    wire.lose = ""
    again = await crm.create_lead(**LEAD)
    assert again.status == "unknown"
    assert wire.writes == 1
    assert await leads(crm) == written
    (change,) = (await crm.list_changes()).changes
    assert change.outcome == "unknown"
    with pytest.raises(NotAllowed, match="Nobody knows"):
        await crm.undo_change(change_id=change.change_id)


async def test_a_request_that_never_left_may_be_repeated(tmp_path: Path):
    """Nothing listens there, so the connection fails before a byte leaves."""
    async with await open_client(Settings(home=tmp_path, demo=True), write=True) as crm:
        await crm.create_lead(**LEAD, dry_run=True)
        session = crm.org.session
        working = session._transport
        await session.aclose()
        session._transport, session._origin = None, "http://127.0.0.1:1"
        with pytest.raises(NotSent):
            await crm.create_lead(**LEAD)
        session._transport, session._origin, session._client = working, "http://localhost", None
        assert (await crm.create_lead(**LEAD)).status == "applied"
        assert await leads(crm) == 1


async def test_a_plan_whose_process_died_while_applying_is_shown_and_not_applied(tmp_path: Path):
    async with await open_client(Settings(home=tmp_path, demo=True), write=True) as crm:
        shown = await crm.create_lead(**LEAD, dry_run=True)
        now = crm.gate._now()
        assert crm.gate.state.approve(shown.plan_id, "policy", now)
        assert crm.gate.state.claim(shown.plan_id, now)
        with pytest.raises(PlanUnusable, match="outcome is unknown"):
            await crm.create_lead(**LEAD, plan_id=shown.plan_id)
        with pytest.raises(PlanUnusable, match="outcome is unknown"):
            await crm.create_lead(**LEAD)
        journal = await crm.list_changes()
        assert [p["plan_id"] for p in journal.outcome_unknown] == [shown.plan_id]
        assert await leads(crm) == 0
