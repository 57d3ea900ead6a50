"""From stored rows to Zoho's JSON: the SQL that reads a field and the function that shows its value.

Lookups carry the name of the record they point at, users name and email, times the caller's zone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from zcrm_tools.emulator import blobs, locks, transitions
from zcrm_tools.emulator.caller import Caller
from zcrm_tools.emulator.replies import Json
from zcrm_tools.emulator.schema import LINE_ITEMS, LINE_TAX, USERS, FieldDef, ModuleDef
from zcrm_tools.emulator.store import Store, module_column, quoted
from zcrm_tools.emulator.subforms import rows_of

Row = Sequence[Any]
Show = Callable[[Row, int], Any]
"""Shows the value that starts at a position of a row."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One key of a reply: the expressions to select, and how to show them. `show` None: the value as it is."""

    key: str
    sql: tuple[str, ...]
    show: Show | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What showing needs to know: the caller's zone and version, who that is, and the users by id."""

    store: Store
    zone: ZoneInfo
    version: tuple[int, int]
    users: dict[int, Json]
    user_id: int = 0


def context(store: Store, caller: Caller) -> Context:
    users = {
        user_id: {"name": name, "id": str(user_id), "email": email}
        for user_id, name, email in store.fetch(f"SELECT id, full_name, email FROM {quoted(USERS)}")  # noqa: S608
    }
    return Context(store, caller.time_zone, caller.version, users, caller.user_id)


