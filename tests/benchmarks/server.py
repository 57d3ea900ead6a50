"""What the MCP server costs: `python tests/benchmarks/server.py [start call big http long]`; all but `long` unless named.

start   process start to the answer of tools/list over stdio, beside a plain MCPServer with 25 empty tools in the same run,
        and beside fastmcp where FASTMCP_PYTHON names a Python that has it; then to the answer of a ping behind it, which
        ours leaves to the SDK. CPU is the process's own, so it is less noisy.
call    our share of a tool call: the whole call without a socket, less what a plain tool costs that makes the same CRM
        request and has its answer ready.
big     what an answer of 158 kB adds to ours and to a plain tool that sends the same and has it ready as structure and text:
        sent whole, and as shipped, cut to what a model can read.
http    200 calls at once over HTTP.
long    memory of a server over 100,000 calls over HTTP (COUNT=…), beside that of the emulator it calls, a process of its own
        that is given the credits for it, as the demo org has fewer a day.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server import MCPServer
from mcp.types import CallToolResult, TextContent

from zcrm_server.app import build
from zcrm_server.profiles import Profiles, Served
from zcrm_server.tools import Desk, own_tool
from zcrm_tools import endpoints, settings
from zcrm_tools.actions import render
from zcrm_tools.actions.action import Action, Input
from zcrm_tools.actions.tables import Table
from zcrm_tools.connection import Connector

ROUNDS = int(os.environ.get("ROUNDS", "12"))
CALLS = int(os.environ.get("CALLS", "300"))
TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100

OURS = [sys.executable, "-m", "zcrm_server", "--write"]
PLAIN = """
from mcp.server import MCPServer
server = MCPServer("plain")
def make(number):
    async def tool(first: str, second: int = 1, third: bool = False, fourth: str = "") -> str:
        return "done"
    tool.__name__ = f"tool_{number}"
    return tool
for number in range(25):
    server.add_tool(make(number), description="An empty tool")
server.run()
"""
FASTMCP = (
    PLAIN.replace("from mcp.server import MCPServer", "from fastmcp import FastMCP as MCPServer")
    .replace('server.add_tool(make(number), description="An empty tool")', "server.tool(make(number))")
    .replace("server.run()", "server.run(show_banner=False)")
)
HELLO = (
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "benchmark", "version": "1"},
        },
    },
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
    {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}},
)
PING = {"jsonrpc": "2.0", "id": 3, "method": "ping"}


def environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir() + "/zcrm-benchmark"}


def listed(command: list[str]) -> tuple[float, float, float]:
    """Wall and CPU milliseconds until tools/list was answered, and wall milliseconds until a ping was."""
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("".join(json.dumps(message) + "\n" for message in HELLO).encode())
        process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for _ in range(2)]
        wall = (time.perf_counter() - began) * 1000
        cpu = _cpu(process.pid)
        process.stdin.write(json.dumps(PING).encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == PING["id"]
        loaded = (time.perf_counter() - began) * 1000
        process.stdin.close()
        process.wait()
    assert answers[1]["result"]["tools"], answers
    return wall, cpu, loaded


def _cpu(pid: int) -> float:
    """Of a process and its threads so far; 0 where there is no /proc."""
    path = Path(f"/proc/{pid}/stat")
    if not path.exists():
        return 0.0
    fields = path.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / TICK


def start() -> None:
    servers = {"ours": [*OURS, "--demo"], "plain": [sys.executable, "-c", PLAIN]}
    if other := os.environ.get("FASTMCP_PYTHON"):
        servers["fastmcp"] = [other, "-c", FASTMCP]
    for command in servers.values():
        listed(command)
    took: dict[str, list[tuple[float, float, float]]] = {name: [] for name in servers}
    for _ in range(ROUNDS):
        for name, command in servers.items():
            took[name].append(listed(command))
    for name, figures in took.items():
        wall, cpu, loaded = (statistics.median(one) for one in zip(*figures, strict=True))
        print(f"start  {name:8} listed {wall:5.0f} ms wall {cpu:5.0f} CPU, ping {loaded:5.0f} wall", end="")
        if name != "ours":
            ratios = [
                statistics.median(a[i] / b[i] for a, b in zip(took["ours"], figures, strict=True) if b[i])
                for i in range(3)
            ]
            print("   ours is {:.2f}, {:.2f}, {:.2f} ×".format(*ratios), end="")
        print()


async def timed(work: Callable[[], Awaitable[Any]], times: int) -> float:
    """Median milliseconds of CPU of this process, which client, server and CRM share."""
    took = []
    for _ in range(times):
        began = time.process_time()
        await work()
        took.append((time.process_time() - began) * 1000)
    return statistics.median(took)


@asynccontextmanager
async def without_socket(server: MCPServer[Any]) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """`call(tool, arguments)` as raw HTTP of the stateless era, through the SDK's own app: no client validates anything."""
    app = server.streamable_http_app()
    url = "http://127.0.0.1:8765/mcp"
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app)) as client,
    ):

        async def called(tool: str, arguments: dict[str, Any]) -> int:
            """Gives the answer's size in bytes."""
            answer = await posted(client, url, 1, tool, arguments)
            assert answer.status_code == 200, answer.text
            assert b'"isError":true' not in answer.content, answer.text[:500]
            return len(answer.content)

        yield called


