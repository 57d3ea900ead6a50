"""The processes of the demonstration: the emulator, the server, and a look into the emulator's store.

Both are started as a person would start them. Nothing of the surroundings' `ZCRM_…` settings reaches them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from zcrm_tools.redact import redact

READY_SECONDS = 30.0
CALL_SECONDS = 30.0
STOP_SECONDS = 5.0
LOG_SHOWN = 600


class Broken(Exception):
    """The demonstration cannot go on: a process died, a reply was wrong, or the store disagrees."""


@dataclass(frozen=True, slots=True)
class Emulator:
    """The running emulator. `ready` is its line of JSON."""

    process: asyncio.subprocess.Process
    ready: Mapping[str, str]
    log: Path

    async def look(self, path: str) -> Any:
        """Ask the control plane; None where it answers 404."""
        return await asyncio.to_thread(_fetch, f"{self.ready['url']}/__emulator__/{path}")

    async def row(self, module: str, record: str) -> Mapping[str, Any]:
        """A stored row, with raw columns."""
        row = await self.look(f"records/{module}/{record}")
        if row is None:
            raise Broken(f"The store has no {module} record {record}.")
        return dict(row)

    async def count(self, module: str) -> int:
        return int((await self.look(f"records/{module}/count"))["count"])

    async def requests(self) -> list[Mapping[str, Any]]:
        """Every request to the CRM API so far, oldest first."""
        return [r for r in (await self.look("requests"))["requests"] if r["path"].startswith("/crm/")]

    def ended(self) -> str:
        """Why it is not running any more, in words; empty while it runs."""
        code = self.process.returncode
        return "" if code is None else f"The emulator stopped in the middle ({_code(code)}).{tail(self.log)}"


@asynccontextmanager
async def emulator(folder: Path, number: int) -> AsyncIterator[Emulator]:
    """A freshly seeded demo org on a free port; stopped at the end whatever happens."""
    log = folder / "emulator.log"
    command = ("-m", "zcrm_tools.cli", "emulator", "--port", "0", "--ready-json", "--number", str(number))
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            "--db",
            str(folder / "org.db"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            env={k: v for k, v in os.environ.items() if not k.startswith("ZCRM_")},
        )
    try:
        yield Emulator(process, await _ready(process, log), log)
    finally:
        await _stop(process)


async def _ready(process: asyncio.subprocess.Process, log: Path) -> Mapping[str, str]:
    if process.stdout is None:
        raise Broken("The emulator has no output to read.")
    try:
        line = await asyncio.wait_for(process.stdout.readline(), READY_SECONDS)
        return dict(json.loads(line))
    except TimeoutError:
        raise Broken(f"The emulator was not ready within {READY_SECONDS:.0f} seconds.{tail(log)}") from None
    except ValueError:
        raise Broken(f"The emulator did not start.{tail(log)}") from None


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


@asynccontextmanager
async def assistant(folder: Path, running: Emulator) -> AsyncIterator[Client]:
    """An MCP client with the server at the other end of a pipe, signed in to the emulator."""
    ready = running.ready
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "zcrm_server", "--write"],
        env={
            "ZCRM_API_URL": ready["url"],
            "ZCRM_ACCOUNTS_URL": ready["accounts_url"],
            "ZCRM_CLIENT_ID": ready["client_id"],
            "ZCRM_CLIENT_SECRET": ready["client_secret"],
            "ZCRM_REFRESH_TOKEN": ready["refresh_token"],
            "ZCRM_HOME": str(folder / "home"),
        },
    )
    with server_log(folder).open("w", encoding="utf-8") as errors:
        async with Client(stdio_client(server, errors), read_timeout_seconds=CALL_SECONDS) as client:
            yield client


def server_log(folder: Path) -> Path:
    return folder / "server.log"


def tail(log: Path) -> str:
    """The end of what a process said, to print after a sentence; empty when it said nothing."""
    try:
        said = redact(log.read_text(encoding="utf-8", errors="replace")).strip()
    except OSError:
        return ""
    return f" It said: …{said[-LOG_SHOWN:]}" if said else ""


@contextlib.contextmanager
def folder() -> Any:
    """A folder for one demonstration, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="zcrm-demo-", ignore_cleanup_errors=True) as path:
        yield Path(path)


def _fetch(url: str) -> Any:
    try:
        with urllib.request.urlopen(url, timeout=CALL_SECONDS) as reply:  # noqa: S310 — our own emulator's
            return json.load(reply)
    except urllib.error.HTTPError as refused:
        if refused.code == 404:
            return None
        raise Broken(f"The emulator's control plane answered {refused.code}.") from None
    except (OSError, ValueError):
        raise Broken("The emulator does not answer any more.") from None


def _code(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