def zoned(seconds: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(seconds, zone).isoformat()


_QUARTER = 900
"""Seconds; zones change their offset only at a multiple of it, so one offset holds throughout a quarter of an hour."""
_CLOCK = [f"{minute:02}:{second:02}" for minute in range(60) for second in range(60)]
_MOST_QUARTERS = 50_000


@lru_cache(maxsize=64)
def show_datetime(zone: ZoneInfo) -> Show:
    """Times of a zone; four times as fast as `isoformat`, which counts on a page with two times a row."""
    known: dict[int, tuple[str, int, str]] = {}

    def show(row: Row, at: int) -> str | None:
        seconds: int | None = row[at]
        if seconds is None:
            return None
        quarter, rest = divmod(seconds, _QUARTER)
        found = known.get(quarter)
        if found is None:
            start = datetime.fromtimestamp(quarter * _QUARTER, zone)
            if start.second or start.minute % 15:  # a zone's local time of the nineteenth century
                return zoned(seconds, zone)
            if len(known) >= _MOST_QUARTERS:
                known.clear()
            text = start.isoformat()
            found = known[quarter] = text[:14], start.minute * 60, text[19:]
        return found[0] + _CLOCK[found[1] + rest] + found[2]

    return show


def show_boolean(row: Row, at: int) -> bool:
    return bool(row[at])


def show_id(row: Row, at: int) -> str | None:
    return None if row[at] is None else str(row[at])


def show_choices(row: Row, at: int) -> list[str] | None:
    return row[at].split(";") if row[at] else None


def show_json(row: Row, at: int) -> Any:
    return None if row[at] is None else json.loads(row[at])


def show_json_array(row: Row, at: int) -> Any:
    return [] if row[at] is None else json.loads(row[at])


def show_reference(row: Row, at: int) -> Json | None:
    return None if row[at] is None else {"name": row[at + 1], "id": str(row[at])}


def name_of(store: Store, module: str, expression: str) -> str:
    """SQL for the display name of the record whose id an expression holds."""
    target = store.modules[module]
    display = quoted(target.display_field)
    return f"(SELECT {display} FROM {quoted(module)} WHERE id = {expression})"  # noqa: S608 - schema names


def name_of_any(store: Store, field: FieldDef, table: str) -> str:
    """SQL for the display name behind a multi-module lookup."""
    expression = f"{table}.{quoted(field.api_name)}"
    cases = " ".join(
        f"WHEN '{target}' THEN {name_of(store, target, expression)}"
        for target in field.targets
        if target in store.modules
    )
    return f"CASE {table}.{quoted(module_column(field.api_name))} {cases} END" if cases else "NULL"


def module_reference(store: Store, api_name: str) -> Json:
    return {"api_name": api_name, "id": str(store.modules[api_name].id)}


def shown(ctx: Context, module: ModuleDef, field: FieldDef, *, table: str = "t", key: str = "") -> Shown:
    """How one field of a module appears in a record."""
    key = key or field.api_name
    column = f"{table}.{quoted(field.api_name)}"
    match field.kind:
        case "datetime":
            return Shown(key, (column,), show_datetime(ctx.zone))
        case "boolean":
            return Shown(key, (column,), show_boolean)
        case "choices":
            return Shown(key, (column,), show_choices)
        case "json":
            return Shown(key, (column,), show_json)
        case "integer" if field.json_type == "string":
            return Shown(key, (column,), show_id)
        case "user":
            users = ctx.users
            return Shown(key, (column,), lambda row, at: users.get(row[at]))
        case "lookup" if field.data_type == "layout":
            layout = {"name": "Standard", "display_label": "Standard", "id": str(module.layout_id)}
            return Shown(key, (), lambda _row, _at: layout)
        case "lookup":
            return Shown(key, (column, name_of(ctx.store, field.lookup_module, column)), show_reference)
        case "any_lookup":
            kind = f"{table}.{quoted(module_column(field.api_name))}"
            names = name_of_any(ctx.store, field, table)
            notes = field.api_name == "Parent_Id" and ctx.version >= (5, 0)
            return Shown(key, (column, names, kind), _show_parent(ctx.store) if notes else show_reference)
        case _:
            return Shown(key, (column,))


def _show_parent(store: Store) -> Show:
    def show(row: Row, at: int) -> Json | None:
        record_id, name, module = row[at : at + 3]
        if record_id is None:
            return None
        return {"module": module_reference(store, module), "name": name, "id": str(record_id)}

    return show


def constant(key: str, value: Any) -> Shown:
    return Shown(key, (), lambda _row, _at: value)


def read(store: Store, wanted: Iterable[Shown], tail: str, values: Sequence[object] = ()) -> list[Json]:
    """Run `SELECT … {tail}` and show the rows. `tail` begins with FROM and aliases the module's table `t`."""
    columns: list[str] = []
    firsts: dict[str, int] = {}
    shows: dict[str, tuple[int, Show]] = {}
    for item in wanted:
        firsts[item.key] = len(columns)
        if item.show is not None:
            shows[item.key] = len(columns), item.show
        elif item.key in shows:
            del shows[item.key]
        columns.extend(item.sql)
    columns.append("1")  # so that a key without a column has a place too
    rows = store.fetch(f"SELECT {', '.join(columns)} {tail}", values)
    if len(firsts) < 2:
        return [
            {key: shows[key][1](row, at) if key in shows else row[at] for key, at in firsts.items()}
            for row in rows
        ]
    pick = itemgetter(*firsts.values())
    found: list[Json] = [dict(zip(firsts, pick(row), strict=True)) for row in rows]
    for key, (at, show) in shows.items():
        for shown_row, row in zip(found, rows, strict=True):
            shown_row[key] = show(row, at)
    return found


# ---- the system keys that begin with `$`


def system_keys(ctx: Context, module: ModuleDef) -> dict[str, Shown]:
    """The `$` properties a record may show; a list gives those asked for, a single record all of them."""
    org = ctx.store.org()
    fixed: dict[str, Any] = {
        "$currency_symbol": org.get("currency_symbol", "$"),
        "$field_states": None,
        "$review_process": {"approve": False, "reject": False, "resubmit": False},
        "$sharing_permission": "full_access",
        "$approval": {"delegate": False, "approve": False, "reject": False, "resubmit": False},
        "$approval_state": "approved",
        "$approved": True,
        "$wizard_connection_path": None,
        "$editable": True,
        "$zia_owner_assignment": "owner_recommendation_unavailable",
        "$in_merge": False,
        "$zia_visions": None,
        "$canvas_id": None,
        "$orchestration": False,
        "$pathfinder": None,
        "$has_more": {},
    }
    found = {key: constant(key, value) for key, value in fixed.items()}
    locks.ensure(ctx.store)
    locked = "EXISTS (SELECT 1 FROM _record_lock WHERE record = t.id)"
    found["$locked_for_me"] = Shown("$locked_for_me", (locked,), show_boolean)
    in_process = transitions.in_process(ctx.store, module)
    found["$process_flow"] = Shown("$process_flow", (in_process,), show_boolean)
    if "Converted__s" in module.fields:
        found["$converted"] = Shown("$converted", ('t."Converted__s"',), show_boolean)
    for field in module.fields.values():
        if field.kind == "any_lookup":
            found["$se_module"] = Shown("$se_module", (f"t.{quoted(module_column(field.api_name))}",))
    if module.api_name == "Notes":
        notes = {
            "$is_shared_to_client": False,
            "$voice_note": False,
            "$size": None,
        }
        found |= {key: constant(key, value) for key, value in notes.items()}
        blobs.ensure(ctx.store)
        found["$attachments"] = Shown("$attachments", (blobs.NOTES_ATTACHMENTS,), show_json)
    return found


def rows_shown(ctx: Context, field: FieldDef) -> Shown:
    """The rows behind a field of one record, in their order. Lists never show them."""
    child, lookup, other = rows_of(ctx.store, field)
    fields = [f for f in child.fields.values() if f.stored and not (other and f.api_name in _LINK_QUIET)]
    wanted = [shown(ctx, child, f) for f in fields if not (other and f.api_name == lookup)]
    fixed: Json = {"$in_merge": False, "$field_states": None}
    wanted += [constant(key, value) for key, value in fixed.items()]
    order = "t.Sequence_Number, t.id" if "Sequence_Number" in child.fields else "t.id"
    tail = f"FROM {quoted(child.api_name)} t WHERE t.{quoted(lookup)} = ? ORDER BY {order}"

    def show(row: Row, at: int) -> list[Json]:
        return read(ctx.store, wanted, tail, (row[at],))

    return Shown(field.api_name, ("t.id",), show)


_LINK_QUIET = frozenset({"Owner", "Created_By", "Modified_By", "Created_Time", "Modified_Time"})


def fields_shown(
    ctx: Context, module: ModuleDef, names: Sequence[str] | None, *, single: bool = False
) -> list[Shown]:
    """The keys of a reply: those named, plus `id`; every field and system key when `names` is None.

    A name that is no field is left out without a word, as Zoho does; so are subforms, line items and multi-select
    lookups unless a `single` record is shown.
    """
    system = system_keys(ctx, module)
    rows = {f.api_name: f for f in module.virtual} if single else {}
    if rows:
        system["$has_more"] = constant("$has_more", dict.fromkeys(rows, False))
    if single and module.api_name in LINE_ITEMS:
        system[LINE_TAX] = Shown(LINE_TAX, (f"t.{quoted(LINE_TAX)}",), show_json_array)
    if names is None:
        stored = [shown(ctx, module, field) for field in module.fields.values() if field.stored]
        return [*stored, *(rows_shown(ctx, field) for field in rows.values()), *system.values()]
    found: dict[str, Shown] = {}
    for name in (*names, "id"):
        field = module.fields.get(name)
        if name in rows:
            found[name] = rows_shown(ctx, rows[name])
        elif field is not None and field.stored:
            found[name] = shown(ctx, module, field)
        elif name in system:
            found[name] = system[name]
    return list(found.values())
