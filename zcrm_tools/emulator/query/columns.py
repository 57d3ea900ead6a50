"""Columns of a COQL query: which field of which joined table each one is, and how its value is shown.

https://www.zoho.com/crm/developer/docs/api/v8/COQL-Joins.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from zcrm_tools.coql.nodes import Column, Part
from zcrm_tools.emulator.render import (
    Context,
    Row,
    Shown,
    module_reference,
    name_of,
    show_reference,
    shown,
)
from zcrm_tools.emulator.replies import Json, Refusal
from zcrm_tools.emulator.schema import USERS, FieldDef, ModuleDef
from zcrm_tools.emulator.store import module_column, quoted

JOINS_BASE: Final = 5
JOINS_SELECT: Final = 15
JOINS_BEFORE_V7: Final = 2
V7: Final = (7, 0)
_NOT_SELECTABLE = frozenset({"participants", "multireminder", "ALARM", "RRULE"})


def invalid(message: str = "Invalid query formed", **details: Any) -> Refusal:
    return Refusal("INVALID_QUERY", message, details)


def unknown(column: Column, clause: str) -> Refusal:
    return invalid("column given seems to be invalid", column_name=column.text, clause=clause)


def limit_exceeded(limit: int, what: str) -> Refusal:
    return Refusal("LIMIT_EXCEEDED", f"maximum number of {what} exceeded", {"limit": limit})


@dataclass(frozen=True, slots=True)
class Found:
    """A column resolved: `sql` reads its raw value; `module` and `field` say what it is."""

    column: Column
    sql: str
    table: str
    module: ModuleDef
    field: FieldDef


class Tables:
    """The tables of one query: the base module as `t`, and a LEFT JOIN for each lookup that is followed."""

    def __init__(self, ctx: Context, module: ModuleDef, prefix: str = "") -> None:
        self.ctx = ctx
        self.module = module
        self.base = f"{prefix}t"
        self._prefix = prefix
        self._joins: dict[tuple[str, ...], tuple[str, ModuleDef, str]] = {}
        self._used: dict[str, set[tuple[str, ...]]] = {"select": set(), "base": set()}

    def source(self) -> str:
        """The FROM clause."""
        joins = "".join(f" {sql}" for _, _, sql in self._joins.values())
        return f"FROM {quoted(self.module.api_name)} {self.base}{joins}"

    def check_joins(self) -> None:
        if self.ctx.version < V7:
            if len(self._joins) > JOINS_BEFORE_V7:
                raise limit_exceeded(JOINS_BEFORE_V7, "joins")
            return
        for clause, most in (("select", JOINS_SELECT), ("base", JOINS_BASE)):
            if len(self._used[clause]) > most:
                raise limit_exceeded(most, "joins")

    def resolve(self, column: Column, clause: str) -> Found:
        """The field behind a column; INVALID_QUERY when there is none."""
        if column.module and column.module != self.module.api_name:
            raise unknown(column, clause)
        table, module = self.base, self.module
        path: tuple[str, ...] = ()
        parts = column.parts
        for at, part in enumerate(parts[:-1]):
            field = module.fields.get(_user_field(module, part.name))
            if field is None:
                raise unknown(column, clause)
            if field.kind == "any_lookup" and not part.target:
                return self._of_module(column, parts[at:], table, module, field, clause)
            target = self._target(field, part)
            if target is None:
                raise unknown(column, clause)
            path = (*path, f"{part.name}>{part.target}")
            table, module = self._join(path, table, field, target)
            self._used["select" if clause == "select" else "base"].add(path)
        field = None if parts[-1].target else module.fields.get(_user_field(module, parts[-1].name))
        if field is None:
            raise unknown(column, clause)
        return Found(column, f"{table}.{quoted(field.api_name)}", table, module, field)

    def _of_module(
        self,
        column: Column,
        rest: tuple[Part, ...],
        table: str,
        module: ModuleDef,
        field: FieldDef,
        clause: str,
    ) -> Found:
        """`What_Id.module.api_name`: the module a multi-module lookup leads to."""
        if [part.name for part in rest[1:]] != ["module", "api_name"]:
            raise unknown(column, clause)
        name = module_column(field.api_name)
        text = replace(field, api_name=name, kind="text", data_type="text")
        return Found(column, f"{table}.{quoted(name)}", table, module, text)

    def _target(self, field: FieldDef, part: Part) -> ModuleDef | None:
        if part.target:
            known = field.kind == "any_lookup" and part.target in field.targets
            return self.ctx.store.modules.get(part.target) if known else None
        return self.ctx.store.modules.get(field.lookup_module)

    def _join(
        self, path: tuple[str, ...], table: str, field: FieldDef, target: ModuleDef
    ) -> tuple[str, ModuleDef]:
        if path not in self._joins:
            alias = f"{self._prefix}j{len(self._joins)}"
            on = f"{table}.{quoted(field.api_name)} = {alias}.id"
            if field.kind == "any_lookup":
                on += f" AND {table}.{quoted(module_column(field.api_name))} = '{target.api_name}'"
            join = f"LEFT JOIN {quoted(target.api_name)} {alias} ON {on}"
            self._joins[path] = (alias, target, join)
        alias, module, _ = self._joins[path]
        return alias, module


def _user_field(module: ModuleDef, name: str) -> str:
    """Users are selected by `Full_Name` like people in other modules, and by `full_name` as their own API says."""
    return "full_name" if module.api_name == USERS and name == "Full_Name" else name


def show(ctx: Context, found: Found, key: str) -> Shown:
    """How a selected column appears: lookups as id and name from v7 on, as id before."""
    field = found.field
    if field.data_type in _NOT_SELECTABLE or not field.stored:
        raise invalid("data type not supported", column_name=found.column.text)
    if field.kind in ("lookup", "user") and field.data_type != "layout":
        if ctx.version < V7:
            return Shown(key, (found.sql,), _show_only_id)
        name = name_of(ctx.store, field.lookup_module, found.sql)
        if field.lookup_module == USERS:  # in COQL a user goes by the last name
            name = f"(SELECT last_name FROM {quoted(USERS)} WHERE id = {found.sql})"  # noqa: S608
        return Shown(key, (found.sql, name), show_reference)
    if field.kind == "any_lookup":
        kind = f"{found.table}.{quoted(module_column(field.api_name))}"
        return Shown(key, (found.sql, kind), _show_any(ctx))
    return shown(ctx, found.module, field, table=found.table, key=key)


def _show_only_id(row: Row, at: int) -> Json | None:
    return None if row[at] is None else {"id": str(row[at])}


def _show_any(ctx: Context) -> Any:
    def show_any(row: Row, at: int) -> Json | None:
        if row[at] is None:
            return None
        return {"module": module_reference(ctx.store, row[at + 1]), "id": str(row[at])}

    return show_any
