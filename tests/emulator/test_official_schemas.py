"""The emulator's replies against Zoho's own OpenAPI.

With ZOHO_OAS naming a checkout of github.com/zoho/crm-oas, every successful reply that any test here gets through the
`api` fixture is held to the schema of its operation and status, writes as well; this file adds a walk through all that
can be read, and shows that the schemas would convict.
"""

from __future__ import annotations

import httpx
import pytest

from zcrm_tools.emulator import coverage, open_emulator
from zcrm_tools.emulator.api import apis

ASKED = {"module": "Leads", "fields": "Last_Name", "word": "an"}


@pytest.fixture(autouse=True)
def _given(official):
    if official is None:
        pytest.skip("ZOHO_OAS names no checkout of github.com/zoho/crm-oas")


@pytest.fixture
async def http(held_to_schemas):
    emulator = open_emulator()
    headers = {"Authorization": f"Zoho-oauthtoken {emulator.credentials.access_token}"}
    transport = httpx.ASGITransport(app=emulator.app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://emulator.test", headers=headers, event_hooks=held_to_schemas
    ) as client:
        yield client
    emulator.close()


def readable():
    """The documented paths that are served and read, by how many parameters they have."""
    served = [line.endpoint for line in coverage.lines(apis().routes) if line.route]
    paths = {one.path for one in served if one.method == "GET" and not one.path.startswith("/bulk")}
    return sorted(paths, key=lambda path: (path.count("{"), path))


async def test_a_walk_through_all_that_can_be_read_keeps_to_zohos_schemas(http):
    """An id that a list shows leads on to what is below it. The hook of the client does the judging."""
    ids: dict[str, str] = {}
    answered = set()
    for path in readable():
        parts = path.strip("/").split("/")
        url, known = "", True
        for at, part in enumerate(parts):
            if part.startswith("{"):
                part = "Leads" if at == 0 else ids.get(url, "")  # noqa: PLW2901
                known = known and bool(part)
            url += f"/{part}"
        if not known:
            continue
        reply = await http.get(f"/crm/v8{url}", params=ASKED)
        assert reply.status_code < 500, (url, reply.text)
        if reply.status_code == 200 and "json" in reply.headers["content-type"]:
            answered.add(path)
            rows = next((value for value in reply.json().values() if isinstance(value, list) and value), [{}])
            if isinstance(rows[0], dict) and "id" in rows[0]:
                ids.setdefault(url, rows[0]["id"])
    assert len(answered) >= 36, sorted(answered)


def test_every_deviation_is_of_an_operation_that_the_specification_has(official):
    assert official.deviations.keys() - {operation.name for operation in official.operations} == set()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/crm/v8/Leads", {"data": [{"id": 5}], "info": {"per_page": "200"}}),
        ("GET", "/crm/v8/settings/fields", {"fields": [{"id": "1", "length": "long"}]}),
        ("POST", "/crm/v8/Leads/upsert", {"data": [{"status": "done", "code": "SUCCESS", "details": {}}]}),
        ("GET", "/crm/v8/settings/roles", {"roles": "none"}),
    ],
)
def test_a_wrong_reply_would_be_convicted(official, method, path, body):
    assert official.complaints(method, path, 200, body)
