"""The file: opened for its owner alone, brought up to date, and one transaction at a time.

Before-images are personal data, so the folder is 0700 and the file 0600.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zcrm_tools.errors import NotConfigured, Problem
from zcrm_tools.state.schema import MIGRATIONS


class Database:
    """One connection, one lock: every verb is one `BEGIN IMMEDIATE` transaction, so two processes never interleave.

    In memory for None. Raises NotConfigured for a file of a newer version, and for one that cannot be used.
    """

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        try:
            self._db = _connect(path)
            self._bring_up_to_date(path)
        except (sqlite3.Error, OSError) as error:
            raise NotConfigured(
                Problem(
                    "STATE_UNUSABLE",
                    f"The state file {path} cannot be used: {error}.",
                    "Nothing was sent.",
                    "If it is damaged, move it away: what was written before can then no longer be undone from here. "
                    "Otherwise let this program's user write there, or set ZCRM_HOME to another folder.",
                    fix_by="person",
                )
            ) from None

    def _bring_up_to_date(self, path: Path | None) -> None:
        with self._transaction() as db:
            (done,) = db.execute("PRAGMA user_version").fetchone()
            if done > len(MIGRATIONS):
                raise NotConfigured(
                    Problem(
                        "STATE_IS_NEWER",
                        f"The state file {path} was written by a newer version of this program.",
                        next_step="Upgrade zcrm-tools, or set ZCRM_HOME to another folder.",
                        fix_by="person",
                    )
                )
            for statements in MIGRATIONS[done:]:
                for statement in filter(str.strip, statements.split(";")):
                    db.execute(statement)
            db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

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

    def close(self) -> None:
        with self._lock:
            self._db.close()


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
