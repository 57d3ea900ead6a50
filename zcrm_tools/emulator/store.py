"""The org's data in SQLite: one typed table per module, column = field API name.

Columns hold raw values: ids as integers, booleans as 0 or 1, dates as text, times as epoch seconds UTC,
multi-selects as `a;b`, JSON types as JSON text; a multi-module lookup has a second column `X__module`.
Every SQL identifier here comes from the schema; every value is bound.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from zcrm_tools.emulator.schema import (
    FIRST_RECORD_ID,
    PROFILES,
    ROLES,
    USERS,
    FieldDef,
    Kind,
    ModuleDef,
    standard_modules,
    system_modules,
)

_TYPES: dict[Kind, str] = {
    "text": "TEXT COLLATE NOCASE",  # Zoho compares text without regard to case
    "choices": "TEXT COLLATE NOCASE",
    "integer": "INTEGER",
    "number": "NUMERIC",  # keeps 1200.0 as 1200, which is how Zoho prints it
    "boolean": "INTEGER NOT NULL DEFAULT 0",
    "date": "TEXT",
    "datetime": "INTEGER",
    "lookup": "INTEGER",
    "user": "INTEGER",
    "any_lookup": "INTEGER",
    "json": "TEXT",
}
_CHUNK = 2_000


class Clock(Protocol):
    def now(self) -> datetime: ...


def quoted(name: str) -> str:
    """An identifier from the schema, quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def module_column(name: str) -> str:
    """The second column of a multi-module lookup: the API name of the module it points into."""
    return f"{name}__module"


def epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def _raw(kind: Kind) -> Callable[[Any], Any] | None:
    """How `load` turns a native value into a stored one; None where SQLite already does."""
    match kind:
        case "datetime":
            return lambda value: epoch(value) if isinstance(value, datetime) else value
        case "choices":
            return lambda value: value if value is None else ";".join(value)
        case "json":
            return lambda value: value if value is None else json.dumps(value, ensure_ascii=False)
        case "boolean":
            return lambda value: int(value or 0)
        case _:
            return None


