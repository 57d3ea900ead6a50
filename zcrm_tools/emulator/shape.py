"""The shape of an org: its modules and fields, and the tables that follow when one is added, changed or dropped."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Protocol

from zcrm_tools.emulator import definitions, documents, tables
from zcrm_tools.emulator.database import Database
from zcrm_tools.emulator.native import epoch
from zcrm_tools.emulator.schema import (
    FIRST_RECORD_ID,
    FieldDef,
    ModuleDef,
    standard_modules,
    system_modules,
)
from zcrm_tools.emulator.tables import quoted


class Clock(Protocol):
    def now(self) -> datetime: ...


class Shaped(Database):
    """A database whose tables are the org's `modules`. Two processes on one file learn of each other's changes."""

    def __init__(self, path: str | Path | None, *, clock: Clock, image: bytes | None = None) -> None:
        self.path = None if path is None else Path(path)
        self.clock = clock
        self.modules: dict[str, ModuleDef] = {**standard_modules(), **system_modules()}
        self._reshaped = False
        self._generation = 0
        self._data_version = -1
        super().__init__(self.path, image)
        if self.fetch("PRAGMA user_version")[0][0] != _shape():
            self._create()
        self._learn()

    def _create(self) -> None:
        with self.transaction():
            self.execute("CREATE TABLE IF NOT EXISTS _meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID")
            self.execute(
                "CREATE TABLE IF NOT EXISTS _deleted (id INTEGER PRIMARY KEY, module TEXT NOT NULL,"
                " display_name TEXT, row TEXT NOT NULL, links TEXT NOT NULL, created_by INTEGER, deleted_by INTEGER,"
                " deleted_time INTEGER NOT NULL, kind TEXT NOT NULL DEFAULT 'recycle',"
                " parts TEXT NOT NULL DEFAULT '{}')"
            )
            self.execute(definitions.TABLE)
            self.execute(documents.TABLE)
            self.execute("INSERT OR IGNORE INTO _meta VALUES ('next_id', ?)", (FIRST_RECORD_ID,))
            self.execute("INSERT OR IGNORE INTO _meta VALUES ('secret', ?)", (secrets.token_bytes(32),))
            for module in self.modules.values():
                self._run(tables.create(module))
            self.execute(f"PRAGMA user_version = {_shape()}")

    def _run(self, statements: Iterable[str]) -> None:
        for statement in statements:
            self.execute(statement)

    def _ended(self, *, undone: bool, outermost: bool) -> None:
        if self._reshaped and undone:
            self._learn()
        self._reshaped = self._reshaped and not outermost

    def refresh(self) -> None:
        """Learn of custom modules and fields that another process has made. Cheap when nothing was written."""
        if self.path is None:
            return
        version = self.fetch("PRAGMA data_version")[0][0]
        if version != self._data_version:
            self._data_version = version
            if (self.meta("schema") or 0) != self._generation:
                self._learn()

    def _learn(self) -> None:
        rows = self.fetch("SELECT module, field, body FROM _schema ORDER BY place")
        self.modules = definitions.assembled({**standard_modules(), **system_modules()}, rows)
        self._generation = self.meta("schema") or 0

    def _reshape(self, statements: Iterable[str], *rows: tuple[str, str, str | None]) -> None:
        """Change tables, and keep (module, field, body) rows of the schema; body None forgets one."""
        with self.transaction():
            self._reshaped = True
            self._run(statements)
            for module, name, body in rows:
                if body is None:
                    self.execute("DELETE FROM _schema WHERE module = ? AND field = ?", (module, name))
                else:
                    self.execute(
                        "INSERT INTO _schema (module, field, body) VALUES (?, ?, ?)"
                        " ON CONFLICT (module, field) DO UPDATE SET body = excluded.body",
                        (module, name, body),
                    )
            for name in {module for module, _, _ in rows}:
                self.set_meta(f"modified {name}", int(epoch(self.clock.now())))
            self.set_meta("schema", (self.meta("schema") or 0) + 1)
            self._learn()

    def shaped_at(self, module: str) -> int | None:
        """When a module or one of its fields was last changed, epoch seconds; None when it never was."""
        found = self.meta(f"modified {module}")
        return None if found is None else int(found)

    def become(self, image: bytes) -> None:
        """Replace the org, its shape and every credential by those of an image."""
        before = self._generation
        super().become(image)
        self.set_meta(
            "schema", max(before, self.meta("schema") or 0) + 1
        )  # so that other processes learn of it
        self._learn()

    def add_module(self, module: ModuleDef) -> None:
        """Make a module with its table."""
        name = module.api_name
        fields = [(name, f.api_name, definitions.field_text(f)) for f in module.fields.values()]
        self._reshape(tables.create(module), (name, "", definitions.module_text(module)), *fields)

    def change_module(self, module: ModuleDef) -> None:
        """Keep new labels and the like; the table stays as it is."""
        self._reshape((), (module.api_name, "", definitions.module_text(module)))

    def drop_module(self, name: str) -> None:
        """Forget a module and its rows."""
        gone: list[tuple[str, str, str | None]] = [(name, f, None) for f in self.modules[name].fields]
        self._reshape((f"DROP TABLE {quoted(name)}",), (name, "", None), *gone)

    def add_field(self, module: str, f: FieldDef, *also: str) -> None:
        """Add a field to a module and its table; `also` are statements such as the triggers of a rollup."""
        statements = (*tables.add(self.modules[module], f), *also)
        self._reshape(statements, (module, f.api_name, definitions.field_text(f)))

    def change_field(self, module: str, f: FieldDef) -> None:
        """Keep what is new about a field whose column stays."""
        self._reshape(tables.index(self.modules[module], f), (module, f.api_name, definitions.field_text(f)))

    def drop_field(self, module: str, f: FieldDef, *also: str) -> None:
        """Take a field and its values away. sqlite3.OperationalError: a formula or a rollup still needs it."""
        statements = (*also, *tables.drop(self.modules[module], f))
        self._reshape(statements, (module, f.api_name, None))

    def _forget_custom(self) -> None:
        touched = [name for (name,) in self.fetch("SELECT DISTINCT module FROM _schema")]
        if not touched:
            return
        triggers = self.fetch("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        drops = [f"DROP TRIGGER {quoted(name)}" for (name,) in triggers]
        drops += [f"DROP TABLE {quoted(name)}" for name in touched]
        known = {**standard_modules(), **system_modules()}
        again = [sql for name in touched if name in known for sql in tables.create(known[name])]
        rows = self.fetch("SELECT module, field FROM _schema")
        self._reshape((*drops, *again), *((module, name, None) for module, name in rows))


@cache
def _shape() -> int:
    """A number that changes with the standard tables: a database that carries it need not be set up again."""
    statements = [
        sql
        for module in (*standard_modules().values(), *system_modules().values())
        for sql in tables.create(module)
    ]
    return zlib.crc32("\n".join((definitions.TABLE, documents.TABLE, *statements)).encode()) & 0x7FFFFFFF
