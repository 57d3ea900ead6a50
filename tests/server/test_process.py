"""The server as a process: what it needs to start, what it writes, and how it ends."""

from __future__ import annotations

import base64
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

Start = Callable[..., Any]

GUARDED = """
import sys
def watch(event, details):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        raise SystemExit(f"touched the network: {event} {details}")
    if event == "import" and details[0].split(".")[0] == "keyring":
        raise SystemExit("touched the keyring")
sys.addaudithook(watch)
from zcrm_server.__main__ import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_sdks_own_client_completes_a_session(over_stdio: StdioServerParameters, mode: str) -> None:
    async with Client(over_stdio, mode=mode) as client:
        names = [t.name for t in (await client.list_tools()).tools]
        told = await client.call_tool("get_connection", {})
        leads = await client.call_tool("search_leads", {"limit": 2})
    assert "create_lead" in names
    assert told.structured_content["mode"] == "read and write"
    assert leads.structured_content["count"] == 2


def test_it_starts_and_lists_without_network_keyring_credentials_or_home(
    start: Start, tmp_path: Path
) -> None:
    wire = start(through=("-c", GUARDED))
    assert wire.greet()["serverInfo"]["name"] == "zcrm"
    assert wire.ask("tools/list")["tools"]
    assert wire.close() == ("", "")
    assert not (tmp_path / "no-home").exists()


def test_every_line_on_stdout_is_protocol(start: Start) -> None:
    wire = start("--demo", "--write")
    wire.greet()
    wire.ask("tools/list")
    wire.ask("tools/call", {"name": "get_connection", "arguments": {}})
    wire.ask("tools/call", {"name": "get_connection", "arguments": {"x": 1}})
    wire.ask("tools/call", {"name": "no_such_tool", "arguments": {}})
    wire.ask("no/such/method")
    rest, _ = wire.close()
    for line in (*wire.lines, *rest.splitlines()):
        assert json.loads(line)["jsonrpc"] == "2.0"


def test_a_file_of_megabytes_comes_through_the_pipe(start: Start) -> None:
    wire = start("--demo", "--write", "--tools", "attach_file")
    wire.greet()
    found = wire.ask("tools/call", {"name": "search_leads", "arguments": {"limit": 1}})
    lead = found["structuredContent"]["rows"][0][0]
    file = {"name": "scan.pdf", "base64": base64.b64encode(bytes(5_000_000)).decode()}
    given = {"module": "Leads", "record_id": lead, **file}
    done = wire.ask("tools/call", {"name": "attach_file", "arguments": given})
    assert done["structuredContent"]["status"] == "applied"


def test_the_stateless_era_needs_no_handshake(start: Start) -> None:
    wire = start("--demo")
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    found = wire.ask("server/discover", {"_meta": meta})
    assert "2026-07-28" in found["supportedVersions"]
    listed = wire.ask("tools/list", {"_meta": meta})
    assert listed["tools"][0]["name"] == "get_connection"
    assert listed["ttlMs"] == 300_000


def test_it_ends_well_when_its_client_closes_the_pipe(start: Start) -> None:
    wire = start("--demo")
    wire.greet()
    wire.ask("tools/call", {"name": "get_connection", "arguments": {}})
    assert wire.close() == ("", "")
    assert wire.process.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals between processes")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("used", [False, True])
def test_it_ends_well_on_a_signal(start: Start, number: int, used: bool) -> None:
    wire = start("--demo")
    wire.greet()
    if used:
        wire.ask("tools/call", {"name": "get_connection", "arguments": {}})
    wire.process.send_signal(number)
    assert wire.process.wait(10) == 0
    assert wire.close() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--toolsets", "sails"), "There is no toolset 'sails'."),
        (("--tools", "fly"), "There is no action 'fly'."),
        (("--frobnicate",), "No such option"),
    ],
)
def test_a_wrong_command_line_is_refused_in_words(
    start: Start, arguments: tuple[str, ...], said: str
) -> None:
    wire = start(*arguments)
    out, err = wire.close()
    assert wire.process.returncode == 2
    assert said in err
    assert "Traceback" not in err
    assert out == ""


def test_without_write_it_is_read_only_and_read_only_beats_the_environment(start: Start) -> None:
    for arguments, writes in (((), False), (("--write",), True), (("--read-only",), False)):
        wire = start("--demo", *arguments)
        wire.greet()
        names = [t["name"] for t in wire.ask("tools/list")["tools"]]
        assert ("create_lead" in names) is writes
        wire.close()
