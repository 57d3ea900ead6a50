"""The second table of calls: each one's scopes suffice, and none of them is too many, by the emulator."""

from __future__ import annotations

import pytest

from zcrm_tools import operations, scopes
from zcrm_tools.endpoints import ENDPOINTS, Endpoint
from zcrm_tools.errors import ApiError, ScopeMissing, ServerFault
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.http.session import Session
from zcrm_tools.testing import ZohoOrg

PARTS = {
    "attachment": "1", "message": "1", "to": "1", "user": "1",
    "job": "554023000000000009", "file": "1.zip", "org": "org1",
}  # fmt: skip
EVERY = list(operations.OPERATIONS.values())


class Fixed:
    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token

    async def renew(self, refused: str) -> str:
        raise AssertionError(refused)


async def tried(org: ZohoOrg, endpoint: Endpoint, granted: tuple[scopes.Scope, ...]) -> None:
    """Call it with parts that make little sense: scopes are judged before them."""
    tokens = org.grant(*map(str, granted)) if granted else org.grant("ZohoCRM.apis.READ")
    session = Session("http://localhost", Fixed(tokens.access_token), transport=InProcess(org.app))
    body = (
        None
        if endpoint.method in ("GET", "DELETE")
        else {
            "data": [{}],
            "query": {"module": {"api_name": "Leads"}},
            "operation": "insert",
            "resource": [{"type": "data", "module": {"api_name": "Leads"}, "file_id": "1"}],
        }
    )
    try:
        await session.call(
            endpoint,
            module="Leads",
            id="1",
            related="Products",
            params={"ids": "1", "module": "Leads"},
            json=body,
            parts=PARTS,
        )
    except (ServerFault, ScopeMissing):
        raise
    except ApiError:
        pass  # it complains of the parts, so the scopes sufficed
    finally:
        await session.aclose()


@pytest.mark.evidence("scopes.per-call")
@pytest.mark.zoho(seed="empty")
@pytest.mark.parametrize("endpoint", EVERY, ids=lambda e: e.name)
async def test_the_scopes_of_the_table_are_enough_and_none_is_too_many(zoho_org: ZohoOrg, endpoint: Endpoint):
    needed = scopes.minimal(endpoint.scopes("Leads"))
    await tried(zoho_org, endpoint, needed)
    demanded = [one for one in needed if await _refused(zoho_org, endpoint, needed, one)]
    beyond = {str(one) for one in needed} - {str(one) for one in demanded}
    assert beyond <= _CAUTION.get(endpoint.name, set()), endpoint.name


async def _refused(
    org: ZohoOrg, endpoint: Endpoint, needed: tuple[scopes.Scope, ...], without: scopes.Scope
) -> bool:
    try:
        await tried(org, endpoint, tuple(one for one in needed if one != without))
    except ScopeMissing:
        return True
    return False


_CAUTION: dict[str, set[str]] = {}
"""What the table asks for although the emulator lets the call through without it."""


def test_no_name_is_in_both_tables():
    assert not ENDPOINTS.keys() & operations.OPERATIONS.keys()
    assert len({(e.method, e.base, e.path) for e in EVERY}) == len(EVERY)


@pytest.mark.parametrize("endpoint", EVERY, ids=lambda e: e.name)
def test_what_a_call_does_agrees_with_its_method_and_page(endpoint: Endpoint):
    if endpoint.method == "GET":
        assert endpoint.effect == "read"
    elif endpoint.method == "DELETE":
        assert endpoint.effect == "delete"
    else:
        assert endpoint.effect in ("create", "update", "send") or endpoint.name == "create_bulk_read"
    assert endpoint.documentation.startswith("https://www.zoho.com/crm/developer/docs/api/v8/")
    assert endpoint.documentation.endswith(".html")
