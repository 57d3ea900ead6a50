"""A record in the form a write takes it, so that cloning and merging obey the rules of every other write."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

from zcrm_tools.emulator.caller import Caller
from zcrm_tools.emulator.render import context, fields_shown, read
from zcrm_tools.emulator.replies import Json
from zcrm_tools.emulator.schema import FieldDef, ModuleDef
from zcrm_tools.emulator.store import Store, quoted
from zcrm_tools.emulator.subforms import rows_of
from zcrm_tools.emulator.uploads import TYPES

_NEWEST: Final = (8, 0)
_LEFT: Final = frozenset({"id", "Created_By", "Modified_By", "Created_Time", "Modified_Time", "Layout"})
_FILES: Final = frozenset({*TYPES, "profileimage"})


def writable(field: FieldDef) -> bool:
    """Whether a field's value may be given to another record: not what the system fills, and not files."""
    return not (field.read_only or field.api_name in _LEFT or field.data_type in _FILES)


def values(store: Store, module: ModuleDef, record_id: int) -> Json | None:
    """What a write would have to say to make the record again; None when it is not there."""
    ctx = context(store, Caller(0, frozenset(), _NEWEST, ZoneInfo("UTC")))
    tail = f"FROM {quoted(module.api_name)} t WHERE t.id = ?"
    rows = read(store, fields_shown(ctx, module, None, single=True), tail, (record_id,))
    if not rows:
        return None
    found = {
        name: _new_rows(store, field, rows[0][name]) if field.api_name in _virtual(module) else rows[0][name]
        for name, field in module.fields.items()
        if writable(field) and rows[0].get(name) is not None
    }
    for key in ("$se_module", "$line_tax"):
        if rows[0].get(key):
            found[key] = rows[0][key]
    return found


def _virtual(module: ModuleDef) -> frozenset[str]:
    return frozenset(field.api_name for field in module.virtual)


def _new_rows(store: Store, field: FieldDef, rows: list[Json]) -> list[dict[str, Any]]:
    """The rows behind a field, as new ones: without their ids and what the system fills."""
    child, lookup, _ = rows_of(store, field)
    kept = {name for name, f in child.fields.items() if writable(f) and name != lookup}
    return [
        {name: value for name, value in row.items() if name in kept and value is not None} for row in rows
    ]
