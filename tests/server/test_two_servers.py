"""Two server processes of one profile: one token, one journal, no lost change; and one of them killed at any moment."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError, StdioServerParameters

from zcrm_tools.testing import ZohoOrg

ROUNDS = 40 if os.environ.get("LONG_TESTS") else 2
"""Moments at which a server is killed."""

Start = Callable[[], Any]


@pytest.fixture
def start(zoho_emulator: ZohoOrg, tmp_path: Path) -> Start:
    """`async with start() as client` is one more server of the same profile."""
    held = zoho_emulator.credentials
    policy = tmp_path / "policy.toml"
    policy.write_text('[effects]\nmass = "straight"\n')  # they write more than one may without a person
    environment = {
        "ZCRM_POLICY": str(policy),
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
    while True:
        told = (await client.call_tool("list_changes", arguments)).structured_content
        assert told is not None
        names |= {change["change_id"]: change["name"] for change in told.get("changes", ())}
        if not told.get("cursor"):
            return names
        arguments["cursor"] = told["cursor"]


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
        row = {"id": made["id"], "fields": {"City": "Rome"}}
        moved = await one.call_tool("update_records", {"module": "Leads", "records": [row]})
        assert moved.structured_content is not None
        change = {"change_id": moved.structured_content["records"][0]["change_id"]}
        undone = await two.call_tool("undo_change", change)
        assert undone.structured_content is not None
        assert undone.structured_content["status"] == "applied"
        again = await one.call_tool("undo_change", change)
        assert again.is_error
    lead = zoho_emulator.record("Leads", made["id"])
    assert lead is not None
    assert lead["City"] is None


@dataclass(frozen=True, slots=True)
class Writing:
    """A server that a client writes through until it is killed. `told` are the answers, `some` is set at the second."""

    pid: int
    told: list[dict[str, Any]]
    some: asyncio.Event
    ended: asyncio.Task[None]


async def writing(start: Start, name: str) -> Writing:
    """A client of its own task, as the SDK's can be left by no other."""
    before, told, some = _servers(), [], asyncio.Event()
    ready = asyncio.Event()

    async def write_on() -> None:
        try:
            async with start() as client:
                await client.call_tool("get_connection", {})
                ready.set()
                with suppress(MCPError):  # it was killed
                    for number in range(1000):
                        told.append(await create(client, f"{name}n{number}"))
                        if len(told) == 2:
                            some.set()
        finally:  # nobody waits for what has failed
            ready.set()
            some.set()

    ended = asyncio.create_task(write_on())
    await ready.wait()
    (pid,) = _servers() - before
    return Writing(pid, told, some, ended)


@pytest.mark.skipif(sys.platform != "linux", reason="finds the server's process under /proc")
async def test_a_kill_of_either_loses_nothing_that_was_acknowledged(
    start: Start, zoho_emulator: ZohoOrg
) -> None:
    """Two write at once. In turn the older and the newer is killed, ever at another moment of a write, and replaced."""
    two = [await writing(start, "First"), await writing(start, "Second")]
    async with start() as reader:
        for number in range(ROUNDS):
            doomed = two.pop(number % 2)
            await doomed.some.wait()
            for _ in range(number * 97 % 1000):
                await asyncio.sleep(0)
            with suppress(ProcessLookupError):  # it failed by itself, which the next line tells
                os.kill(doomed.pid, 9)
            await doomed.ended
            (other,) = two
            so_far = len(other.told)
            known = await journaled(reader)
            for entry in (*doomed.told[-40:], *other.told[:so_far][-40:]):
                (record,) = entry["records"]
                assert record["change_id"] in known
                assert zoho_emulator.record("Leads", record["id"]) is not None
            while len(other.told) == so_far:
                assert not other.ended.done(), "the other writes on"
                await asyncio.sleep(0)
            if number + 1 < ROUNDS:
                two.append(await writing(start, f"Kill{number}x"))
        for left in two:
            os.kill(left.pid, 9)
        await asyncio.gather(*(left.ended for left in two))


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