QUERY = "select id, Last_Name, Company, Email, Phone from Leads where id is not null limit 20"


async def call() -> None:
    connector = Connector(settings.from_environment({"ZCRM_DEMO": "1"}), write=True)
    crm = await connector.client()
    plain = MCPServer("plain", log_level="ERROR")
    ready = json.dumps((await crm.call("run_coql", {"query": QUERY})).model_dump(mode="json"))

    @plain.tool()
    async def run_coql(query: str) -> CallToolResult:
        await crm.org.session.call(endpoints.COQL, json={"select_query": query})
        return CallToolResult(
            content=[TextContent(type="text", text=ready)], structured_content=json.loads(ready)
        )

    took = {}
    for name, server in (("ours", build(connector, write=True)), ("plain", plain)):
        async with without_socket(server) as called:
            took[name] = await timed(lambda: called("run_coql", {"query": QUERY}), CALLS)
    print(
        f"call   {took['ours']:.2f} ms, of which SDK and CRM request {took['plain']:.2f};"
        f" our share {took['ours'] - took['plain']:.2f} ms"
    )
    await connector.aclose()


class Ask(Input):
    """Give a table of so many rows."""

    rows: int = 1


class Uncut(Table):
    """A table that goes out as long as it is, as no shipped one does."""

    def fit(self, size: int) -> Uncut:
        return self


def made(rows: int) -> dict[str, Any]:
    cells = [[f"55402300002{n:07d}", *(f"välue {n} {m}" for m in range(29))] for n in range(rows)]
    return {"module": "Leads", "count": rows, "columns": [f"Column_{n}" for n in range(30)], "rows": cells}


async def big() -> None:
    """The tables are made beforehand: what is measured is the way from an action's output to the wire."""
    sizes = (1, 360)
    connector = Connector(settings.from_environment({"ZCRM_DEMO": "1"}), write=False)
    desk = Desk(Profiles((Served("default", connector, write=False),)))
    for name, kind, limit in (("whole", Uncut, 0), ("cut", Table, render.MODEL_SIZE)):
        tables = {n: kind(**made(n)) for n in sizes}
        ready = {n: render.structured(table, size=limit) for n, table in tables.items()}
        texts = {n: render.text(body) for n, body in ready.items()}

        async def ours(_call: Any, given: Ask, tables: Any = tables) -> Table:
            table: Table = tables[given.rows]
            return table

        async def theirs(rows: int = 1, texts: Any = texts, ready: Any = ready) -> CallToolResult:
            content = TextContent(type="text", text=texts[rows])
            return CallToolResult(content=[content], structured_content=ready[rows])

        plain = MCPServer("plain", log_level="ERROR")
        plain.add_tool(theirs, name="table")
        action = Action("table", "Table", "read", Ask, kind, ours)
        added = {}
        for who, server in (("ours", build(connector, extra=[own_tool(action, desk)])), ("plain", plain)):
            async with without_socket(server) as called:
                took = [await timed(partial(called, "table", {"rows": n}), CALLS) for n in sizes]
            added[who] = took[1] - took[0]
        made_of = len(render.text(render.structured(tables[360]))) / 1000
        print(
            f"big    {made_of:.0f} kB sent {name} ({len(texts[360]) / 1000:.0f} kB): ours takes {added['ours']:.2f} ms"
            f" more than for one row, a plain tool that has it ready {added['plain']:.2f};"
            f" our share {added['ours'] - added['plain']:.2f} ms"
        )
    await connector.aclose()


@contextmanager
def over_http(signed_in: Mapping[str, str] | None = None) -> Any:
    """A server process on its own demo org, or by a sign-in in its environment; gives URL, token and process id."""
    demo = [] if signed_in else ["--demo"]
    with tempfile.TemporaryDirectory() as home:
        process = subprocess.Popen(
            [*OURS, *demo, "--http", "--port", "0"],
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env={**environment(), "HOME": home, **(signed_in or {})},
        )
        assert process.stderr is not None
        for _ in range(4):
            process.stderr.readline()
        (file,) = (Path(home) / ".zcrm" / "servers").iterdir()
        told = json.loads(file.read_text())
        try:
            yield told["url"], told["token"], process.pid
        finally:
            process.terminate()
            process.communicate(timeout=20)


