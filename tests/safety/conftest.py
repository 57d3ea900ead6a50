"""A fresh demo org in this process for each test, a client that may write, and a way to propose writes."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import Write
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.http.session import Session
from zcrm_tools.metadata.catalogue import Catalogue
from zcrm_tools.models.grant import Profile
from zcrm_tools.safety.gate import Gate, Submitted
from zcrm_tools.safety.plan import Proposal, Result
from zcrm_tools.safety.policy import Policy
from zcrm_tools.state.sqlite import SqliteState
from zcrm_tools.testing import ZohoOrg

URL = "http://localhost"
PROFILE = Profile(name="test", kind="emulator", accounts_url=URL, api_url=URL)


class Fixed:
    """The emulator's own access token."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token

    async def renew(self, refused: str) -> str:
        raise AssertionError(f"{len(refused)} characters of token were refused")


@pytest.fixture
def opened(zoho_org: ZohoOrg) -> Callable[..., AsyncClient]:
    """`opened(policy, token=…, state=…)`: a client of the org, which whoever opens it closes."""

    def client(
        policy: Policy, *, token: str = "", state: SqliteState | None = None, **gate: Any
    ) -> AsyncClient:
        session = Session(
            URL, Fixed(token or zoho_org.credentials.access_token), transport=InProcess(zoho_org.app)
        )
        org = Org(PROFILE, session, Catalogue(session))
        kept = state or SqliteState(None)

        async def close() -> None:
            await session.aclose()
            kept.close()

        return AsyncClient(org, Gate(org, kept, policy, **gate), close)

    return client


@pytest.fixture
async def crm(opened: Callable[..., AsyncClient]) -> AsyncIterator[AsyncClient]:
    async with opened(Policy(write=True)) as client:
        yield client


@pytest.fixture
def submit(crm: AsyncClient) -> Callable[..., Any]:
    """`await submit(write, …)`: what the gate answers. `ask` tells requests apart, as an action's arguments would."""
    number = itertools.count()

    async def submit(
        *writes: Write, ask: str = "", undoes: tuple[str, ...] = (), **controls: Any
    ) -> Submitted:
        async def propose() -> Proposal:
            return Proposal(writes, undoes=undoes)

        return await crm.gate.submit("test", {"ask": ask or str(next(number)), **controls}, propose)

    return submit


@pytest.fixture
def do(crm: AsyncClient, submit: Callable[..., Any]) -> Callable[..., Any]:
    """`await do(write, …)`: the results, none when nothing needed doing; with a person who says yes to everything."""

    async def do(*writes: Write, undoes: tuple[str, ...] = ()) -> tuple[Result, ...]:
        submitted = await submit(*writes, ask=repr(writes), undoes=undoes)
        if submitted.status == "waiting":
            assert await crm.approve(submitted.plan.id, by="a person")
            submitted = await submit(*writes, ask=repr(writes), plan_id=submitted.plan.id)
        return submitted.receipt.results if submitted.receipt else ()

    return do
