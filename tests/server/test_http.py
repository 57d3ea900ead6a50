"""The server over HTTP on this machine: who is let in, what is served, how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

ACCEPT = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
HELLO: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"},
    },
}


class Running:
    """A server process, and what it said when it started."""

    def __init__(self, process: subprocess.Popen[str], home: Path) -> None:
        self.process = process
        assert process.stderr is not None
        self.said = [process.stderr.readline() for _ in range(4)]
        found = re.search(r"listening on (\S+)", self.said[0])
        assert found, self.said
        self.url = found[1]
        self.file = home / ".zcrm" / "servers" / f"{self.url.split(':')[2].split('/')[0]}.json"
        self.token = json.loads(self.file.read_text())["token"]

    def client(self, **headers: str) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(headers={"authorization": f"Bearer {self.token}", **headers})


def launch(home: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "zcrm_server", "--demo", "--write", "--http", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={"PATH": os.environ["PATH"], "HOME": str(home), "USERPROFILE": str(home)},
    )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("home")
    process = launch(home)
    yield Running(process, home)
    process.kill()
    process.communicate()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_both_eras_are_served_at_one_address(running: Running, mode: str) -> None:
    async with (
        running.client() as http,
        Client(streamable_http_client(running.url, http_client=http), mode=mode) as client,
    ):
        assert client.protocol_version == {"auto": "2026-07-28", "legacy": "2025-11-25"}[mode]
        assert "create_lead" in [t.name for t in (await client.list_tools()).tools]
        answer = await client.call_tool("search_leads", {"limit": 2})
        assert answer.structured_content is not None
        assert answer.structured_content["count"] == 2


async def test_nobody_without_the_token_of_this_start_comes_in(running: Running) -> None:
    async with httpx2.AsyncClient(headers=ACCEPT) as http:
        for shown in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {running.token}"}):
            for method in ("POST", "GET", "DELETE"):
                answer = await http.request(method, running.url, json=HELLO, headers=shown)
                assert answer.status_code == 401
                assert answer.headers["www-authenticate"].startswith("Bearer ")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_the_token_is_in_a_file_that_only_its_owner_reads(running: Running) -> None:
    assert stat.S_IMODE(running.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(running.file.parent.stat().st_mode) == 0o700
    assert running.token in running.said[1]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "evil.example:8765"}, 421),
        ({"host": "127.0.0.1.evil.example"}, 421),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost.evil.example"}, 403),
        ({"origin": "http://localhost:6274"}, 200),
        ({}, 200),
    ],
)
async def test_names_that_are_not_this_machines_are_refused(
    running: Running, headers: dict[str, str], status: int
) -> None:
    async with running.client(**ACCEPT, **headers) as http:
        assert (await http.post(running.url, json=HELLO)).status_code == status


async def test_other_paths_are_as_guarded_against_other_names(running: Running) -> None:
    async with httpx2.AsyncClient() as http:
        root = running.url.removesuffix("/mcp")
        assert (await http.get(root, headers={"host": "evil.example"})).status_code == 421
        assert (await http.get(root)).status_code == 404


async def test_a_body_too_big_is_refused_before_it_is_read_in_words_that_a_client_shows(
    running: Running,
) -> None:
    async with (
        running.client() as http,
        Client(streamable_http_client(running.url, http_client=http)) as client,
    ):
        records = [{"Last_Name": "x" * 4_100_000}]
        with pytest.raises(
            MCPError, match=r"more than the 4,032,000 bytes .* Send fewer records in a call\."
        ):
            await client.call_tool("create_records", {"module": "Leads", "records": records})


async def test_a_foreign_session_is_no_session(running: Running) -> None:
    async with running.client(**ACCEPT) as http:
        opened = await http.post(running.url, json=HELLO)
        session = opened.headers["mcp-session-id"]
        assert len(session) >= 32
        asked = {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}}
        for named, status in ((session, 200), ("made-up", 404)):
            answer = await http.post(running.url, json=asked, headers={"mcp-session-id": named})
            assert answer.status_code == status


async def test_unknown_capabilities_and_meta_are_ignored(running: Running) -> None:
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {
            "telepathy": {"range": 3},
            "extensions": {"x.y/z": {}},
        },
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1", "mood": "good"},
        "com.example/anything": [1, {"a": None}],
    }
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}}
    headers = {**ACCEPT, "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list"}
    async with running.client(**headers) as http:
        answer = await http.post(running.url, json=asked)
    assert answer.status_code == 200
    assert answer.json()["result"]["tools"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals between processes")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_well_on_a_signal_with_a_client_connected(tmp_path: Path, number: int) -> None:
    running = Running(launch(tmp_path), tmp_path)
    async with running.client() as http:
        async with Client(streamable_http_client(running.url, http_client=http)) as client:
            await client.call_tool("get_connection", {})
        running.process.send_signal(number)
        out, err = running.process.communicate(timeout=20)
    assert running.process.returncode == 0
    assert (out, err) == ("", "")
    assert not running.file.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--host", "0.0.0.0"), "can be reached from other machines"),
        (("--issuer", "https://login.example"), "--issuer needs --public-url"),
        (("--issuer", "http://login.example", "--public-url", "https://crm.example/mcp"), "without TLS"),
    ],
)
def test_what_would_not_be_safe_is_not_started(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    process = launch(tmp_path, *arguments)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert said in err
    assert "Traceback" not in err
    assert out == ""


def test_a_port_in_use_is_said(running: Running, tmp_path: Path) -> None:
    taken = running.url.split(":")[2].split("/")[0]
    process = launch(tmp_path, "--port", taken)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "Cannot listen on 127.0.0.1" in err
