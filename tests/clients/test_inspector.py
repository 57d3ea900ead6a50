"""A client that is not ours, in another language: the MCP Inspector's command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

INSPECTOR = os.environ.get("MCP_INSPECTOR", "")

pytestmark = pytest.mark.skipif(
    not INSPECTOR, reason="MCP_INSPECTOR does not name mcp-inspector 2.12 (needs Node); .ci/run installs it"
)


STDIO = (sys.executable, "-m", "zcrm_server", "--demo", "--write")


def inspect(
    tmp_path: Path, *arguments: str, era: str = "auto", server: tuple[str, ...] = STDIO
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [INSPECTOR, "--cli", *server, "--protocol-era", era, *arguments],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if not k.startswith("ZCRM_")},
    )


def call(
    tmp_path: Path, tool: str, arguments: dict[str, Any], era: str, server: tuple[str, ...] = STDIO
) -> tuple[int, Any]:
    done = inspect(
        tmp_path,
        *("--method", "tools/call", "--tool-name", tool),
        *("--tool-args-json", json.dumps(arguments), "--format", "json"),
        era=era,
        server=server,
    )
    return done.returncode, json.loads(done.stdout)["result"]


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_it_lists_the_tools_and_finds_no_schema_that_other_clients_refuse(tmp_path: Path, era: str) -> None:
    done = inspect(tmp_path, "--method", "tools/list", "--strict", "--format", "json", era=era)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["result"]["tools"]
    assert "Schema portability" not in done.stderr
    assert "warning" not in done.stderr.lower(), done.stderr


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_it_calls_a_tool(tmp_path: Path, era: str) -> None:
    code, result = call(tmp_path, "search_leads", {"limit": 2}, era)
    assert code == 0
    assert result["structuredContent"]["count"] == 2


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_a_refusal_reaches_it_whole(tmp_path: Path, era: str) -> None:
    """Its client holds the structured content of failures to the output schema as well."""
    code, result = call(tmp_path, "get_record", {"module": "Leads", "idd": "1"}, era)
    assert code == 5
    assert result["isError"]
    assert {p["code"] for p in result["structuredContent"]["problems"]} == {
        "MISSING_ARGUMENT",
        "UNKNOWN_ARGUMENT",
    }


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_it_completes_a_session_over_http(tmp_path: Path, web: Any, era: str) -> None:
    """Each of its commands is a client of its own; it cannot ask a person, so what needs one waits for the page."""
    server = (
        web.url,
        "--transport",
        "http",
        "--header",
        f"Authorization: Bearer {web.token}",
        "--stored-auth-only",
    )
    listed = inspect(
        tmp_path, "--method", "tools/list", "--strict", "--format", "json", era=era, server=server
    )
    assert listed.returncode == 0, listed.stderr
    assert "update_records" in [tool["name"] for tool in json.loads(listed.stdout)["result"]["tools"]]

    _, found = call(tmp_path, "search_leads", {"limit": 21}, era, server)
    rows = found["structuredContent"]["rows"]
    records = [{"id": row[0], "fields": {"Designation": "Head of Ice"}} for row in rows]
    code, many = call(tmp_path, "update_records", {"module": "Leads", "records": records}, era, server)
    assert (code, many["structuredContent"]["status"]) == (0, "waiting")
    assert "/approve" in many["structuredContent"]["next_step"]
    code, few = call(tmp_path, "update_records", {"module": "Leads", "records": records[:2]}, era, server)
    assert (code, few["structuredContent"]["status"]) == (0, "applied")
    _, changes = call(tmp_path, "list_changes", {"limit": 100}, era, server)
    assert changes["structuredContent"]["count"] == 2
