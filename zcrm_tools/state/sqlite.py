"""State in one SQLite file, shared by every process of a user; or in memory for the demo org."""

from __future__ import annotations

import secrets

from zcrm_tools.state.journal import Journal
from zcrm_tools.state.leases import Leases
from zcrm_tools.state.plans import Plans
from zcrm_tools.state.sources import Sources

STATE_FILE = "state.db"
"""Its name in the folder of profiles."""


class SqliteState(Plans, Journal, Leases, Sources):
    """All verbs of `State`: each group of tables has its own file."""

    def secret(self, name: str) -> bytes:
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO secret VALUES (?, ?)", (name, secrets.token_bytes(32)))
            found: tuple[bytes] = db.execute("SELECT value FROM secret WHERE name = ?", (name,)).fetchone()
            return found[0]
