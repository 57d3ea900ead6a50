"""An org in this process whose calls go wrong as a test lays out, and a gate to write through, all on one clock."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
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
from zcrm_tools.transfer import export, importing, incoming, intake, paging, wanted
from zcrm_tools.transfer.outcome import Written

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
    policy: Policy = field(
        default_factory=lambda: Policy(write=True, row_cap=10_000, effects={"mass": "straight"})
    )
    key_field: str = "Zcrm_Key"
    wall: Any = None
    timeout: float = 30.0
    _number: Any = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        wall = self.wall or self.emulator.clock.now
        self.wire = InProcess(self.emulator.app)
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
            transport=self.wire,
            timeout=self.timeout,
            line=Line(patience),
        )
        self.org = Org(_PROFILE, session, Catalogue(session), self.key_field)
        self.gate = Gate(self.org, self.state, self.policy, now=wall, patience=0)

    async def _sleep(self, seconds: float) -> None:
        """Nothing waits."""

    async def quiet(self) -> None:
        """Let what left long ago arrive: the clock of a test is faster than a slow request."""
        await self.wire.aclose()

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


class Killed(BaseException):
    """What happens to a process, here."""


@dataclass
class Imported:
    """Rows that somebody wanted once, told apart by a name of their own. `said` is what was last reported of each."""

    given: incoming.Incoming
    mode: Any
    names: list[str]
    said: dict[int, Written] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return "Email" if self.mode == "upsert" else ""


@dataclass
class Transfers:
    """The imports and exports of one run, held against what the store has."""

    bench: Bench
    folder: Path
    imports: list[Imported] = field(default_factory=list)
    exported: int = 0

    def wanted(self, names: list[str], mode: str) -> Imported:
        rows = [{"Last_Name": n, "Company": "Made", "Email": f"{n.lower()}@made.test"} for n in names]
        return Imported(incoming.of_memory(rows, names[0]), mode, names)

    async def begin(self, names: list[str], mode: str) -> None:
        self.imports.append(self.wanted(names, mode))
        await self.go_on(self.imports[-1])

    async def go_on(self, wanted: Imported, *, die: bool = False) -> None:
        """Run an import, or run it again. To `die` is to be killed once its first batch is reported."""

        def killed(_: Any) -> None:
            raise Killed

        async def sleep(seconds: float) -> None:
            await self.bench.quiet()
            self.bench.advance(seconds=seconds)

        checked = await intake.checked(
            self.bench.org, "Leads", wanted.given, mode=wanted.mode, key=wanted.key
        )
        try:
            report = await importing.run(
                checked,
                self.bench.gate,
                by="a person",
                now=self.bench.emulator.clock.now,
                sleep=sleep,
                progress=killed if die else lambda _: None,
            )
        except BaseExceptionGroup as group:
            if group.split(Killed)[1] is not None:
                raise
            await self.bench.gate.finish()
            await self.bench.quiet()
            self.bench.open()
            return
        wanted.said = {row.number: row for row in report.rows}

    async def update(self, ids: list[str], company: str) -> dict[str, str]:
        """The company of some leads by an import; the status of each."""
        rows = [{"id": lead, "Company": company} for lead in ids]
        wanted = Imported(incoming.of_memory(rows, company), "update", [])
        await self.go_on(wanted)
        return {ids[number]: row.status for number, row in wanted.said.items()}

    async def export(self) -> None:
        """Go on with the last export, or begin another."""
        file = self.folder / f"leads{self.exported}.jsonl"
        asked = await wanted.checked(self.bench.org, "Leads", file, fields=["Last_Name", "Company"])
        made = {row["id"] for row in self._leads()} if not self._unfinished(file) else set()
        report = await export.run(asked, now=self.bench.emulator.clock.now(), concurrency=3)
        self.exported += 1
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        ids = [int(row["id"]) for row in rows]
        assert ids == sorted(set(ids)), "a row is in the file twice, or out of order"
        there = {row["id"]: row for row in self._leads()}
        until = report.snapshot.timestamp()
        missing = {i for i, row in there.items() if row["Created_Time"] <= until} - set(ids)
        assert not missing, f"{missing} were there and are not in the file"
        if made:
            assert set(ids) <= made, "rows are in the file that were never there"
            for row in rows:
                assert row["Company"] == there[int(row["id"])]["Company"]

    @staticmethod
    def _unfinished(file: Path) -> bool:
        return file.with_name(f"{file.name}.unfinished").exists()

    def _leads(self) -> list[dict[str, Any]]:
        found = self.bench.emulator.store.fetch('SELECT id FROM "Leads"')
        return [self.bench.stored("Leads", row[0]) or {} for row in found]

    def check(self, gone: set[str]) -> None:
        for one in self.imports:
            for number, name in enumerate(one.names):
                rows = self.bench.rows("Leads", "Last_Name", name)
                assert len(rows) <= 1, f"{name} is there {len(rows)} times"
                said = one.said.get(number)
                if said is None or said.id in gone:
                    continue
                if said.status in ("created", "updated", "unchanged", "earlier"):
                    assert rows == [int(said.id)], f"{name} was reported as written and is not there"
                if said.status == "rejected":
                    assert rows == [], f"{name} was rejected and is there: {said.reason}"

    async def end(self, gone: set[str]) -> None:
        """With the network well, every import comes to its end, and every row of it is there once."""
        for one in self.imports:
            await self.go_on(one)
            assert all(row.status not in ("rejected", "unknown") for row in one.said.values())
            for number, name in enumerate(one.names):
                if one.said[number].id not in gone:
                    rows = self.bench.rows("Leads", "Last_Name", name)
                    assert len(rows) == 1, f"{name} is there {len(rows)} times"
        self.check(gone)
        await self.export()


@pytest.fixture
def transfers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Bench], Transfers]:
    """Batches of two rows and pages of five, so that few rows are many batches and pages."""
    monkeypatch.setattr(importing, "BATCH", 2)
    monkeypatch.setattr(paging, "PAGE", 5)
    monkeypatch.setattr(paging, "REACH", 20)
    number = itertools.count()

    def fresh(bench: Bench) -> Transfers:
        folder = tmp_path / str(next(number))
        folder.mkdir()
        return Transfers(bench, folder)

    return fresh
