"""Other people's checkers of MCP servers, each on the server as a process: protocol by jbt-mcpcheck, OAuth by mcp-authlab."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

MCPCHECK = os.environ.get("MCPCHECK", "")
AUTHLAB = os.environ.get("MCP_AUTHLAB", "")


@pytest.mark.skipif(not MCPCHECK, reason="MCPCHECK does not name jbt-mcpcheck; .ci/run installs it")
def test_mcpcheck_finds_nothing_wrong_in_any_of_its_eight_checks(local: Any) -> None:
    done = subprocess.run(
        [MCPCHECK, local.url, "--token", local.token], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout
    assert "All 8 checks passed" in done.stdout


@pytest.mark.skipif(not AUTHLAB, reason="MCP_AUTHLAB does not name mcp-authlab; .ci/run installs it")
def test_authlab_misses_no_must_and_no_should_of_a_resource_server(
    behind_issuer: Any, tmp_path: Path
) -> None:
    """What it skips asks a person to sign in at the issuer, which is not ours."""
    report = tmp_path / "report.json"
    arguments = ["--token", behind_issuer.token, "--foreign-token", behind_issuer.foreign, "--no-login"]
    done = subprocess.run(
        [AUTHLAB, "scan", behind_issuer.url, *arguments, "--format", "json", "-o", str(report)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert report.exists(), done.stderr
    found = json.loads(report.read_text())
    results = {one["id"]: one["status"] for one in found["results"]}
    assert [name for name, status in results.items() if status == "fail"] == []
    assert {n for n, s in results.items() if s == "pass"} >= {
        "CHAL-02",
        "CHAL-03",
        "PRM-02",
        "TOK-03",
        "SCOPE-01",
    }
