"""One suite, three places: the emulator in this process, on a socket, and a real org where the environment names one.

`TEST_ZOHO=1 pytest tests/client` runs it against the connection that the environment's ZCRM_ variables name too: it
makes its own records, deletes them even when a test fails, and leaves out the tests that look behind the API (those that ask for `org`).
"""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.client.of_module import STANDARD
from zcrm_tools.connection import open_client
from zcrm_tools.crm import raw
from zcrm_tools.crm.org import Org
from zcrm_tools.endpoints import Endpoint
from zcrm_tools.errors import ApiError
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.http.session import Reply, Session
from zcrm_tools.metadata.catalogue import Catalogue
from zcrm_tools.models.grant import Profile
from zcrm_tools.safety.gate import Gate
from zcrm_tools.safety.policy import Policy
from zcrm_tools.settings import from_environment
from zcrm_tools.state.sqlite import SqliteState
from zcrm_tools.testing import ZohoOrg

LIVE = from_environment() if os.environ.get("TEST_ZOHO") == "1" else None
"""Read here, before each test is kept from seeing the environment."""


class Fixed:
    """The emulator's own access token."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token

    async def renew(self, refused: str) -> str:
        raise AssertionError(f"{len(refused)} characters of token were refused")


@pytest.fixture(params=["in-process", "socket", *(["live"] if LIVE else [])])
def where(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def org(request: pytest.FixtureRequest, where: str) -> ZohoOrg:
    """The emulator behind the client. Only tests that look behind the API ask for it."""
    if where == "live":
        pytest.skip("looks behind the API")
    name = "zoho_org" if where == "in-process" else "zoho_emulator"
    found: ZohoOrg = request.getfixturevalue(name)
    return found


def client(org: ZohoOrg, where: str, *, write: bool) -> AsyncClient:
    inside = where == "in-process"
    url = "http://localhost" if inside else org.url
    transport = InProcess(org.app) if inside else None
    session = Session(url, Fixed(org.credentials.access_token), transport=transport)
    profile = Profile(name="test", kind="emulator", accounts_url=url, api_url=url)
    reached = Org(profile, session, Catalogue(session))
    state = SqliteState(None)

    async def close() -> None:
        await session.aclose()
        state.close()

    return AsyncClient(reached, Gate(reached, state, Policy(write=write)), close)


def noting(session: Session) -> dict[str, list[str]]:
    """Module → ids of the records that this connection makes from now on, whatever becomes of the test."""
    made: dict[str, list[str]] = defaultdict(list)
    call = session.call

    async def noted(endpoint: Endpoint, **asked: Any) -> Reply:
        reply = await call(endpoint, **asked)
        rows = reply.body.get("data") if isinstance(reply.body, dict) else None
        for row in rows if endpoint.effect == "create" or endpoint.name == "upsert_records" else ():
            if row.get("status") == "success" and row.get("action") != "update":
                for module, one in _of(row.get("details") or {}, str(asked.get("module", ""))):
                    made[module].append(one)
        return reply

    session.call = noted  # type: ignore[method-assign]
    return made


def _of(details: dict[str, Any], module: str) -> Iterator[tuple[str, str]]:
    """A conversion names what it made by module, everything else an id."""
    if "id" in details:
        yield module, str(details["id"])
    for name in ("Contacts", "Accounts", "Deals"):
        if isinstance(details.get(name), dict):
            yield name, str(details[name]["id"])


async def taken_back(live: AsyncClient, made: dict[str, list[str]]) -> None:
    """What the test left behind is deleted; what it deleted itself is refused, which says the same."""
    for module, ids in made.items():
        if module in STANDARD:
            with contextlib.suppress(ApiError):
                await raw.delete(live.org, module, list(dict.fromkeys(ids)), workflows=False)


@pytest.fixture
async def crm(request: pytest.FixtureRequest, where: str) -> AsyncIterator[AsyncClient]:
    if where != "live":
        async with client(request.getfixturevalue("org"), where, write=True) as opened:
            yield opened
        return
    async with await open_client(LIVE, write=True) as live:
        made = noting(live.org.session)
        # A journal of the test's own: in a shared one the same create would be answered with an earlier test's.
        yield AsyncClient(live.org, Gate(live.org, SqliteState(None), Policy(write=True)), live.aclose)
        await taken_back(live, made)


@pytest.fixture
async def reader(org: ZohoOrg, where: str) -> AsyncIterator[AsyncClient]:
    """The same connection, read-only."""
    async with client(org, where, write=False) as opened:
        yield opened


@pytest.fixture
async def lead(crm: AsyncClient) -> AsyncIterator[str]:
    """A lead of this test's own."""
    made = await crm.leads.create(
        last_name="Okafor", first_name="Ngozi", company="Quay 9", email="n@quay.example"
    )
    yield made.id
    await crm.leads.raw.delete([made.id])


@pytest.fixture
def one_thread(zoho_emulator: ZohoOrg, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """`connect()` to the emulator on its socket, as a script would."""
    from zcrm_tools import connect

    told = zoho_emulator.credentials
    monkeypatch.setenv("ZCRM_API_URL", zoho_emulator.url)
    monkeypatch.setenv("ZCRM_ACCOUNTS_URL", zoho_emulator.accounts_url)
    for name in ("client_id", "client_secret", "refresh_token"):
        monkeypatch.setenv(f"ZCRM_{name.upper()}", getattr(told, name))
    with connect(write=True) as opened:
        yield opened
