"""A fresh demo org in this process for each test, a client that may write, and shorthands for what many tests do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from zcrm_tools.actions.written import Written
from zcrm_tools.client import AsyncClient
from zcrm_tools.crm.org import Org
from zcrm_tools.emulator.access import EVERYTHING
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.http.session import Session
from zcrm_tools.metadata.catalogue import Catalogue
from zcrm_tools.models.grant import Profile
from zcrm_tools.safety.gate import Gate
from zcrm_tools.safety.policy import Policy
from zcrm_tools.state.sqlite import SqliteState
from zcrm_tools.testing import ZohoOrg

URL = "http://localhost"
DEMO = Profile(name="demo", kind="emulator", accounts_url=URL, api_url=URL, scopes=" ".join(EVERYTHING))


class Fixed:
    """The emulator's own access token."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token

    async def renew(self, refused: str) -> str:
        raise AssertionError(f"{len(refused)} characters of token were refused")


def client(zoho_org: ZohoOrg, policy: Policy) -> AsyncClient:
    session = Session(URL, Fixed(zoho_org.credentials.access_token), transport=InProcess(zoho_org.app))
    org, state = Org(DEMO, session, Catalogue(session)), SqliteState(None)

    async def close() -> None:
        await session.aclose()
        state.close()

    return AsyncClient(org, Gate(org, state, policy), close)


@pytest.fixture
async def crm(zoho_org: ZohoOrg) -> AsyncIterator[AsyncClient]:
    async with client(zoho_org, Policy(write=True)) as opened:
        yield opened


@pytest.fixture
async def reader(zoho_org: ZohoOrg) -> AsyncIterator[AsyncClient]:
    async with client(zoho_org, Policy()) as opened:
        yield opened


@pytest.fixture
def agreed(crm: AsyncClient) -> Callable[..., Awaitable[Written]]:
    """`await agreed("delete_records", module=…, ids=…)`: the plan waits for a person, who says yes; then it is applied."""

    async def run(action: str, **arguments: object) -> Written:
        shown = await crm.call(action, arguments)
        assert shown.status == "waiting", shown
        assert "A person must approve it" in shown.next_step
        assert await crm.approve(shown.plan_id, by="a person")
        return await crm.call(action, {**arguments, "plan_id": shown.plan_id})

    return run


@pytest.fixture
def some(crm: AsyncClient) -> Callable[..., Awaitable[list[str]]]:
    """`await some("Deals", 2, "Stage = 'Qualification'")`: ids of records that are there."""

    async def find(module: str, count: int = 1, where: str = "id is not null") -> list[str]:
        rows = await crm.run_coql(query=f"select id from {module} where {where} order by id limit {count}")
        return [row[0] for row in rows.rows]

    return find
