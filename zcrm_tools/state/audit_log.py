"""The audit log's table. Every function runs inside a transaction of its caller's, which is what keeps the chain one."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime

from zcrm_tools.state.chain import Entry, Sealed, digest_of, seal


def append(db: sqlite3.Connection, entry: Entry | None) -> None:
    """Nothing for None. Sees every earlier row, as the transaction is the only one that writes."""
    if entry is None:
        return
    last = db.execute("SELECT number, seal FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    number, previous = (last["number"] + 1, last["seal"]) if last else (1, "")
    values_digest = digest_of(entry.values)
    db.execute(
        "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            entry.profile,
            entry.decision,
            entry.outcome,
            entry.action,
            entry.plan,
            entry.principal,
            entry.client,
            entry.digest,
            json.dumps(list(entry.records)),
            None if entry.values is None else json.dumps(entry.values, ensure_ascii=False),
            values_digest,
            previous,
            seal(number, entry, values_digest, previous),
        ),
    )


def rows(db: sqlite3.Connection, after: int, limit: int) -> list[Sealed]:
    found = db.execute("SELECT * FROM audit WHERE number > ? ORDER BY number LIMIT ?", (after, limit))
    return [_sealed(row) for row in found]


def forget_values(db: sqlite3.Connection, before: str, profile: str) -> None:
    """Of one profile, or of all for ""."""
    statement = "UPDATE audit SET \"values\" = NULL WHERE at < ? AND (? = '' OR profile = ?)"
    db.execute(statement, (before, profile, profile))


def _sealed(row: sqlite3.Row) -> Sealed:
    entry = Entry(
        datetime.fromisoformat(row["at"]),
        row["profile"],
        row["decision"],
        row["outcome"],
        row["action"],
        row["plan"],
        row["principal"],
        row["client"],
        row["digest"],
        tuple(json.loads(row["records"])),
        None if row["values"] is None else json.loads(row["values"]),
    )
    return Sealed(row["number"], entry, row["values_digest"], row["previous"], row["seal"])
