"""Where imported rows come from, and which plan writes each of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from zcrm_tools.state import table
from zcrm_tools.state.database import Database


class Sources(Database):
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
            db.execute(
                "DELETE FROM source_row WHERE source = ? AND plan IN (SELECT plan FROM change WHERE plan IN"
                " (SELECT plan FROM source_row WHERE source = ?) GROUP BY plan HAVING min(undone_by <> ''))",
                (known[0], known[0]),
            )
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


def _noted(db: sqlite3.Connection, source: int, rows: Sequence[str]) -> dict[str, tuple[str, int]]:
    found = db.execute(
        f"SELECT row, plan, place FROM source_row WHERE source = ? AND row IN ({table.marks(rows)})",  # noqa: S608 — only marks
        (source, *rows),
    )
    return {row[0]: (row[1], row[2]) for row in found}
