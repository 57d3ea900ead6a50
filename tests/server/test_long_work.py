"""What takes long says how far it is, and stops when nobody waits for it any more."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from zcrm_server.app import build
from zcrm_server.profiles import Profiles, Served
from zcrm_server.server import Server
from zcrm_server.tools import Desk, own_tool
from zcrm_tools import settings
from zcrm_tools.actions.action import Action, Call, Input, Output
from zcrm_tools.connection import Connector
from zcrm_tools.testing import ZohoOrg

ERAS = pytest.mark.parametrize("era", ["auto", "legacy"])


class Nothing(Input):
    """Work, or wait for ever."""


class Never(Output):
    count: int = 0


class Work:
    """An action that says how far it is, and one that is never done."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.stopped = asyncio.Event()

    async def walk(self, call: Call, _given: Nothing) -> Never:
        for step in range(1, 4):
            await call.progress(step, 3, f"step {step}")
        return Never(count=3)

    async def wait(self, _call: Call, _given: Nothing) -> Never:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.stopped.set()
            raise
        return Never()

    def server(self, connector: Connector) -> Server:
        desk = Desk(Profiles((Served("default", connector, write=False),)))
        extra = [
            own_tool(Action("walk", "Walk", "read", Nothing, Never, self.walk), desk),
            own_tool(Action("wait", "Wait", "read", Nothing, Never, self.wait), desk),
        ]
        return build(connector, extra=extra)


@ERAS
async def test_progress_reaches_the_client_in_numbers_and_words(demo_connector: Connector, era: str) -> None:
    heard: list[tuple[float, float | None, str | None]] = []

    async def hear(done: float, of: float | None, words: str | None) -> None:
        heard.append((done, of, words))

    async with Client(Work().server(demo_connector), mode=era) as client:
        await client.call_tool("walk", {}, progress_callback=hear)
        assert heard == [(1, 3, "step 1"), (2, 3, "step 2"), (3, 3, "step 3")]
        quiet = await client.call_tool("walk", {})  # a client that did not ask is not told
        assert quiet.structured_content is not None
        assert quiet.structured_content["count"] == 3
        assert len(heard) == 3


@ERAS
async def test_work_stops_when_its_caller_gives_up(demo_connector: Connector, era: str) -> None:
    work = Work()
    async with Client(work.server(demo_connector), mode=era) as client:
        calling = asyncio.create_task(client.call_tool("wait", {}))
        await work.begun.wait()
        calling.cancel()
        async with asyncio.timeout(10):
            await work.stopped.wait()
        walked = await client.call_tool("walk", {})
        assert not walked.is_error


async def test_a_write_of_several_calls_says_how_much_is_written(connector: Connector) -> None:
    heard: list[tuple[float, float | None, str | None]] = []

    async def hear(done: float, of: float | None, words: str | None) -> None:
        heard.append((done, of, words))

    crm = await connector.client()
    (deal,), products = [
        [row[0] for row in (await crm.run_coql(query=f"select id from {module} limit {n}")).rows]
        for module, n in (("Deals", 1), ("Products", 3))
    ]
    links = {"module": "Deals", "id": deal, "related_list": "Products", "to": products}
    async with Client(build(connector, toolsets=("records",), write=True)) as client:
        await client.call_tool("link_records", {**links, "remove": True})
        done = await client.call_tool("link_records", links, progress_callback=hear)
    assert not done.is_error, done.content
    assert heard == [(1, 3, "1 of 3 written"), (2, 3, "2 of 3 written")]


async def test_what_reads_many_pages_says_how_much_it_has_read(
    zoho_emulator: ZohoOrg, tmp_path: Path
) -> None:
    zoho_emulator.seed("Leads", [{"Last_Name": f"Rao{n}", "Company": "Ice"} for n in range(4100)])
    held = zoho_emulator.credentials
    chosen = {
        "ZCRM_HOME": str(tmp_path),
        "ZCRM_CLIENT_ID": held.client_id,
        "ZCRM_CLIENT_SECRET": held.client_secret,
        "ZCRM_REFRESH_TOKEN": held.refresh_token,
        "ZCRM_API_URL": zoho_emulator.url,
        "ZCRM_ACCOUNTS_URL": zoho_emulator.accounts_url,
    }
    connector = Connector(settings.from_environment(chosen), write=False)
    query = "select id from Leads where Company = 'Ice'"
    async with Client(build(connector, toolsets=("core", "records"))) as client:
        for tool_name, arguments in (
            ("run_coql", {"query": query, "max_rows": 10_000}),
            ("find_duplicates", {"module": "Leads"}),
        ):
            heard: list[float] = []

            async def hear(done: float, _of: Any, _words: Any, heard: list[float] = heard) -> None:
                heard.append(done)

            await client.call_tool(tool_name, arguments, progress_callback=hear)
            assert heard == [2000, 4000], tool_name
    await connector.aclose()
