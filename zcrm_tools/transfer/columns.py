"""What a field of Zoho is in a file: its columns, and the value of each. Ids stay text: they exceed 53 bits.

A lookup has two columns, its id under the field's name and `Field.name`; a multi-module one also `Field.module`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from zcrm_tools.models.metadata import FieldInfo

Kind = Literal[
    "text",
    "choice",
    "choices",
    "integer",
    "number",
    "boolean",
    "date",
    "datetime",
    "id",
    "name",
    "module",
    "json",
]
_KINDS: dict[str, Kind] = {
    "picklist": "choice",
    "multiselectpicklist": "choices",
    "integer": "integer",
    "bigint": "integer",
    "long": "integer",
    "double": "number",
    "decimal": "number",
    "currency": "number",
    "percent": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
}
_LOOKUPS = frozenset({"lookup", "ownerlookup", "userlookup", "multi_module_lookup"})
NOT_IN_QUERIES = frozenset(
    "subform multiselectlookup multiuserlookup fileupload imageupload profileimage participants multireminder RRULE ALARM consent_lookup territories layout event_reminder".split()
)
"""Types that COQL does not return."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `field` is the key in Zoho's rows that it is taken from. `quoted`: Zoho writes the number as text."""

    name: str
    field: str
    kind: Kind
    quoted: bool = False


def columns(fields: Iterable[FieldInfo]) -> tuple[Column, ...]:
    """The columns of these fields after `id`, in order."""
    found = [Column("id", "id", "text")]
    for info in fields:
        name = info.api_name
        if name == "id":
            continue
        if info.data_type in _LOOKUPS:
            found += [Column(name, name, "id"), Column(f"{name}.name", name, "name")]
            if info.data_type == "multi_module_lookup":
                found.append(Column(f"{name}.module", name, "module"))
        else:
            kind = kind_of(info)
            quoted = kind in ("integer", "number") and info.json_type == "string"
            found.append(Column(name, name, kind, quoted))
    return tuple(found)


def kind_of(info: FieldInfo) -> Kind:
    """A formula is what it returns; what is unknown and no plain text is kept as JSON."""
    data_type = info.return_type or info.data_type
    known = _KINDS.get(data_type)
    if known is not None:
        return known
    return "json" if info.json_type in ("jsonobject", "jsonarray") else "text"


def exportable(info: FieldInfo) -> bool:
    """Whether COQL returns it."""
    return info.data_type in _LOOKUPS or (info.data_type not in NOT_IN_QUERIES and kind_of(info) != "json")


def value(column: Column, row: Mapping[str, Any]) -> Any:
    """One cell as JSON has it."""
    return _CELL.get(column.kind, _plain)(row.get(column.field))


def plain_rows(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    """Rows for CSV: text, numbers, and empty for nothing."""
    parts = [(c.field, _CELL.get(c.kind)) for c in columns]
    return [
        [
            found if (found := part(row.get(field)) if part else row.get(field)).__class__ in _AS_IT_IS else _cell(found)
            for field, part in parts
        ]
        for row in rows
    ]  # fmt: skip


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ";".join(map(str, value)) if all(isinstance(v, str) for v in value) else _json(value)
    return _json(value) if isinstance(value, dict) else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _plain(found: Any) -> Any:
    return found


def _part(key: str) -> Callable[[Any], Any]:
    return lambda found: found.get(key) if isinstance(found, dict) else None


def _id(found: Any) -> Any:
    return found.get("id") if isinstance(found, dict) else found


def _module(found: Any) -> Any:
    module = found.get("module") if isinstance(found, dict) else None
    return module.get("api_name") if isinstance(module, dict) else module


_AS_IT_IS = frozenset({str, int, float, type(None)})
_CELL: dict[str, Callable[[Any], Any]] = {"id": _id, "name": _part("name"), "module": _module}
