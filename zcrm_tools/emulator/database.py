"""One SQLite connection: statements, nested transactions, ids, and a few values of the org kept by key."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

Values = Sequence[object] | Mapping[str, object]


class Database:
    """A file, or memory when `path` is None. Safe to use from several threads; two processes may share a file.

    `image` is what `image()` gave: memory then starts as a copy of it.
    """

    def __init__(self, path: Path | None, image: bytes | None = None) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(
            ":memory:" if path is None else str(path),
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        if image is not None:
            self._copy_in(image)
        for pragma in ("busy_timeout = 10000", "journal_mode = WAL", "synchronous = NORMAL"):
            self._db.execute(f"PRAGMA {pragma}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Within another transaction it is a savepoint of its own."""
        with self._lock:
            savepoint = f"s{self._depth}"
            self._db.execute("BEGIN IMMEDIATE" if self._depth == 0 else f"SAVEPOINT {savepoint}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._db.execute("ROLLBACK")
                else:
                    self._db.execute(f"ROLLBACK TO {savepoint}")
                    self._db.execute(f"RELEASE {savepoint}")
                self._ended(undone=True, outermost=self._depth == 0)
                raise
            self._depth -= 1
            self._db.execute("COMMIT" if self._depth == 0 else f"RELEASE {savepoint}")
            self._ended(undone=False, outermost=self._depth == 0)

    def _ended(self, *, undone: bool, outermost: bool) -> None:
        """Called after each transaction and savepoint."""

    def execute(self, sql: str, values: Values = ()) -> int:
        """Run one statement; the number of rows it changed."""
        with self._lock:
            return self._db.execute(sql, values).rowcount

    def fetch(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def next_id(self) -> int:
        """An 18-digit id that no record, user or metadata item has."""
        return self.next_ids(1)

    def next_ids(self, count: int) -> int:
        """The first of `count` consecutive new ids."""
        sql = "UPDATE _meta SET value = value + ? WHERE key = 'next_id' RETURNING value - ?"
        return int(self.fetch(sql, (count, count))[0][0])

    def meta(self, key: str) -> Any:
        found = self.fetch("SELECT value FROM _meta WHERE key = ?", (key,))
        return found[0][0] if found else None

    def set_meta(self, key: str, value: object) -> None:
        self.execute("INSERT OR REPLACE INTO _meta VALUES (?, ?)", (key, value))

    def image(self) -> bytes:
        """The whole database as bytes, for `become` or for a new database in memory."""
        with self._lock:
            whole = bytearray(self._db.serialize())
        whole[18:20] = b"\x01\x01"  # a file's image says WAL, which memory cannot be
        return bytes(whole)

    def become(self, image: bytes) -> None:
        """Replace everything by an image. Other processes on the file see the old content or the new."""
        with self._lock:
            if self._depth:
                raise RuntimeError("a database cannot be replaced within a transaction")
            self._copy_in(image)

    def _copy_in(self, image: bytes) -> None:
        with closing(sqlite3.connect(":memory:")) as source:
            source.deserialize(image)
            source.backup(self._db)

    def close(self) -> None:
        with self._lock:
            self._db.close()
