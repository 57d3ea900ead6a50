"""The golden table of the scopes that every call demands, asked over HTTP one by one; test_access has the main ones.

The table was held against the scopes of Zoho's OpenAPI. Where it differs, the documentation says otherwise: attachments,
emails, locks and contact roles need the record's module as well, and tags on records need the module's scope.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from zcrm_tools.emulator.api import apis
from zcrm_tools.emulator.grants import Holder
from zcrm_tools.emulator.needs import NEEDS

ROWS = [
    line.split("\t") for line in (Path(__file__).parent / "golden_scopes.tsv").read_text().splitlines()[1:]
]
BYSTANDER = "ZohoCRM.graphql.READ"


@pytest.fixture
def call(api):
    holder = api.emulator.grants.holder(api.emulator.credentials.access_token)

    async def send(method, path, scopes):
        issued = api.emulator.grants.issue(Holder(holder.client_id, holder.user_id, tuple(scopes)))
        headers = {"Authorization": f"Zoho-oauthtoken {issued.access_token}"}
        json = {} if method in ("POST", "PUT", "PATCH") else None
        reply = await api.http.request(method, path, headers=headers, json=json)
        code = reply.json().get("code") if reply.content and reply.status_code >= 400 else None
        return reply.status_code, code

    return send


async def test_every_call_needs_each_of_its_scopes_and_no_other(api, call):
    await api.http.patch("/__emulator__/limits", json={"credits": 1_000_000})
    for route, method, path, scopes in ROWS:
        clauses = [clause.split(" | ") for clause in scopes.split(" & ")]
        for at in range(max(len(clause) for clause in clauses)):
            enough = [clause[min(at, len(clause) - 1)] for clause in clauses]
            status, code = await call(method, path, enough)
            assert status < 500, route
            assert code not in ("OAUTH_SCOPE_MISMATCH", "INVALID_URL_PATTERN", "INVALID_REQUEST_METHOD"), (
                route
            )
            for left_out in enough:
                rest = [scope for scope in enough if scope != left_out] or [BYSTANDER]
                assert await call(method, path, rest) == (401, "OAUTH_SCOPE_MISMATCH"), (route, left_out)


def test_the_table_names_every_route_once_with_what_it_is_called():
    named = [row[0] for row in ROWS]
    assert len(named) == len(set(named))
    served = {route.name for route in apis().routes}
    main = (Path(__file__).parent / "test_access.py").read_text()
    assert set(named) <= served
    assert [route for route in sorted(served - set(named)) if f'"{route}"' not in main] == []
    assert served == NEEDS.keys()
