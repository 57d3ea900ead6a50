"""Runs a script of the official SDK in its own Python against an org of its own, once a session."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from zcrm_tools.testing import ZohoOrg

HERE = Path(__file__).parent
PYTHONS = {
    version: os.environ.get(name)
    for version, name in (("v8", "ZOHO_SDK8_PYTHON"), ("v7", "ZOHO_SDK7_PYTHON"), ("v2", "ZOHO_SDK2_PYTHON"))
}


@dataclass(frozen=True)
class Answers:
    """What the SDK understood, step by step, and the org it happened in."""

    org: ZohoOrg
    steps: dict[str, Any]

    def ok(self, step: str, status: int = 200) -> Any:
        """The SDK's object of a step that went well; None for an empty answer (204)."""
        answer = self.steps[step]
        assert "error" not in answer, f"{step}: {answer['error']}"
        assert answer["status"] == status, (step, answer)
        found = answer["object"]
        assert status == 204 or found["is"] != "APIException", (step, found)
        return found

    def data(self, step: str, status: int = 200) -> list[dict[str, Any]]:
        """The rows of a list, or the items of a write that all went well."""
        rows: list[dict[str, Any]] = self.ok(step, status)["data"]
        assert all(row["is"] != "APIException" for row in rows), rows
        return rows

    def refused(self, step: str, code: str, status: int = 400) -> dict[str, Any]:
        """The details of a refusal that the SDK read as its APIException."""
        answer = self.steps[step]
        assert answer.get("status") == status, answer
        found = answer["object"]
        found = found["data"][0] if found["is"] == "ActionWrapper" else found
        assert found["is"] == "APIException", found
        assert (found["status"], found["code"]) == ("error", code), found
        details: dict[str, Any] = found["details"]
        return details


@pytest.fixture(scope="session")
def sdk() -> Iterator[Callable[[str, str], Answers]]:
    """`sdk("v8", "records")`: the answers of one script."""
    from zcrm_tools.emulator.serve import serving
    from zcrm_tools.emulator.snapshots import fresh

    ran: dict[str, Answers] = {}
    with ExitStack() as stack:

        def run(version: str, area: str) -> Answers:
            python = PYTHONS[version]
            if not python:
                pytest.skip(f"no Python with Zoho's {version} SDK is named: see tests/sdk/README.md")
            key = f"{version}/{area}"
            if key not in ran:
                emulator = fresh()
                stack.callback(emulator.close)
                org = ZohoOrg(emulator, stack.enter_context(serving(emulator.app)))
                ran[key] = Answers(org, _run(python, HERE / version / f"{area}.py", org))
            return ran[key]

        yield run


def _run(python: str, script: Path, org: ZohoOrg) -> dict[str, Any]:
    held = org.credentials
    told = {
        "url": org.url,
        "accounts_url": org.accounts_url,
        "client_id": held.client_id,
        "client_secret": held.client_secret,
        "refresh_token": held.refresh_token,
        "org_id": held.org_id,
    }
    with TemporaryDirectory() as folder:  # the older SDKs leave a log wherever they are run
        done = subprocess.run(
            [python, str(script)],
            input=json.dumps(told),
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            cwd=folder,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    steps: dict[str, Any] = json.loads(done.stdout)
    return steps
