"""A server on a fresh demo org, in memory or as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from zcrm_server.app import Server, build
from zcrm_tools import settings
from zcrm_tools.connection import Connector

ERAS = ("auto", "legacy")
"""2026-07-28, and the handshake of 2025-11-25 and before."""


@pytest.fixture
async def connector() -> AsyncIterator[Connector]:
    opened = Connector(settings.from_environment({"ZCRM_DEMO": "1"}), write=True)
    yield opened
    await opened.aclose()


@pytest.fixture
def writing(connector: Connector) -> Server:
    return build(connector, write=True)


@pytest.fixture
async def demo_connector() -> AsyncIterator[Connector]:
    opened = Connector(settings.from_environment({"ZCRM_DEMO": "1"}), write=False)
    yield opened
    await opened.aclose()


@pytest.fixture
def reading(demo_connector: Connector) -> Server:
    return build(demo_connector)


@pytest.fixture(params=ERAS)
async def crm(request: pytest.FixtureRequest, writing: Server) -> AsyncIterator[Client]:
    """A client of a writing server, once for each protocol era."""
    async with Client(writing, mode=request.param) as client:
        yield client


@pytest.fixture
def clean_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], None]:
    """Call it to have no setting in the environment, and a home of its own."""

    def go() -> None:
        for name in [n for n in os.environ if n.startswith("ZCRM_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("ZCRM_HOME", str(tmp_path))

    return go


def bare_environment(home: Path) -> dict[str, str]:
    """No credentials and no home: what a host may start a server with."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "SYSTEMROOT", "LANG", "VIRTUAL_ENV")}
    return {**kept, "HOME": str(home), "USERPROFILE": str(home)}


class Wire:
    """Raw JSON-RPC over the pipes of a server process: no SDK on this side."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._last = 0

    def ask(self, method: str, params: dict[str, Any] | None = None) -> Any:
        self._last += 1
        self.write({"jsonrpc": "2.0", "id": self._last, "method": method, "params": params or {}})
        while True:
            answer = self.read()
            if answer.get("id") == self._last:
                return answer.get("result", answer.get("error"))

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        self.lines.append(self.process.stdout.readline())
        answer: dict[str, Any] = json.loads(self.lines[-1])
        return answer

    def write(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def greet(self) -> Any:
        told = self.ask(
            "initialize",
            {
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": {"name": "tests", "version": "1"},
            },
        )
        self.write({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return told

    def close(self) -> tuple[str, str]:
        """Close stdin, wait, and give the rest of stdout and all of stderr."""
        return self.process.communicate(timeout=30)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Wire]]:
    """`start("--demo")` is a server process with nothing in its environment."""
    running: list[subprocess.Popen[str]] = []

    def go(*arguments: str, through: tuple[str, ...] = ("-m", "zcrm_server")) -> Wire:
        process = subprocess.Popen(
            [sys.executable, *through, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=bare_environment(tmp_path / "no-home"),
        )
        running.append(process)
        return Wire(process)

    yield go
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def over_stdio(tmp_path: Path) -> StdioServerParameters:
    """The server as the SDK's own client starts it."""
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "zcrm_server", "--demo", "--write"],
        env={"HOME": str(tmp_path / "no-home")},
    )