class Store:
    """One org. `path` None keeps it in memory; two processes may share a file.

    Safe to use from several threads: each call, and each `transaction`, holds a lock.
    `refuse_unknown_fields` makes writes refuse keys that are no field of the module; Zoho's samples disagree.
    """

    refuse_unknown_fields: bool = False

    def __init__(self, path: str | Path | None, *, clock: Clock) -> None:
        self.path = None if path is None else Path(path)
        self.clock = clock
        self.modules: dict[str, ModuleDef] = {**standard_modules(), **system_modules()}
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(
            ":memory:" if path is None else str(path),
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        for pragma in ("busy_timeout = 10000", "journal_mode = WAL", "synchronous = NORMAL"):
            self._db.execute(f"PRAGMA {pragma}")
        self._create()

    def _create(self) -> None:
        with self.transaction():
            self.execute("CREATE TABLE IF NOT EXISTS _meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID")
            self.execute(
                "CREATE TABLE IF NOT EXISTS _deleted (id INTEGER PRIMARY KEY, module TEXT NOT NULL,"
                " display_name TEXT, row TEXT NOT NULL, links TEXT NOT NULL, created_by INTEGER, deleted_by INTEGER,"
                " deleted_time INTEGER NOT NULL, kind TEXT NOT NULL DEFAULT 'recycle')"
            )
            self.execute("INSERT OR IGNORE INTO _meta VALUES ('next_id', ?)", (FIRST_RECORD_ID,))
            self.execute("INSERT OR IGNORE INTO _meta VALUES ('secret', ?)", (secrets.token_bytes(32),))
            for module in self.modules.values():
                self._create_table(module)

    def _create_table(self, module: ModuleDef) -> None:
        columns = ["id INTEGER PRIMARY KEY"]
        for f in module.fields.values():
            if f.api_name != "id":
                columns.append(f"{quoted(f.api_name)} {_TYPES[f.kind]}")
            if f.kind == "any_lookup":
                columns.append(f"{quoted(module_column(f.api_name))} TEXT")
        self.execute(f"CREATE TABLE IF NOT EXISTS {quoted(module.api_name)} ({', '.join(columns)})")
        if module.generated_type == "system":
            return
        for f in filter(_indexed, module.fields.values()):
            column = quoted(f.api_name)
            # Most lookups are empty; times never are, and a partial index would not serve sorting.
            some = "" if f.kind == "datetime" else f" WHERE {column} IS NOT NULL"
            index = quoted(f"{module.api_name}.{f.api_name}")
            self.execute(f"CREATE INDEX IF NOT EXISTS {index} ON {quoted(module.api_name)} ({column}){some}")

    # ---- SQL, for the parts of the emulator that write their own

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
                raise
            self._depth -= 1
            self._db.execute("COMMIT" if self._depth == 0 else f"RELEASE {savepoint}")

    def execute(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> int:
        """Run one statement; the number of rows it changed."""
        with self._lock:
            return self._db.execute(sql, values).rowcount

    def fetch(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    # ---- ids

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

    # ---- loading

    def load(self, module: str, rows: Iterable[Mapping[str, object]]) -> int:
        """Bulk-insert native values without rules or side effects; how many.

        Native: str, int, float, bool, None; dates as 'YYYY-MM-DD'; aware datetimes; list[str] for a
        multi-select; an id for a lookup, `(module, id)` for a multi-module one; dict or list for JSON types.
        A missing id, Created_Time or Modified_Time is filled in.
        """
        table = self.modules[module]
        total = 0
        highest = 0
        now = epoch(self.clock.now())
        source = iter(rows)
        with self.transaction():
            while chunk := list(islice(source, _CHUNK)):
                if any("id" not in row for row in chunk):
                    first = self.next_ids(len(chunk))
                    chunk = [{"id": first + at, **row} for at, row in enumerate(chunk)]
                names = [name for name in table.fields if any(name in row for row in chunk)]
                self._load_chunk(table, names, chunk, now)
                total += len(chunk)
                highest = max(highest, *(int(str(row["id"])) for row in chunk))
            self.execute("UPDATE _meta SET value = max(value, ?) WHERE key = 'next_id'", (highest + 1,))
            if total >= _CHUNK:  # without statistics SQLite picks the wrong side of a join
                self.execute("PRAGMA analysis_limit = 400")
                self.execute(f"ANALYZE {quoted(table.api_name)}")
        return total

    def _load_chunk(
        self, table: ModuleDef, names: list[str], chunk: list[Mapping[str, object]], now: int
    ) -> None:
        columns: list[str] = []
        series: list[list[Any]] = []
        for name in names:
            field_def = table.fields[name]
            values: list[Any] = [row.get(name) for row in chunk]
            columns.append(name)
            if field_def.kind == "any_lookup":
                columns.append(module_column(name))
                series.append([value and value[1] for value in values])
                series.append([value and value[0] for value in values])
                continue
            convert = _raw(field_def.kind)
            series.append(values if convert is None else [convert(value) for value in values])
        for stamp in ("Created_Time", "Modified_Time"):
            if stamp in table.fields and stamp not in names:
                columns.append(stamp)
                series.append([now] * len(chunk))
        marks = ", ".join("?" * len(columns))
        listed = ", ".join(map(quoted, columns))
        sql = f"INSERT INTO {quoted(table.api_name)} ({listed}) VALUES ({marks})"  # noqa: S608 - schema names
        with self._lock:
            self._db.executemany(sql, zip(*series, strict=True))

    def load_users(self, users: Iterable[Mapping[str, object]]) -> int:
        """`id, first_name, last_name, email, role, profile` (ids) and any other field of `Users`."""
        now = self.clock.now()
        return self.load(
            USERS,
            [
                {
                    "full_name": " ".join(filter(None, (u.get("first_name"), u.get("last_name")))),  # type: ignore[arg-type]
                    "status": "active",
                    "confirm": True,
                    "zuid": str(int(str(u["id"])) % 10**9),
                    "created_time": now,
                    "Modified_Time": now,
                    **u,
                }
                for u in users
            ],
        )

    def load_roles(self, roles: Iterable[Mapping[str, object]]) -> int:
        """`id, name, reporting_to` (an id or None), `share_data_with_peers`, `description`."""
        return self.load(ROLES, roles)

    def load_profiles(self, profiles: Iterable[Mapping[str, object]]) -> int:
        """`id, name, description, custom`. The profile named Administrator may do everything."""
        return self.load(PROFILES, profiles)

    def load_org(self, org: Mapping[str, object]) -> None:
        """What `GET /org` shows: at least `id, zgid, company_name, time_zone`; ids as strings."""
        self.set_meta("org", json.dumps(dict(org), ensure_ascii=False, default=str))

    def org(self) -> dict[str, Any]:
        stored = self.meta("org")
        return {} if stored is None else dict(json.loads(stored))

    # ---- single rows

    def get(self, module: str, record_id: int) -> dict[str, Any] | None:
        """The stored row, raw columns, or None."""
        with self._lock:
            found = self._db.execute(
                f"SELECT * FROM {quoted(self.modules[module].api_name)} WHERE id = ?",  # noqa: S608 - schema name
                (record_id,),
            )
            row = found.fetchone()
            return None if row is None else dict(zip((c[0] for c in found.description), row, strict=True))

    def exists(self, module: str, record_id: int) -> bool:
        sql = f"SELECT 1 FROM {quoted(self.modules[module].api_name)} WHERE id = ?"  # noqa: S608
        return bool(self.fetch(sql, (record_id,)))

    def count(self, module: str) -> int:
        return int(self.fetch(f"SELECT count(*) FROM {quoted(self.modules[module].api_name)}")[0][0])  # noqa: S608

    def insert(self, module: str, row: Mapping[str, object]) -> None:
        """Insert raw columns, id included. Column names must come from the schema."""
        names = ", ".join(map(quoted, row))
        marks = ", ".join("?" * len(row))
        table = quoted(self.modules[module].api_name)
        self.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))  # noqa: S608

    def update(self, module: str, record_id: int, changes: Mapping[str, object]) -> bool:
        """Set raw columns; whether the row exists."""
        sets = ", ".join(f"{quoted(name)} = ?" for name in changes)
        table = quoted(self.modules[module].api_name)
        sql = f"UPDATE {table} SET {sets} WHERE id = ?"  # noqa: S608
        return self.execute(sql, (*changes.values(), record_id)) > 0

    def delete(self, module: str, record_id: int, *, by: int) -> bool:
        """Move a row to the recycle bin and empty the lookups that point at it; whether it existed."""
        with self.transaction():
            row = self.get(module, record_id)
            if row is None:
                return False
            kept = json.dumps(row, ensure_ascii=False)
            links = json.dumps(self._unlink(module, record_id))
            name = row.get(self.modules[module].display_field)
            moved = (record_id, module, name, kept, links, row.get("Created_By"), by, epoch(self.clock.now()))
            self.execute(
                "INSERT OR REPLACE INTO _deleted (id, module, display_name, row, links, created_by, deleted_by,"
                " deleted_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                moved,
            )
            self.execute(f"DELETE FROM {quoted(self.modules[module].api_name)} WHERE id = ?", (record_id,))  # noqa: S608
        return True

    def _unlink(self, target: str, record_id: int) -> dict[str, list[int]]:
        """Empty the lookups to a record; which rows had one, by `Module.Field`, so that a restore can mend them."""
        links = {}
        for module in self.modules.values():
            for f in module.fields.values():
                if target not in (f.lookup_module, *f.targets) or f.kind == "user":
                    continue
                column = quoted(f.api_name)
                where = f"WHERE {column} = ?"
                values: tuple[object, ...] = (record_id,)
                emptied = f"{column} = NULL"
                if f.kind == "any_lookup":
                    kind = quoted(module_column(f.api_name))
                    where += f" AND {kind} = ?"
                    values = (record_id, target)
                    emptied += f", {kind} = NULL"
                found = self.fetch(f"SELECT id FROM {quoted(module.api_name)} {where}", values)  # noqa: S608
                if found:
                    links[f"{module.api_name}.{f.api_name}"] = [row_id for (row_id,) in found]
                    self.execute(f"UPDATE {quoted(module.api_name)} SET {emptied} {where}", values)  # noqa: S608
        return links

    def clear(self) -> None:
        """Empty every table of the org, those of other files too: their names begin with `_`. Ids start again."""
        with self.transaction():
            private = (
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB '_*' AND name <> '_meta'"
            )
            names = dict.fromkeys((*self.modules, *(name for (name,) in self.fetch(private))))
            for name in names:
                self.execute(f"DELETE FROM {quoted(name)}")  # noqa: S608
            self.execute("DELETE FROM _meta WHERE key = 'org'")
            self.set_meta("next_id", FIRST_RECORD_ID)

    def close(self) -> None:
        with self._lock:
            self._db.close()


def _indexed(f: FieldDef) -> bool:
    """Fields that are joined on, checked for duplicates, or sorted by."""
    return f.kind == "any_lookup" or (
        f.data_type in ("lookup", "email") or f.unique or f.api_name in ("Modified_Time", "Created_Time")
    )
