"""The public conformance suite, over HTTP, both protocol eras: the server as it ships against a written list of what only
the suite's own tools could pass, and the same app with those tools added against everything that a revision requires.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SUITE = os.environ.get("MCP_CONFORMANCE", "")
NODE = os.environ.get("MCP_CONFORMANCE_NODE", "node")
REVISIONS = ("2025-11-25", "2026-07-28")

pytestmark = pytest.mark.skipif(
    not SUITE,
    reason="MCP_CONFORMANCE does not name dist/index.js of @modelcontextprotocol/conformance (needs Node 22); .ci/run installs it",
)

TAKEN_FROM_THE_SUITE = re.compile(
    r"tools-call-|elicitation-sep|resources-(read|templates|subscribe|unsubscribe)|prompts-get-|input-required-result-|logging-set"
    r"|server-stateless:sep-2575-(missing-capability-http-400|server-rejects-undeclared-capability)"
)
"""The scenarios that call tools, prompts and resources of the suite's own; the two checks need its diagnostic tool."""


def run(url: str, tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [NODE, SUITE, "server", "--url", url, *arguments],
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
        cwd=tmp_path,
    )


@pytest.mark.parametrize("revision", REVISIONS)
def test_all_that_a_revision_requires_holds_with_the_suites_own_tools_added(
    under_suite: Callable[..., str], tmp_path: Path, revision: str
) -> None:
    done = run(under_suite("--fixtures"), tmp_path, "--requirements", revision)
    assert done.returncode == 0, done.stdout[-4000:]
    passed = re.search(r"Total: (\d+) passed", done.stdout)
    assert passed
    assert int(passed[1]) >= {"2025-11-25": 84, "2026-07-28": 164}[revision]


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_server_as_it_ships_lacks_only_the_suites_own_tools(
    under_suite: Callable[..., str], tmp_path: Path, revision: str
) -> None:
    """A check that fails and is not listed, and one that is listed and passes, both fail this."""
    listed = Path(__file__).with_name(f"shipped-{revision}.yml")
    done = run(under_suite(), tmp_path, "--requirements", revision, "--expected-failures", str(listed))
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_list_excuses_nothing_else(revision: str) -> None:
    text = Path(__file__).with_name(f"shipped-{revision}.yml").read_text()
    excused = re.findall(r"^  - (\S+)$", text, re.MULTILINE)
    assert excused
    for one in excused:
        assert TAKEN_FROM_THE_SUITE.match(one), one
        assert ":" in one, f"{one}: a check is excused, never a whole scenario"
        assert "wire-schema" not in one