@contextmanager
def an_emulator(credits: int) -> Any:
    """An emulator process with so many credits a day; gives the environment that signs in to it, and its process id."""
    process = subprocess.Popen(
        [sys.executable, "-m", "zcrm_tools.cli", "emulator", "--ready-json"],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=environment(),
    )
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    try:
        limits = f"{told['url']}/__emulator__/limits"
        httpx2.patch(limits, json={"credits": credits}).raise_for_status()
        names = {"ZCRM_API_URL": "url", **{f"ZCRM_{n.upper()}": n for n in SIGN_IN}}
        yield {name: told[key] for name, key in names.items()}, process.pid
    finally:
        process.terminate()
        process.communicate(timeout=20)


SIGN_IN = ("accounts_url", "client_id", "client_secret", "refresh_token")
SEARCH = ("search_leads", {"limit": 5})


def posted(client: Any, url: str, number: int, tool: str, arguments: dict[str, Any]) -> Awaitable[Any]:
    """One call of the stateless era."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params = {"name": tool, "arguments": arguments, "_meta": meta}
    headers = {
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": tool,
    }
    body = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
    posting: Awaitable[Any] = client.post(url, json=body, headers=headers)
    return posting


def good(answer: Any) -> bool:
    result = answer.json().get("result", {})
    return bool(answer.status_code == 200 and result.get("structuredContent", {}).get("count") == 5)


async def http(at_once: int = 200) -> None:
    import httpx2

    limits = httpx2.Limits(max_connections=at_once)
    with over_http() as (url, token, _):
        async with httpx2.AsyncClient(
            headers={"authorization": f"Bearer {token}"}, timeout=120, limits=limits
        ) as client:
            await posted(client, url, 0, *SEARCH)
            began = time.perf_counter()
            answers = await asyncio.gather(*(posted(client, url, n, *SEARCH) for n in range(at_once)))
            took = time.perf_counter() - began
            wrong = sum(not good(answer) for answer in answers)
            print(f"http   {at_once} calls at once, 2026-07-28: {wrong} wrong, {took:.2f} s in all")
            async with Client(streamable_http_client(url, http_client=client), mode="legacy") as session:
                began = time.perf_counter()
                results = await asyncio.gather(
                    *(session.call_tool("search_leads", {"limit": 5}) for _ in range(at_once))
                )
                took = time.perf_counter() - began
            wrong = sum((r.structured_content or {}).get("count") != 5 for r in results)
            print(f"http   {at_once} calls at once, 2025-11-25: {wrong} wrong, {took:.2f} s in all")


async def long() -> None:
    count, at_once = int(os.environ.get("COUNT", "100000")), 20
    seen: list[float] = []
    wrong = done = 0
    began = time.perf_counter()
    with an_emulator(credits=10 * count) as (signed_in, crm), over_http(signed_in) as (url, token, pid):
        async with httpx2.AsyncClient(headers={"authorization": f"Bearer {token}"}, timeout=60) as client:
            while done < count:
                answers = await asyncio.gather(
                    *(posted(client, url, done + n, *SEARCH) for n in range(at_once))
                )
                bad = [answer for answer in answers if not good(answer)]
                if bad and not wrong:
                    print(f"long   the first that is wrong: {bad[0].status_code} {bad[0].text[:2000]}")
                wrong += len(bad)
                done += at_once
                if done % max(count // 10, at_once) < at_once:
                    seen.append(_memory(pid))
                    print(
                        f"long   {done:7} calls, {wrong} wrong, {time.perf_counter() - began:.0f} s,"
                        f" {seen[-1]:.1f} MB; the emulator {_memory(crm):.1f} MB",
                        flush=True,
                    )
    print(f"long   from the first tenth to the last {seen[-1] - seen[0]:+.1f} MB")


def _memory(pid: int) -> float:
    """Resident megabytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


def main() -> None:
    parts: dict[str, Callable[[], Any]] = {
        "start": start,
        "call": lambda: asyncio.run(call()),
        "big": lambda: asyncio.run(big()),
        "http": lambda: asyncio.run(http()),
        "long": lambda: asyncio.run(long()),
    }
    for name in sys.argv[1:] or [n for n in parts if n != "long"]:
        parts[name]()


if __name__ == "__main__":
    main()
