"""The org's data in SQLite: one typed table per module, column = field API name.

Columns hold raw values: ids as integers, booleans as 0 or 1, dates as text, times as epoch seconds UTC,
multi-selects as `a;b`, JSON types as JSON text; a multi-module lookup has a second column `X__module`.
Every SQL identifier here comes from the schema; every value is bound.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from zcrm_tools.emulator.native import epoch, stored
from zcrm_tools.emulator.schema import FIRST_RECORD_ID, PROFILES, ROLES, USERS
from zcrm_tools.emulator.shape import Clock, Shaped
from zcrm_tools.emulator.tables import module_column, quoted

if TYPE_CHECKING:
    from zcrm_tools.emulator.schema import ModuleDef

__all__ = ["Clock", "Store", "epoch", "module_column", "quoted"]

_CHUNK = 2_000


class Store(Shaped):
    """One org. `path` None keeps it in memory, as a copy of `image` if there is one; two processes may share a file.

    Safe to use from several threads: each call, and each `transaction`, holds a lock.
    `refuse_unknown_fields` makes writes refuse keys that are no field of the module; Zoho's samples disagree.
    """

    refuse_unknown_fields: bool = False

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
                names = [
                    name for name, f in table.fields.items() if f.stored and any(name in row for row in chunk)
                ]
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
            convert = stored(field_def.kind)
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
        """Insert raw columns, id included. Column names must come from the schema; formulas fill themselves."""
        row = self._without_formulas(module, row)
        names = ", ".join(map(quoted, row))
        marks = ", ".join("?" * len(row))
        table = quoted(self.modules[module].api_name)
        self.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))  # noqa: S608

    def update(self, module: str, record_id: int, changes: Mapping[str, object]) -> bool:
        """Set raw columns; whether the row exists."""
        changes = self._without_formulas(module, changes)
        sets = ", ".join(f"{quoted(name)} = ?" for name in changes)
        table = quoted(self.modules[module].api_name)
        sql = f"UPDATE {table} SET {sets} WHERE id = ?"  # noqa: S608
        return self.execute(sql, (*changes.values(), record_id)) > 0

    def _without_formulas(self, module: str, row: Mapping[str, object]) -> Mapping[str, object]:
        formulas = {name for name, f in self.modules[module].fields.items() if f.data_type == "formula"}
        return {name: value for name, value in row.items() if name not in formulas} if formulas else row

    def delete(self, module: str, record_id: int, *, by: int) -> bool:
        """Move a row, its subform rows and its links to the recycle bin; empty the lookups that point at it."""
        with self.transaction():
            row = self.get(module, record_id)
            if row is None:
                return False
            kept = json.dumps(row, ensure_ascii=False)
            parts = json.dumps(self._detach(module, record_id), ensure_ascii=False)
            links = json.dumps(self._unlink(module, record_id))
            name = row.get(self.modules[module].display_field)
            name = str(name) if isinstance(name, int) else name
            now = epoch(self.clock.now())
            moved = (record_id, module, name, kept, links, row.get("Created_By"), by, now, parts)
            self.execute(
                "INSERT OR REPLACE INTO _deleted (id, module, display_name, row, links, created_by, deleted_by,"
                " deleted_time, parts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                moved,
            )
            self.execute(f"DELETE FROM {quoted(self.modules[module].api_name)} WHERE id = ?", (record_id,))  # noqa: S608
        return True

    def _detach(self, target: str, record_id: int) -> dict[str, list[dict[str, Any]]]:
        """Take away the subform rows of a record and the links to it; the raw rows by module."""
        found: dict[str, list[dict[str, Any]]] = {}
        for module in self.modules.values():
            if module.generated_type not in ("subform", "linking"):
                continue
            for f in module.fields.values():
                if f.lookup_module != target or (
                    module.generated_type == "subform" and f.api_name != "Parent_Id"
                ):
                    continue
                table, column = quoted(module.api_name), quoted(f.api_name)
                where = f"FROM {table} WHERE {column} = ?"
                rows = [
                    self.get(module.api_name, row_id)
                    for (row_id,) in self.fetch(f"SELECT id {where}", (record_id,))
                ]
                if rows:
                    found.setdefault(module.api_name, []).extend(row for row in rows if row is not None)
                    self.execute(f"DELETE {where}", (record_id,))
        return found

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
        """Empty every table of the org, those of other files too: their names begin with `_`. Ids start again.

        Custom modules and fields go, and standard modules are as Zoho ships them.
        """
        with self.transaction():
            self._forget_custom()
            private = (
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB '_*' AND name <> '_meta'"
            )
            names = dict.fromkeys((*self.modules, *(name for (name,) in self.fetch(private))))
            for name in names:
                self.execute(f"DELETE FROM {quoted(name)}")  # noqa: S608
            self.execute("DELETE FROM _meta WHERE key = 'org' OR key GLOB 'autonumber *'")
            self.set_meta("next_id", FIRST_RECORD_ID)
