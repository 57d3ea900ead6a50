"""The journal: what plans changed, every decision about them, and forgetting both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from zcrm_tools.state import audit_log, table
from zcrm_tools.state.chain import Entry, Sealed
from zcrm_tools.state.database import Database
from zcrm_tools.state.state import ChangeRow


class Journal(Database):
    def changes(self, profile: str, limit: int, before: str = "") -> list[ChangeRow]:
        with self._transaction() as db:
            return table.every(
                db,
                ChangeRow,
                f"{table.CHANGES} WHERE change.profile = ?"  # noqa: S608 — no value in it
                " AND change.rowid < coalesce((SELECT rowid FROM change WHERE id = ?), 9223372036854775807)"
                " ORDER BY change.rowid DESC LIMIT ?",
                profile,
                before,
                limit,
            )

    def change(self, change: str) -> ChangeRow | None:
        with self._transaction() as db:
            return table.one(db, ChangeRow, f"{table.CHANGES} WHERE change.id = ?", change)

    def changes_of(self, plan: str) -> list[ChangeRow]:
        with self._transaction() as db:
            return table.every(
                db,
                ChangeRow,
                f"{table.CHANGES} WHERE plan IN (SELECT id FROM plan WHERE id = ? OR origin = ? AND origin <> '')"  # noqa: S608 — no value in it
                " ORDER BY change.rowid",
                plan,
                plan,
            )

    def recorded(self, profile: str, module: str, records: Sequence[str]) -> set[str]:
        with self._transaction() as db:
            rows = db.execute(
                f"SELECT record FROM change WHERE profile = ? AND module = ? AND record IN ({table.marks(records)})",  # noqa: S608 — only marks
                (profile, module, *records),
            )
            return {row[0] for row in rows}

    def audit(self, entry: Entry) -> None:
        with self._transaction() as db:
            audit_log.append(db, entry)

    def audited(self, after: int = 0, limit: int = 1_000) -> list[Sealed]:
        with self._transaction() as db:
            return audit_log.rows(db, after, limit)

    def purge(self, before: datetime, profile: str = "") -> int:
        old, whose = table.moment(before), (profile, profile)
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
