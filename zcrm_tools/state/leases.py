"""What all processes of a profile share: places among the calls that run at once, and the day's credits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from zcrm_tools.state.database import Database


class Leases(Database):
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


def _share(others: Sequence[tuple[int, int]], used: int, wanted: int, limit: int) -> int:
    """What is free, but no more than an equal part while somebody else wants more than they have; never less than in use."""
    free = max(0, limit - sum(places for places, _ in others))
    if any(asked > places for places, asked in others):
        free = min(free, max(1, limit // (len(others) + 1)))
    return max(used, min(wanted, free))
