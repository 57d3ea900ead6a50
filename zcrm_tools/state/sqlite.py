"""State in one SQLite file, shared by every process of a user; or in memory for the demo org.

Before-images are personal data, so the folder is 0700 and the file 0600.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from zcrm_tools.errors import NotConfigured, Problem
from zcrm_tools.state import audit_log
from zcrm_tools.state.chain import Entry, Sealed
from zcrm_tools.state.state import ChangeRow, PlanRow

STATE_FILE = "state.db"
"""Its name in the folder of profiles."""
T = TypeVar("T", PlanRow, ChangeRow)

_MIGRATIONS = (
    """
    CREATE TABLE plan (
        id TEXT PRIMARY KEY, profile TEXT NOT NULL, action TEXT NOT NULL, digest TEXT NOT NULL, body TEXT NOT NULL,
        created_at TEXT NOT NULL, expires_at TEXT NOT NULL, state TEXT NOT NULL, approved_by TEXT NOT NULL, receipt TEXT
    ) STRICT;
    CREATE INDEX plan_digest ON plan (digest, created_at);
    CREATE INDEX plan_state ON plan (profile, state);
    CREATE TABLE change (
        id TEXT PRIMARY KEY, plan TEXT NOT NULL REFERENCES plan (id), profile TEXT NOT NULL, at TEXT NOT NULL,
        action TEXT NOT NULL, kind TEXT NOT NULL, module TEXT NOT NULL, record TEXT NOT NULL, name TEXT NOT NULL,
        before TEXT NOT NULL, after TEXT NOT NULL, outcome TEXT NOT NULL, undone_by TEXT NOT NULL
    ) STRICT;
    CREATE INDEX change_profile ON change (profile);
    """,
    """
    ALTER TABLE plan ADD COLUMN claimed_at TEXT;
    CREATE INDEX change_record ON change (profile, module, record);
    CREATE TABLE slot (
        profile TEXT NOT NULL, kind TEXT NOT NULL, holder TEXT NOT NULL, places INTEGER NOT NULL,
        wanted INTEGER NOT NULL, until REAL NOT NULL, PRIMARY KEY (profile, kind, holder)
    ) STRICT;
    CREATE TABLE credit (
        profile TEXT NOT NULL, hour INTEGER NOT NULL, spent INTEGER NOT NULL, PRIMARY KEY (profile, hour)
    ) STRICT;
    """,
    """
    CREATE TABLE source (
        id INTEGER PRIMARY KEY, profile TEXT NOT NULL, purpose TEXT NOT NULL, place TEXT NOT NULL, digest TEXT NOT NULL
    ) STRICT;
    CREATE INDEX source_place ON source (profile, purpose, place);
    CREATE INDEX source_digest ON source (profile, purpose, digest);
    CREATE TABLE source_row (
        source INTEGER NOT NULL REFERENCES source (id), row TEXT NOT NULL, plan TEXT NOT NULL, place INTEGER NOT NULL,
        PRIMARY KEY (source, row)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE TABLE secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
    """,
    """
    ALTER TABLE plan ADD COLUMN principal TEXT NOT NULL DEFAULT '';
    ALTER TABLE change ADD COLUMN purged INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX change_plan ON change (plan);
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY, at TEXT NOT NULL, profile TEXT NOT NULL, decision TEXT NOT NULL, outcome TEXT NOT NULL,
        action TEXT NOT NULL, plan TEXT NOT NULL, principal TEXT NOT NULL, client TEXT NOT NULL, digest TEXT NOT NULL,
        records TEXT NOT NULL, "values" TEXT, values_digest TEXT NOT NULL, previous TEXT NOT NULL, seal TEXT NOT NULL
    ) STRICT;
    """,
)
"""Numbered by position; a released one is never edited."""

_PLAN = tuple(f.name for f in fields(PlanRow))
_CHANGE = tuple(f.name for f in fields(ChangeRow))
_JSON = frozenset({"body", "receipt", "before", "after"})
_TIMES = frozenset({"created_at", "expires_at", "claimed_at", "at"})
_SWITCHES = frozenset({"purged"})


class SqliteState:
    """One connection, one lock: every verb is one `BEGIN IMMEDIATE` transaction, so two processes never interleave."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        self._db = _connect(path)
        with self._transaction() as db:
            (done,) = db.execute("PRAGMA user_version").fetchone()
            if done > len(_MIGRATIONS):
                raise NotConfigured(
                    Problem(
                        "STATE_IS_NEWER",
                        f"The state file {path} was written by a newer version of this program.",
                        next_step="Upgrade zcrm-tools, or set ZCRM_HOME to another folder.",
                        fix_by="person",
                    )
                )
            for statements in _MIGRATIONS[done:]:
                for statement in filter(str.strip, statements.split(";")):
                    db.execute(statement)
            db.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def secret(self, name: str) -> bytes:
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO secret VALUES (?, ?)", (name, secrets.token_bytes(32)))
            found: tuple[bytes] = db.execute("SELECT value FROM secret WHERE name = ?", (name,)).fetchone()
            return found[0]

    def add_plan(self, plan: PlanRow, entry: Entry | None = None) -> None:
        with self._transaction() as db:
            _insert(db, "plan", _PLAN, plan)
            audit_log.append(db, entry)

    def plan(self, plan: str) -> PlanRow | None:
        with self._transaction() as db:
            return _one(db, PlanRow, "SELECT * FROM plan WHERE id = ?", plan)

    def waiting(self, profile: str, now: datetime) -> list[PlanRow]:
        with self._transaction() as db:
            return _all(
                db,
                PlanRow,
                "SELECT * FROM plan WHERE profile = ? AND state = 'open' AND expires_at > ? ORDER BY created_at DESC",
                profile,
                _time(now),
            )

    def approve(self, plan: str, by: str, now: datetime, entry: Entry | None = None) -> bool:
        with self._transaction() as db:
            agreed = _changed(
                db,
                "UPDATE plan SET state = 'approved', approved_by = ? WHERE id = ? AND state = 'open' AND expires_at > ?",
                by,
                plan,
                _time(now),
            )
            audit_log.append(db, entry if agreed else None)
            return agreed

    def claim(self, plan: str, now: datetime) -> bool:
        with self._transaction() as db:
            return _changed(
                db,
                "UPDATE plan SET state = 'applying', claimed_at = ? WHERE id = ? AND state = 'approved' AND expires_at > ?",
                _time(now),
                plan,
                _time(now),
            )

    def settle(
        self,
        plan: str,
        receipt: Mapping[str, Any],
        changes: Sequence[ChangeRow],
        entry: Entry | None = None,
    ) -> None:
        with self._transaction() as db:
            if not _changed(
                db,
                "UPDATE plan SET state = 'applied', receipt = ? WHERE id = ? AND state = 'applying'",
                _dump(receipt),
                plan,
            ):
                raise RuntimeError(f"plan {plan} was settled without being claimed")
            for change in changes:
                _insert(db, "change", _CHANGE, change)
            audit_log.append(db, entry)

    def clarify(
        self,
        plan: str,
        receipt: Mapping[str, Any],
        changes: Sequence[ChangeRow],
        *,
        was: Mapping[str, Any] | None,
        entry: Entry | None = None,
    ) -> bool:
        with self._transaction() as db:
            known = _changed(
                db,
                "UPDATE plan SET state = 'applied', receipt = ? WHERE id = ? AND receipt IS ?"
                " AND state IN ('applying', 'applied')",
                _dump(receipt),
                plan,
                None if was is None else _dump(was),
            )
            for change in changes if known else ():
                db.execute("DELETE FROM change WHERE id = ? AND outcome = 'unknown'", (change.id,))
                _insert(db, "change", _CHANGE, change)
            if known and not any(r["status"] in ("done", "unknown") for r in receipt["results"]):
                db.execute("UPDATE change SET undone_by = '' WHERE undone_by = ?", (plan,))
            if known:
                listed = [change.id for change in changes]
                marks = ", ".join("?" * len(listed))
                db.execute(
                    f"DELETE FROM change WHERE plan = ? AND outcome = 'unknown' AND id NOT IN ({marks})",  # noqa: S608 — only marks
                    (plan, *listed),
                )
                audit_log.append(db, entry)
            return known

    def recorded(self, profile: str, module: str, records: Sequence[str]) -> set[str]:
        marks = ", ".join("?" * len(records))
        with self._transaction() as db:
            rows = db.execute(
                f"SELECT record FROM change WHERE profile = ? AND module = ? AND record IN ({marks})",  # noqa: S608 — only marks
                (profile, module, *records),
            )
            return {row[0] for row in rows}

    def lease(
        self,
        profile: str,
        kind: str,
        holder: str,
        used: int,
        wanted: int,
        limit: int,
        now: float,
        seconds: float,
    ) -> int:
        with self._transaction() as db:
            db.execute("DELETE FROM slot WHERE until <= ?", (now,))
            others = db.execute(
                "SELECT places, wanted FROM slot WHERE profile = ? AND kind = ? AND holder <> ?",
                (profile, kind, holder),
            ).fetchall()
            places = _share([(row[0], row[1]) for row in others], used, wanted, limit)
            if wanted:
                db.execute(
                    "INSERT OR REPLACE INTO slot VALUES (?, ?, ?, ?, ?, ?)",
                    (profile, kind, holder, places, wanted, now + seconds),
                )
            else:
                db.execute(
                    "DELETE FROM slot WHERE profile = ? AND kind = ? AND holder = ?", (profile, kind, holder)
                )
            return places

    def spend(self, profile: str, credits: int, now: datetime) -> None:
        with self._transaction() as db:
            db.execute(
                "INSERT INTO credit VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET spent = spent + excluded.spent",
                (profile, int(now.timestamp()) // 3_600, credits),
            )

    def spent(self, profile: str, since: datetime) -> int:
        with self._transaction() as db:
            (total,) = db.execute(
                "SELECT coalesce(sum(spent), 0) FROM credit WHERE profile = ? AND hour >= ?",
                (profile, int(since.timestamp()) // 3_600),
            ).fetchone()
            return int(total)

    def void(self, plan: str, entry: Entry | None = None) -> bool:
        with self._transaction() as db:
            dropped = _changed(
                db, "UPDATE plan SET state = 'void' WHERE id = ? AND state IN ('open', 'approved')", plan
            )
            audit_log.append(db, entry if dropped else None)
            return dropped

    def recent(self, digest: str, since: datetime) -> PlanRow | None:
        with self._transaction() as db:
            return _one(
                db,
                PlanRow,
                "SELECT * FROM plan WHERE digest = ? AND created_at >= ? AND state IN ('applying', 'applied')"
                " ORDER BY created_at DESC, rowid DESC LIMIT 1",
                digest,
                _time(since),
            )

    def unsettled(self, profile: str) -> list[PlanRow]:
        with self._transaction() as db:
            return _all(
                db,
                PlanRow,
                "SELECT * FROM plan WHERE profile = ? AND (state = 'applying' OR id IN"
                " (SELECT plan FROM change WHERE profile = ? AND outcome = 'unknown')) ORDER BY created_at, rowid",
                profile,
                profile,
            )

    def changes(self, profile: str, limit: int, before: str = "") -> list[ChangeRow]:
        with self._transaction() as db:
            return _all(
                db,
                ChangeRow,
                "SELECT * FROM change WHERE profile = ?"
                " AND rowid < coalesce((SELECT rowid FROM change WHERE id = ?), 9223372036854775807)"
                " ORDER BY rowid DESC LIMIT ?",
                profile,
                before,
                limit,
            )

    def change(self, change: str) -> ChangeRow | None:
        with self._transaction() as db:
            return _one(db, ChangeRow, "SELECT * FROM change WHERE id = ?", change)

    def changes_of(self, plan: str) -> list[ChangeRow]:
        with self._transaction() as db:
            return _all(db, ChangeRow, "SELECT * FROM change WHERE plan = ? ORDER BY rowid", plan)

    def audit(self, entry: Entry) -> None:
        with self._transaction() as db:
            audit_log.append(db, entry)

    def audited(self, after: int = 0, limit: int = 1_000) -> list[Sealed]:
        with self._transaction() as db:
            return audit_log.rows(db, after, limit)

    def purge(self, before: datetime, profile: str = "") -> int:
        old, whose = _time(before), (profile, profile)
        with self._transaction() as db:
            purged = db.execute(
                "UPDATE change SET before = '{}', after = '{}', name = '', purged = 1"
                " WHERE at < ? AND (? = '' OR profile = ?) AND outcome = 'done' AND NOT purged",
                (old, *whose),
            ).rowcount
            db.execute(
                "UPDATE plan SET body = '{}', receipt = NULL"
                " WHERE created_at < ? AND (? = '' OR profile = ?) AND state <> 'applying'"
                " AND id NOT IN (SELECT plan FROM change WHERE outcome = 'unknown')",
                (old, *whose),
            )
            audit_log.forget_values(db, old, profile)
            return purged

    def mark_undone(self, change: str, by: str) -> bool:
        with self._transaction() as db:
            return _changed(db, "UPDATE change SET undone_by = ? WHERE id = ? AND undone_by = ''", by, change)

    def source(self, profile: str, purpose: str, place: str, digest: str, *, afresh: bool = False) -> int:
        with self._transaction() as db:
            known = db.execute(
                "SELECT id FROM source WHERE profile = ? AND purpose = ? AND (digest = ? OR (place = ? AND place <> ''))"
                " ORDER BY id DESC LIMIT 1",
                (profile, purpose, digest, place),
            ).fetchone()
            if known is None or afresh:
                made = db.execute(
                    "INSERT INTO source (profile, purpose, place, digest) VALUES (?, ?, ?, ?)",
                    (profile, purpose, place, digest),
                )
                return int(made.lastrowid or 0)
            db.execute("UPDATE source SET place = ?, digest = ? WHERE id = ?", (place, digest, known[0]))
            return int(known[0])

    def note_rows(self, source: int, plan: str, rows: Mapping[str, str]) -> bool:
        with self._transaction() as db:
            known = {row: of for row, (of, _) in _noted(db, source, tuple(rows)).items()}
            if any(known.get(row, "") != was for row, was in rows.items()):
                return False
            if plan:
                db.executemany(
                    "INSERT OR REPLACE INTO source_row VALUES (?, ?, ?, ?)",
                    [(source, row, plan, place) for place, row in enumerate(rows)],
                )
            else:
                db.executemany(
                    "DELETE FROM source_row WHERE source = ? AND row = ?", [(source, row) for row in rows]
                )
            return True

    def noted(self, source: int, rows: Sequence[str]) -> Mapping[str, tuple[str, int]]:
        with self._transaction() as db:
            return _noted(db, source, rows)

    def noted_rows(self, source: int) -> int:
        with self._transaction() as db:
            (count,) = db.execute("SELECT count(*) FROM source_row WHERE source = ?", (source,)).fetchone()
            return int(count)

    def close(self) -> None:
        with self._lock:
            self._db.close()


def _noted(db: sqlite3.Connection, source: int, rows: Sequence[str]) -> dict[str, tuple[str, int]]:
    marks = ", ".join("?" * len(rows))
    found = db.execute(
        f"SELECT row, plan, place FROM source_row WHERE source = ? AND row IN ({marks})",  # noqa: S608 — only marks
        (source, *rows),
    )
    return {row[0]: (row[1], row[2]) for row in found}


def _connect(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False, timeout=10)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    return db


def _share(others: Sequence[tuple[int, int]], used: int, wanted: int, limit: int) -> int:
    """What is free, but no more than an equal part while somebody else wants more than they have; never less than in use."""
    free = max(0, limit - sum(places for places, _ in others))
    if any(asked > places for places, asked in others):
        free = min(free, max(1, limit // (len(others) + 1)))
    return max(used, min(wanted, free))


def _time(moment: datetime) -> str:
    """UTC with microseconds, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _cell(name: str, value: Any) -> Any:
    if name in _TIMES:
        return None if value is None else _time(value)
    if name in _JSON:
        return None if value is None else _dump(value)
    return value


def _insert(db: sqlite3.Connection, table: str, names: Sequence[str], row: PlanRow | ChangeRow) -> None:
    marks = ", ".join("?" * len(names))
    db.execute(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})",  # noqa: S608 — names are this file's
        [_cell(name, getattr(row, name)) for name in names],
    )


def _changed(db: sqlite3.Connection, statement: str, *values: Any) -> bool:
    return db.execute(statement, values).rowcount == 1


def _read(row: sqlite3.Row) -> dict[str, Any]:
    values = dict(row)
    for name, value in values.items():
        if name in _TIMES and value is not None:
            values[name] = datetime.fromisoformat(value)
        elif name in _JSON and value is not None:
            values[name] = json.loads(value)
        elif name in _SWITCHES:
            values[name] = bool(value)
    return values


def _one(db: sqlite3.Connection, kind: type[T], statement: str, *values: Any) -> T | None:
    row = db.execute(statement, values).fetchone()
    return kind(**_read(row)) if row else None


def _all(db: sqlite3.Connection, kind: type[T], statement: str, *values: Any) -> list[T]:
    return [kind(**_read(row)) for row in db.execute(statement, values)]
