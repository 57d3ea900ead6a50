"""One demo org for one attempt at one task: read it, plant rows in it, and say afterwards what has changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from zcrm_tools.emulator import Emulator
from zcrm_tools.emulator.serve import serving
from zcrm_tools.emulator.snapshots import fresh

Row = dict[str, Any]

BESIDE_RECORDS = ("_link", "_mail", "_attachment", "_contact_role", "_deal_contact")
"""Tables of the emulator that hold what people set up and that is no record of a module."""

DERIVED = frozenset(
    "Modified_Time Modified_By Last_Activity_Time Probability Expected_Revenue Closed_Time Overall_Sales_Duration "
    "Sales_Cycle_Duration Full_Name Lead_Conversion_Time Converted_Date_Time Change_Log_Time__s "
    "Record_Status__s Locked__s Days_Visited Stage_Modified_Time".split()
)
"""Fields that Zoho sets because of another one."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs from when the agent began. Records by (module, id); `beside` counts rows in the other tables."""

    created: Mapping[tuple[str, int], Row]
    updated: Mapping[tuple[str, int], Row]
    deleted: frozenset[tuple[str, int]]
    beside: Mapping[str, int] = field(default_factory=dict)


@dataclass
class World:
    """A demo org on a local port. `home` is where the server under test keeps its state."""

    number: int
    emulator: Emulator
    url: str
    home: Path
    _before: bytes = b""

    @property
    def environment(self) -> dict[str, str]:
        """Settings of a server that works on this org."""
        issued = self.emulator.credentials
        return {
            "ZCRM_HOME": str(self.home),
            "ZCRM_API_URL": self.url,
            "ZCRM_ACCOUNTS_URL": self.url,
            "ZCRM_CLIENT_ID": issued.client_id,
            "ZCRM_CLIENT_SECRET": issued.client_secret,
            "ZCRM_REFRESH_TOKEN": issued.refresh_token,
        }

    def rows(self, sql: str, *values: object) -> list[Row]:
        """Ask the org as it is now. Columns are raw: lookups are ids, times are seconds."""
        return _rows(self.emulator.store.image(), sql, *values)

    def one(self, sql: str, *values: object) -> Row:
        """The first row; a task whose org has none is a mistake in the task."""
        found = self.rows(sql, *values)
        assert found, f"demo org {self.number} has no row for: {sql}"
        return found[0]

    def plant(self, module: str, **values: object) -> int:
        """Put a record in without any rule of Zoho's, owned by the administrator unless told otherwise."""
        store = self.emulator.store
        new = store.next_id()
        now = store.clock.now()
        stamps = {"Owner": self.admin["id"], "Created_By": self.admin["id"], "Modified_By": self.admin["id"]}
        times = {"Created_Time": now, "Modified_Time": now}
        store.load(module, [{**stamps, **times, **values, "id": new}])
        return new

    def change(self, module: str, id: int, **values: object) -> None:
        """Change a record behind everybody's back."""
        self.emulator.store.update(module, id, values)

    @cached_property
    def admin(self) -> Row:
        """The user whose sign-in the agent uses."""
        holder = self.emulator.grants.holder(self.emulator.credentials.access_token)
        assert holder is not None
        return self.one("SELECT * FROM Users WHERE id = ?", holder.user_id)

    @cached_property
    def today(self) -> date:
        """In the org's time zone, which dates in the prompts are in."""
        return self.emulator.store.clock.now().astimezone(self.zone).date()

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.emulator.store.org()["time_zone"])

    def at(self, seconds: float) -> datetime:
        """A stored time, in the org's zone."""
        return datetime.fromtimestamp(seconds, UTC).astimezone(self.zone)

    def begin(self) -> None:
        """From here on changes count."""
        self._before = self.emulator.store.image()
        self.emulator.journal.clear()

    def changes(self) -> Changes:
        before, after = self._records(self._before), self._records(self.emulator.store.image())
        both = before.keys() & after.keys()
        differing = {key: _differing(before[key], after[key]) for key in both}
        old, new = _beside(self._before), _beside(self.emulator.store.image())
        return Changes(
            {key: after[key] for key in after.keys() - before.keys()},
            {key: fields for key, fields in differing.items() if fields},
            frozenset(before.keys() - after.keys()),
            {
                table: new.get(table, 0) - old.get(table, 0)
                for table in new
                if new[table] != old.get(table, 0)
            },
        )

    def writes(self) -> list[tuple[str, str]]:
        """Requests that write, and were answered well: method and path, oldest first."""
        reading = ("/coql", "/oauth/", "/__composite_requests", "/bulk/v8/read", "/crm/bulk")
        return [
            (e.method, e.path)
            for e in self.emulator.journal
            if e.method != "GET" and 200 <= e.status < 300 and not any(r in e.path for r in reading)
        ]

    def _records(self, image: bytes) -> dict[tuple[str, int], Row]:
        modules = [m for m in self.emulator.store.modules if not m.startswith("_") and m != "Users"]
        with _opened(image) as db:
            return {
                (module, int(row["id"])): dict(row)
                for module in modules
                for row in db.execute(f'SELECT * FROM "{module}"')
            }


@contextmanager
def world(number: int, home: Path) -> Iterator[World]:
    """Demo org `number` on a free local port."""
    emulator = fresh(number=number)
    try:
        with serving(emulator.app) as url:
            yield World(number, emulator, url, home)
    finally:
        emulator.close()


@contextmanager
def _opened(image: bytes) -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(":memory:")
    try:
        db.deserialize(image)
        db.row_factory = sqlite3.Row
        yield db
    finally:
        db.close()


def _rows(image: bytes, sql: str, *values: object) -> list[Row]:
    with _opened(image) as db:
        return [dict(row) for row in db.execute(sql, values)]


def _beside(image: bytes) -> dict[str, int]:
    with _opened(image) as db:
        there = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {
            table: int(db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])
            for table in BESIDE_RECORDS
            if table in there
        }


def _differing(old: Row, new: Row) -> Row:
    return {
        name: new.get(name)
        for name in old.keys() | new.keys()
        if name not in DERIVED and (old.get(name) or None) != (new.get(name) or None)
    }
