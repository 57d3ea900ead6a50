"""Plans: from the preview to the receipt. What a plan changed is noted in the transaction that settles it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from zcrm_tools.state import audit_log, table
from zcrm_tools.state.chain import Entry
from zcrm_tools.state.database import Database
from zcrm_tools.state.state import ChangeRow, PlanRow


class Plans(Database):
    def add_plan(self, plan: PlanRow, entry: Entry | None = None) -> None:
        with self._transaction() as db:
            table.insert(db, plan)
            audit_log.append(db, entry)

    def plan(self, plan: str) -> PlanRow | None:
        with self._transaction() as db:
            return table.one(db, PlanRow, "SELECT * FROM plan WHERE id = ?", plan)

    def waiting(self, profile: str, now: datetime) -> list[PlanRow]:
        with self._transaction() as db:
            return table.every(
                db,
                PlanRow,
                "SELECT * FROM plan WHERE profile = ? AND state = 'open' AND expires_at > ? ORDER BY created_at DESC",
                profile,
                table.moment(now),
            )

    def approve(self, plan: str, by: str, now: datetime, entry: Entry | None = None) -> bool:
        with self._transaction() as db:
            agreed = table.changed(
                db,
                "UPDATE plan SET state = 'approved', approved_by = ? WHERE id = ? AND state = 'open' AND expires_at > ?",
                by,
                plan,
                table.moment(now),
            )
            audit_log.append(db, entry if agreed else None)
            return agreed

    def claim(self, plan: str, now: datetime) -> bool:
        with self._transaction() as db:
            return table.changed(
                db,
                "UPDATE plan SET state = 'applying', claimed_at = ? WHERE id = ? AND state = 'approved' AND expires_at > ?",
                table.moment(now),
                plan,
                table.moment(now),
            )

    def settle(
        self,
        plan: str,
        receipt: Mapping[str, Any],
        changes: Sequence[ChangeRow],
        entry: Entry | None = None,
    ) -> None:
        with self._transaction() as db:
            if not table.changed(
                db,
                "UPDATE plan SET state = 'applied', receipt = ? WHERE id = ? AND state = 'applying'",
                table.text(receipt),
                plan,
            ):
                raise RuntimeError(f"plan {plan} was settled without being claimed")
            for change in changes:
                table.insert(db, change)
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
            known = table.changed(
                db,
                "UPDATE plan SET state = 'applied', receipt = ? WHERE id = ? AND receipt IS ?"
                " AND state IN ('applying', 'applied')",
                table.text(receipt),
                plan,
                None if was is None else table.text(was),
            )
            for change in changes if known else ():
                db.execute("DELETE FROM change WHERE id = ? AND outcome = 'unknown'", (change.id,))
                table.insert(db, change)
            if known and not any(r["status"] in ("done", "unknown") for r in receipt["results"]):
                db.execute("UPDATE change SET undone_by = '' WHERE undone_by = ?", (plan,))
            if known:
                listed = [change.id for change in changes]
                db.execute(
                    f"DELETE FROM change WHERE plan = ? AND outcome = 'unknown' AND id NOT IN ({table.marks(listed)})",  # noqa: S608 — only marks
                    (plan, *listed),
                )
                audit_log.append(db, entry)
            return known

    def void(self, plan: str, entry: Entry | None = None) -> bool:
        with self._transaction() as db:
            dropped = table.changed(
                db, "UPDATE plan SET state = 'void' WHERE id = ? AND state IN ('open', 'approved')", plan
            )
            audit_log.append(db, entry if dropped else None)
            return dropped

    def recent(self, digest: str, since: datetime) -> PlanRow | None:
        with self._transaction() as db:
            return table.one(
                db,
                PlanRow,
                "SELECT * FROM plan WHERE digest = ? AND created_at >= ? AND state IN ('applying', 'applied')"
                " ORDER BY created_at DESC, rowid DESC LIMIT 1",
                digest,
                table.moment(since),
            )

    def unsettled(self, profile: str) -> list[PlanRow]:
        with self._transaction() as db:
            return table.every(
                db,
                PlanRow,
                "SELECT * FROM plan WHERE profile = ? AND (state = 'applying' OR id IN"
                " (SELECT plan FROM change WHERE profile = ? AND outcome = 'unknown')) ORDER BY created_at, rowid",
                profile,
                profile,
            )
