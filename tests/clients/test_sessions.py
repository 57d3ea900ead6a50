"""Clients that are not ours complete the same session over stdio and HTTP, in each protocol era that they speak."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import ElicitRequestParams, ElicitResult

HERE = Path(__file__).parent
SERVER = [sys.executable, "-m", "zcrm_server", "--demo", "--write"]
TYPESCRIPT = os.environ.get("MCP_TYPESCRIPT", "")
FASTMCP = os.environ.get("FASTMCP_PYTHON", "")

COMPLETED = {
    "mode": "read and write",
    "found": 21,
    "refused": ["MISSING_ARGUMENT", "UNKNOWN_ARGUMENT"],
    "asked": 1,
    "written": ["applied", 21],
    "changes": 21,
    "resource": 1,
}


def complete(told: dict[str, Any]) -> None:
    assert told["tools"][0] == "get_connection"
    assert {"search_leads", "update_records", "undo_change"} <= set(told["tools"])
    assert "pipeline_review" in told["prompts"]
    assert {name: told[name] for name in COMPLETED} == COMPLETED


def run(command: Sequence[str], tmp_path: Path) -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZCRM_")}
    done = subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
        env={**kept, "ZCRM_HOME": str(tmp_path / "zcrm")},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def way(transport: str, web: Any) -> list[str]:
    return ["stdio", *SERVER] if transport == "stdio" else ["http", web.url, web.token]


BOTH_WAYS = pytest.mark.parametrize("transport", ["stdio", "http"])


@BOTH_WAYS
@pytest.mark.parametrize(("version", "era"), [("v2", "auto"), ("v2", "legacy"), ("v1", "legacy")])
@pytest.mark.skipif(
    not TYPESCRIPT,
    reason="MCP_TYPESCRIPT is no folder with @modelcontextprotocol/client and sdk (needs Node); .ci/run installs them",
)
def test_the_typescript_sdk(tmp_path: Path, web: Any, transport: str, version: str, era: str) -> None:
    complete(
        run(["node", str(HERE / "session.mjs"), TYPESCRIPT, version, era, *way(transport, web)], tmp_path)
    )


@BOTH_WAYS
@pytest.mark.skipif(not FASTMCP, reason="FASTMCP_PYTHON is no Python with fastmcp; .ci/run makes one")
def test_fastmcp(tmp_path: Path, web: Any, transport: str) -> None:
    complete(run([FASTMCP, str(HERE / "session_fastmcp.py"), *way(transport, web)], tmp_path))


@BOTH_WAYS
@pytest.mark.parametrize("era", ["auto", "legacy"])
async def test_the_python_sdk(tmp_path: Path, web: Any, transport: str, era: str) -> None:
    asked: list[str] = []

    async def answer(_context: Any, question: ElicitRequestParams) -> ElicitResult:
        asked.append(question.message)
        return ElicitResult(action="accept", content={})

    async with httpx2.AsyncClient(headers={"authorization": f"Bearer {web.token}"}) as http:
        server: Any = streamable_http_client(web.url, http_client=http)
        if transport == "stdio":
            server = StdioServerParameters(
                command=SERVER[0], args=SERVER[1:], env={"ZCRM_HOME": str(tmp_path / "zcrm")}
            )
        async with Client(server, mode=era, elicitation_callback=answer) as client:

            async def call(name: str, arguments: dict[str, Any]) -> Any:
                return (await client.call_tool(name, arguments)).structured_content

            tools = [tool.name for tool in (await client.list_tools()).tools]
            connection = await call("get_connection", {})
            found = await call("search_leads", {"limit": 21})
            place = found["columns"].index("id")
            refused = await call("get_record", {"module": "Leads", "idd": "1"})
            records = [{"id": row[place], "fields": {"Designation": "Head of Ice"}} for row in found["rows"]]
            written = await call("update_records", {"module": "Leads", "records": records})
            changes = await call("list_changes", {"limit": 100})
            contents = (await client.read_resource("zcrm://connection")).contents
            prompts = [prompt.name for prompt in (await client.list_prompts()).prompts]
    complete(
        {
            "tools": tools,
            "mode": connection["mode"],
            "found": found["count"],
            "refused": sorted(problem["code"] for problem in refused["problems"]),
            "asked": len(asked),
            "written": [written["status"], len(written["records"])],
            "changes": changes["count"],
            "resource": len(contents),
            "prompts": prompts,
        }
    )
