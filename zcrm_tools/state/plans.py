"""Plans: from the preview to the receipt. What a plan changed is noted in the transaction that settles it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from zcrm_tools.state import audit_log, table
from zcrm_tools.state.chain import Entry
from zcrm_tools.state.database import Database
from zcrm_tools.state.state import Allowance, ChangeRow, PlanRow


class Plans(Database):
    def add_plan(
        self,
        plan: PlanRow,
        entry: Entry | None = None,
        *,
        within: Allowance | None = None,
        once: datetime | None = None,
    ) -> bool:
        with self._transaction() as db:
            if once is not None and _rival(db, plan.digest, plan.approved_by, once) is not None:
                return False
            if not _fits(db, plan, plan.approved_by, within):
                return False
            table.insert(db, plan)
            audit_log.append(db, entry)
            return True

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

    def approve(
        self,
        plan: str,
        by: str,
        now: datetime,
        entry: Entry | None = None,
        *,
        within: Allowance | None = None,
    ) -> bool:
        with self._transaction() as db:
            row = table.one(db, PlanRow, "SELECT * FROM plan WHERE id = ?", plan)
            agreed = (
                row is not None
                and _fits(db, row, by, within)
                and table.changed(
                    db,
                    "UPDATE plan SET state = 'approved', approved_by = ? WHERE id = ? AND state = 'open' AND expires_at > ?",
                    by,
                    plan,
                    table.moment(now),
                )
            )
            audit_log.append(db, entry if agreed else None)
            return agreed

    def rival(self, digest: str, by: str, since: datetime) -> PlanRow | None:
        with self._transaction() as db:
            return _rival(db, digest, by, since)

    def written(self, profile: str, principal: str, by: str, since: datetime, *, but: str = "") -> int:
        with self._transaction() as db:
            return _written(db, profile, principal, by, since, but)

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
        *,
        undone: Sequence[str] = (),
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
            _mark(db, undone, plan)
            audit_log.append(db, entry)

    def clarify(
        self,
        plan: str,
        receipt: Mapping[str, Any],
        changes: Sequence[ChangeRow],
        *,
        was: Mapping[str, Any] | None,
        entry: Entry | None = None,
        undone: Sequence[str] | None = None,
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
            if not known:
                return False
            listed = [change.id for change in changes]
            db.execute(
                f"DELETE FROM change WHERE plan = ? AND outcome = 'unknown' AND id NOT IN ({table.marks(listed)})",  # noqa: S608 — only marks
                (plan, *listed),
            )
            for change in changes:
                db.execute("DELETE FROM change WHERE id = ? AND outcome = 'unknown'", (change.id,))
                table.insert(db, change)
            if undone is not None:
                db.execute("UPDATE change SET undone_by = '' WHERE undone_by = ?", (plan,))
                _mark(db, undone, plan)
            audit_log.append(db, entry)
            return True

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


def _mark(db: sqlite3.Connection, undone: Sequence[str], by: str) -> None:
    """A change that another plan undid before stays that plan's."""
    for change in undone:
        db.execute("UPDATE change SET undone_by = ? WHERE id = ? AND undone_by = ''", (by, change))


def _rival(db: sqlite3.Connection, digest: str, by: str, since: datetime) -> PlanRow | None:
    return table.one(
        db,
        PlanRow,
        "SELECT * FROM plan WHERE digest = ? AND approved_by = ?"
        " AND (state IN ('approved', 'applying') OR state = 'applied' AND claimed_at > ?)"
        " ORDER BY created_at DESC, rowid DESC LIMIT 1",
        digest,
        by,
        table.moment(since),
    )


def _fits(db: sqlite3.Connection, plan: PlanRow, by: str, within: Allowance | None) -> bool:
    if within is None:
        return True
    before = _written(db, plan.profile, plan.principal, by, within.since, plan.id)
    return before + plan.size <= within.rows


def _written(db: sqlite3.Connection, profile: str, principal: str, by: str, since: datetime, but: str) -> int:
    """What was written counts as it came out; what was begun or approved counts in full, while it may still be written."""
    (total,) = db.execute(
        "SELECT coalesce(sum(iif(state = 'applied', (SELECT count(*) FROM change WHERE plan = p.id), size)), 0)"
        " FROM plan p WHERE principal = ? AND approved_by = ? AND id <> ?"
        " AND (profile = ? AND state = 'approved' AND created_at > ? OR profile = ? AND claimed_at > ?)",
        (principal, by, but, profile, table.moment(since), profile, table.moment(since)),
    ).fetchone()
    return int(total)
