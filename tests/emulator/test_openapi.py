"""The emulator's own OpenAPI document, and what a generator of requests makes of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from zcrm_tools.emulator.app import crm_routes
from zcrm_tools.emulator.needs import NEEDS

SCHEMATHESIS = os.environ.get("SCHEMATHESIS")


@pytest.fixture
async def document(api):
    reply = await api.http.get("/__emulator__/openapi.json")
    assert reply.status_code == 200
    return reply.json()


async def test_every_route_is_in_it_with_its_scopes(document):
    told = {
        (method, path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    for route in crm_routes():
        for method in route.methods - {"HEAD"}:
            operation = told[method.lower(), f"/crm/{{version}}{route.path_format}"]
            assert operation.get("x-zoho-scopes", []) == [list(clause) for clause in NEEDS[route.name]]
            named = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
            assert named == {"version", *route.param_convertors}
    assert ("post", "/oauth/v2/token") in told
    assert len({operation["operationId"] for operation in told.values()}) == len(told)


async def test_every_address_of_it_answers(api, document):
    """Without a token, 401: the address and the method are known."""
    for path, item in document["paths"].items():
        if not path.startswith("/crm/"):
            continue
        for method in item:
            url = path.replace("{version}", "v8").replace("{module}", "Leads")
            for name in ("id", "record_id", "related_id"):
                url = url.replace(f"{{{name}}}", "1")
            reply = await api.http.request(method, url, headers={"Authorization": ""})
            assert reply.status_code == 401, (method, url, reply.text)


@pytest.mark.skipif(not SCHEMATHESIS, reason="SCHEMATHESIS does not name the `st` command")
@pytest.mark.timeout(300)
def test_generated_requests_of_every_kind_never_break_it(emulator_process, tmp_path):
    generate(emulator_process, tmp_path, "fuzzing", 1, seed=20261124)


def generate(emulator_process, folder: Path, phases: str, examples: int, seed: int) -> None:
    """Every operation with generated input: no 5xx, no traceback, nothing slower than ten seconds."""
    with emulator_process() as ready, (folder / "st.txt").open("w") as told:
        done = subprocess.run(
            [
                SCHEMATHESIS,
                "run",
                f"{ready['url']}/__emulator__/openapi.json",
                "--checks=not_a_server_error",
                f"--max-examples={examples}",
                f"--seed={seed}",
                f"--phases={phases}",
                "--workers=1",
                "--mode=all",
                "--warnings=off",
                "--request-timeout=10",
                "--suppress-health-check=all",
                "--generation-database=none",
                f"--header=Authorization: Zoho-oauthtoken {ready['access_token']}",
            ],
            stdout=told,
            stderr=subprocess.STDOUT,
            check=False,
            cwd=folder,
        )
        assert ready["process"].poll() is None, "the emulator died"
    report = (folder / "st.txt").read_text()
    print(report[-1500:])
    assert done.returncode == 0, report[-6000:]
