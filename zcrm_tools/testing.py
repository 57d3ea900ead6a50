"""A pytest plugin for whoever tests code that talks to Zoho CRM, with whatever client.

Two fixtures, each a fresh org for every test: `zoho_org` in this process and `zoho_emulator` on a socket. Which org is
said by a marker: `@pytest.mark.zoho(seed="empty")`, `@pytest.mark.zoho(number=7, now=datetime(...))`; without one it is
the demo org. The emulator is imported by the first test that asks for one of the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from zcrm_tools.emulator import Credentials, Emulator
    from zcrm_tools.emulator.grants import Tokens

MARKER = "zoho(seed, number, scale, now): the org that zoho_org and zoho_emulator give this test"
IN_PROCESS = "http://emulator.test"


@dataclass(frozen=True, slots=True)
class ZohoOrg:
    """An org and how to reach it. `url` serves the CRM API (`/crm/v8/…`) and uploads, `accounts_url` tokens (`/oauth/v2/token`)."""

    emulator: Emulator
    url: str

    @property
    def accounts_url(self) -> str:
        return self.url

    @property
    def app(self) -> ASGIApp:
        """For clients that can call an ASGI app without a socket; any host name will do."""
        return self.emulator.app

    @property
    def credentials(self) -> Credentials:
        """`client_id, client_secret, refresh_token, access_token, org_id`, allowed everything."""
        return self.emulator.credentials

    @property
    def headers(self) -> dict[str, str]:
        """What authorizes a plain HTTP request, for an hour of the emulator's clock."""
        return {"Authorization": f"Zoho-oauthtoken {self.credentials.access_token}"}

    def grant(self, *scopes: str) -> Tokens:
        """Tokens of the administrator that may do only this."""
        from zcrm_tools.emulator.grants import Holder

        holder = self.emulator.grants.holder(self.credentials.access_token)
        if holder is None:
            raise RuntimeError("the org's own access token has expired or was revoked")
        return self.emulator.grants.issue(Holder(holder.client_id, holder.user_id, scopes))

    def seed(self, module: str, rows: Iterable[Mapping[str, object]]) -> list[int]:
        """Put rows in without any rule of Zoho's; their ids. Values are Python's: date text, aware datetimes, ids."""
        store = self.emulator.store
        given = [dict(row) for row in rows]
        for row in given:
            row.setdefault("id", store.next_id())
        store.load(module, given)
        return [int(str(row["id"])) for row in given]

    def record(self, module: str, record_id: int | str) -> dict[str, Any] | None:
        """The stored row as raw columns, whatever the API would show of it; None when there is none."""
        return self.emulator.store.get(module, int(record_id))

    def count(self, module: str) -> int:
        return self.emulator.store.count(module)

    def requests(self) -> list[dict[str, Any]]:
        """What the code under test asked: method, path, query, status, user, at; oldest first."""
        return self.emulator.journal.as_list()

    def advance(self, **time: float) -> datetime:
        """Move the org's clock: `advance(minutes=61)` lets every access token expire."""
        return self.emulator.clock.advance(timedelta(**time))


class _Switch:
    """One server for the whole session; every test has another org behind it."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.app is None:
            raise RuntimeError("a request came in while no test had an org")
        await self.app(scope, receive, send)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)


def _fresh(request: pytest.FixtureRequest) -> Emulator:
    from zcrm_tools.emulator.snapshots import fresh

    marker = request.node.get_closest_marker("zoho")
    return fresh(**marker.kwargs) if marker else fresh()


@pytest.fixture
def zoho_org(request: pytest.FixtureRequest) -> Iterator[ZohoOrg]:
    """A Zoho CRM org in this process, for this test alone. Made in milliseconds; nothing listens anywhere."""
    emulator = _fresh(request)
    yield ZohoOrg(emulator, IN_PROCESS)
    emulator.close()


@pytest.fixture(scope="session")
def _zoho_server() -> Iterator[tuple[_Switch, str]]:
    from zcrm_tools.emulator.serve import serving

    switch = _Switch()
    with serving(switch) as url:
        yield switch, url


@pytest.fixture
def zoho_emulator(request: pytest.FixtureRequest, _zoho_server: tuple[_Switch, str]) -> Iterator[ZohoOrg]:
    """A Zoho CRM org on a local port, for this test alone: for clients that insist on a socket, in any language."""
    switch, url = _zoho_server
    emulator = _fresh(request)
    emulator.app.loopback_only = True
    switch.app = emulator.app
    yield ZohoOrg(emulator, url)
    switch.app = None
    emulator.close()
