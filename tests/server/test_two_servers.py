"""Two server processes of one profile: one token, one journal, no lost change; and one of them killed at any moment."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError, StdioServerParameters

from zcrm_tools.testing import ZohoOrg

ROUNDS = 40 if os.environ.get("LONG_TESTS") else 4
"""Moments at which a server is killed."""

Start = Callable[[], Any]


@pytest.fixture
def start(zoho_emulator: ZohoOrg, tmp_path: Path) -> Start:
    """`async with start() as client` is one more server of the same profile."""
    held = zoho_emulator.credentials
    environment = {
        "ZCRM_HOME": str(tmp_path / "zcrm"),
        "ZCRM_CLIENT_ID": held.client_id,
        "ZCRM_CLIENT_SECRET": held.client_secret,
        "ZCRM_REFRESH_TOKEN": held.refresh_token,
        "ZCRM_API_URL": zoho_emulator.url,
        "ZCRM_ACCOUNTS_URL": zoho_emulator.accounts_url,
        "HOME": str(tmp_path),
    }

    @asynccontextmanager
    async def go() -> AsyncIterator[Client]:
        server = StdioServerParameters(
            command=sys.executable, args=["-m", "zcrm_server", "--write"], env=environment
        )
        async with Client(server) as client:
            yield client

    return go


async def create(client: Client, name: str) -> dict[str, Any]:
    result = await client.call_tool("create_lead", {"last_name": name, "company": f"{name} Ltd"})
    assert result.structured_content is not None
    assert result.structured_content["status"] == "applied", result.structured_content
    return result.structured_content


async def journaled(client: Client) -> dict[str, str]:
    """Names by change id, of all changes."""
    names: dict[str, str] = {}
    arguments: dict[str, Any] = {"limit": 100}
    told = (await client.call_tool("list_changes", arguments)).structured_content
    assert told is not None
    for change in told.get("changes", ()):
        names[change["change_id"]] = change["name"]
    return names


async def test_two_at_once_use_one_token_and_write_one_journal(start: Start, zoho_emulator: ZohoOrg) -> None:
    async with start() as one, start() as two:
        made = await asyncio.gather(
            *(
                create(client, f"Rao{label}{n}")
                for label, client in (("A", one), ("B", two))
                for n in range(8)
            )
        )
        seen = [await journaled(client) for client in (one, two)]
    minted = [r for r in zoho_emulator.requests() if r["path"] == "/oauth/v2/token"]
    assert len(minted) == 1
    assert seen[0] == seen[1]
    assert seen[0].keys() == {entry["records"][0]["change_id"] for entry in made}
    for entry in made:
        assert zoho_emulator.record("Leads", entry["records"][0]["id"]) is not None


async def test_a_change_of_one_is_undone_through_the_other(start: Start, zoho_emulator: ZohoOrg) -> None:
    async with start() as one, start() as two:
        made = (await create(one, "Rao"))["records"][0]
        undone = await two.call_tool("undo_change", {"change_id": made["change_id"]})
        assert undone.structured_content is not None
        assert undone.structured_content["status"] == "applied"
        again = await one.call_tool("undo_change", {"change_id": made["change_id"]})
        assert again.is_error
    assert zoho_emulator.record("Leads", made["id"]) is None


@pytest.mark.skipif(sys.platform != "linux", reason="finds the server's process under /proc")
async def test_a_kill_of_either_loses_nothing_that_was_acknowledged(
    start: Start, zoho_emulator: ZohoOrg
) -> None:
    """One writes until it is killed, each time a little later; what it had said was written is in the other's journal."""
    acknowledged: list[dict[str, Any]] = []
    async with start() as surviving:
        await journaled(surviving)
        for number in range(ROUNDS):
            before = _servers()
            async with start() as doomed:
                await doomed.call_tool("get_connection", {})
                (victim,) = _servers() - before
                enough = asyncio.Event()
                writing = asyncio.create_task(
                    _write_on(doomed, f"Kill{number}x", acknowledged, enough, number % 3 + 1)
                )
                await enough.wait()
                for _ in range(number * 97 % 1000):  # ever another moment of the next write
                    await asyncio.sleep(0)
                os.kill(victim, 9)
                (ended,) = await asyncio.gather(writing, return_exceptions=True)
                assert isinstance(ended, MCPError), ended
        known = await journaled(surviving)
        assert acknowledged
        for entry in acknowledged:
            (record,) = entry["records"]
            assert record["change_id"] in known
            assert zoho_emulator.record("Leads", record["id"]) is not None
        await create(surviving, "After")


async def _write_on(
    client: Client, name: str, acknowledged: list[dict[str, Any]], enough: asyncio.Event, some: int
) -> None:
    """Write until it fails; say when some are acknowledged, which is when the next one is on its way."""
    for number in range(1000):
        acknowledged.append(await create(client, f"{name}{number}"))
        if number + 1 == some:
            enough.set()


def _servers() -> set[int]:
    """The server processes that this test started."""
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            command = (entry / "cmdline").read_text()
        except (OSError, ValueError):
            continue
        if parent == os.getpid() and "zcrm_server" in command:
            found.add(int(entry.name))
    return found
