"""An org in this process whose calls go wrong as a test lays out, and a gate to write through, all on one clock."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import Write
from zcrm_tools.emulator.access import EVERYTHING
from zcrm_tools.emulator.app import Emulator, open_emulator
from zcrm_tools.emulator.clock import FrozenClock
from zcrm_tools.emulator.grants import Holder
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.http.line import Line
from zcrm_tools.http.patience import Patience
from zcrm_tools.http.session import Session
from zcrm_tools.metadata.catalogue import Catalogue
from zcrm_tools.models.grant import Profile
from zcrm_tools.safety.gate import Gate, Submitted
from zcrm_tools.safety.plan import Proposal, Result
from zcrm_tools.safety.policy import Policy
from zcrm_tools.state.sqlite import SqliteState

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
KEY = {
    "field_label": "Zcrm Key", "data_type": "text", "length": 100, "unique": {"case_sensitive": False},
}  # fmt: skip
ROUTES = frozenset(
    "list_records get_record create_records update_records delete_records coql list_fields list_users".split()
)


class Issued:
    """A token source that asks the emulator itself for its tokens, so that no fault of Accounts comes in between."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._token = emulator.credentials.access_token

    async def token(self) -> str:
        return self._token

    async def renew(self, refused: str) -> str:
        (admin,) = (row[0] for row in self._emulator.store.fetch('SELECT id FROM "Users" LIMIT 1'))
        client = self._emulator.credentials.client_id
        self._token = self._emulator.grants.issue(Holder(client, admin, tuple(EVERYTHING))).access_token
        return self._token


@dataclass
class Bench:
    """`gate` writes; `again` is the same sign-in as another process would open it."""

    emulator: Emulator
    state: SqliteState
    policy: Policy = field(default_factory=lambda: Policy(write=True, row_cap=10_000))
    key_field: str = "Zcrm_Key"
    wall: Any = None
    _number: Any = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        wall = self.wall or self.emulator.clock.now
        patience = Patience(
            attempts=3,
            clock=lambda: self.emulator.clock.now().timestamp(),
            sleep=self._sleep,
            chance=lambda: 0.0,
            wall=wall,
        )
        session = Session(
            "http://localhost",
            Issued(self.emulator),
            transport=InProcess(self.emulator.app),
            line=Line(patience),
        )
        self.org = Org(_PROFILE, session, Catalogue(session), self.key_field)
        self.gate = Gate(self.org, self.state, self.policy, now=wall)

    async def _sleep(self, seconds: float) -> None:
        """Nothing waits."""

    def lay(self, kind: str, **plan: Any) -> None:
        self.emulator.faults.lay({"kind": kind, **plan}, ROUTES | {str(plan.get("route"))})

    def advance(self, **time: float) -> None:
        self.emulator.clock.advance(timedelta(**time))

    async def submit(self, *writes: Write, ask: str = "", **controls: Any) -> Submitted:
        """`ask` tells requests apart as an action's arguments would."""

        async def propose() -> Proposal:
            return Proposal(tuple(writes))

        return await self.gate.submit("test", {"ask": ask or str(next(self._number)), **controls}, propose)

    async def write(self, *writes: Write, ask: str = "", **controls: Any) -> Sequence[Result]:
        submitted = await self.submit(*writes, ask=ask, **controls)
        assert submitted.receipt is not None
        return submitted.receipt.results

    def rows(self, module: str, field: str, value: Any) -> list[int]:
        found = self.emulator.store.fetch(
            f'SELECT id FROM "{module}" WHERE "{field}" = ? ORDER BY id', (value,)
        )
        return [int(row[0]) for row in found]

    def stored(self, module: str, record: int | str) -> dict[str, Any] | None:
        return self.emulator.store.get(module, int(record))

    def sent(self, method: str) -> int:
        return sum(
            r["method"] == method and "/coql" not in r["path"] for r in self.emulator.journal.as_list()
        )

    def changes(self) -> list[Any]:
        return self.state.changes(_PROFILE.identity, 1_000)

    def unsettled(self) -> list[Any]:
        return self.state.unsettled(_PROFILE.identity)

    async def set_key_aside(self, module: str) -> None:
        """The field that lets a create be found again, as an administrator would add it."""
        transport = httpx.ASGITransport(app=self.emulator.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            token = self.emulator.credentials.access_token
            reply = await http.post(
                f"/crm/v8/settings/fields?module={module}",
                json={"fields": [KEY]},
                headers={"Authorization": f"Zoho-oauthtoken {token}"},
            )
        assert reply.status_code in (200, 201), reply.text
        self.org.catalogue.forget()


_PROFILE = Profile(
    name="chaos",
    kind="emulator",
    accounts_url="http://localhost",
    api_url="http://localhost",
    client_id="1000.X",
)


@asynccontextmanager
async def _opened() -> AsyncIterator[Bench]:
    emulator = open_emulator(seed="empty", clock=FrozenClock(NOW))
    bench = Bench(emulator, SqliteState(None))
    try:
        yield bench
    finally:
        await bench.gate.finish()
        await bench.org.session.aclose()
        bench.state.close()
        emulator.close()


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with _opened() as one:
        yield one


@pytest.fixture(scope="session")
def benches() -> Callable[[], Any]:
    """For tests that need one for each of many runs."""
    return _opened
