"""Custom modules and fields as text in the database, so that an org keeps its shape and processes share it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace

from zcrm_tools.emulator.schema import Choice, FieldDef, ModuleDef

TABLE = (
    "CREATE TABLE IF NOT EXISTS _schema (place INTEGER PRIMARY KEY, module TEXT NOT NULL, field TEXT NOT NULL,"
    " body TEXT NOT NULL, UNIQUE (module, field))"
)
"""One row per custom module (`field` empty) and per field that is custom or was changed."""


def module_text(module: ModuleDef) -> str:
    return json.dumps({**asdict(module), "fields": {}}, ensure_ascii=False)


def field_text(field: FieldDef) -> str:
    return json.dumps(asdict(field), ensure_ascii=False)


def _field(text: str) -> FieldDef:
    raw = json.loads(text)
    picklist = tuple(Choice(**choice) for choice in raw.pop("picklist"))
    return FieldDef(**{**raw, "targets": tuple(raw["targets"])}, picklist=picklist)


def assembled(
    standard: Mapping[str, ModuleDef], rows: Iterable[tuple[str, str, str]]
) -> dict[str, ModuleDef]:
    """The org's modules: the standard ones with what the rows (module, field, body) add and change."""
    found = dict(standard)
    for module, name, body in rows:
        if not name:
            raw = json.loads(body)
            known = found.get(module)
            found[module] = ModuleDef(**{**raw, "fields": known.fields if known else {}})
        elif module in found:
            fields = {**found[module].fields, name: _field(body)}
            found[module] = replace(found[module], fields=fields)
    return found
