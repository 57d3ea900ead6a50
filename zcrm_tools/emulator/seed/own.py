"""Records of one's own: rows of JSON or CSV, with API names for keys, put into the org without Zoho's rules.

A row may carry an `id` of its own making, such as `acme`; lookups of the same load name it by that, or name a stored
record by its number or by the name it is shown under.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from zcrm_tools.emulator.store import Store, quoted

if TYPE_CHECKING:
    from zcrm_tools.emulator.schema import FieldDef, ModuleDef

Records = Mapping[str, Sequence[Mapping[str, Any]]]
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0", "")


class BadSeed(ValueError):
    """A row that cannot be; the text says which and why."""


def from_csv(text: str) -> list[dict[str, Any]]:
    """Rows by the names in the first line; empty cells are left out."""
    rows = csv.DictReader(io.StringIO(text))
    return [{name: value for name, value in row.items() if name and value not in ("", None)} for row in rows]


def load(store: Store, records: Records) -> dict[str, list[str]]:
    """Add the rows, all or none; their ids by module. Raises BadSeed."""
    given: dict[tuple[str, str], int] = {}
    ids: dict[str, list[str]] = {}
    for module, rows in records.items():
        found = store.modules.get(module)
        if found is None or found.generated_type == "system":
            raise BadSeed(f"There is no module {module!r}.")
        ids[module] = []
        for row in rows:
            if not isinstance(row, Mapping):
                raise BadSeed(f"A row of {module} is no object.")
            number = _number(row.get("id")) or store.next_id()
            ids[module].append(str(number))
            if row.get("id") is not None:
                given[module, str(row["id"])] = number
    owner = store.fetch('SELECT id FROM "Users" ORDER BY id LIMIT 1')[0][0]
    with store.transaction():
        for module, rows in records.items():
            reader = _Reader(store, store.modules[module], given)
            native = [
                reader.row(row, int(number), f"{module}[{at}]", owner)
                for at, (row, number) in enumerate(zip(rows, ids[module], strict=True))
            ]
            taken = [row["id"] for row in native if store.exists(module, row["id"])]
            if taken or len({row["id"] for row in native}) < len(native):
                raise BadSeed(f"{module} has two records of one id: {taken or 'in these rows'}.")
            store.load(module, native)
    return ids


def _number(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isdecimal() and 15 <= len(text) <= 18 else None


class _Reader:
    def __init__(self, store: Store, module: ModuleDef, given: Mapping[tuple[str, str], int]) -> None:
        self._store = store
        self._module = module
        self._given = given

    def row(self, row: Mapping[str, Any], number: int, where: str, owner: int) -> dict[str, Any]:
        """Native values of one row, with what every record has."""
        native: dict[str, Any] = {
            name: owner for name in ("Owner", "Created_By", "Modified_By") if name in self._module.fields
        }
        for name, value in row.items():
            field = self._module.fields.get(name)
            if field is None or not field.stored:
                raise BadSeed(f"{where}: {self._module.api_name} stores no field {name!r}.")
            if name != "id" and value is not None:
                try:
                    native[name] = self._value(field, value)
                except (TypeError, ValueError) as problem:
                    raise BadSeed(f"{where}.{name}: {problem}") from problem
        if "Full_Name" in self._module.fields and "Full_Name" not in native:
            parts = (native.get("First_Name"), native.get("Last_Name"))
            native["Full_Name"] = " ".join(part for part in parts if part) or None
        return {**native, "id": number}

    def _value(self, field: FieldDef, value: Any) -> Any:
        match field.kind:
            case "integer":
                return int(value)
            case "number":
                return float(value)
            case "boolean":
                return _boolean(value)
            case "date":
                return date.fromisoformat(value).isoformat()
            case "datetime":
                moment = datetime.fromisoformat(value)
                return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            case "choices":
                return value.split(";") if isinstance(value, str) else [str(one) for one in value]
            case "json":
                return json.loads(value) if isinstance(value, str) else value
            case "lookup":
                return self._target(field.lookup_module, value)
            case "user":
                return self._user(value)
            case "any_lookup":
                return self._any(field, value)
            case _:
                if not isinstance(value, str):
                    raise TypeError(f"a text is stored here, not {value!r}")
                return value

    def _target(self, module: str, value: Any) -> int:
        key = str(value.get("id") or value.get("name") if isinstance(value, Mapping) else value)
        if (module, key) in self._given:
            return self._given[module, key]
        target = self._store.modules.get(module)
        number = _number(key)
        if target is None or (number and self._store.exists(module, number)):
            return number or 0
        sql = f"SELECT id FROM {quoted(module)} WHERE {quoted(target.display_field)} = ? LIMIT 2"  # noqa: S608
        rows = self._store.fetch(sql, (key,))
        if len(rows) != 1:
            raise ValueError(f"{'several' if rows else 'no'} {module} {'are' if rows else 'is'} {key!r}")
        return int(rows[0][0])

    def _user(self, value: Any) -> int:
        key = str(value.get("id") or value.get("email") if isinstance(value, Mapping) else value)
        sql = 'SELECT id FROM "Users" WHERE id = ? OR email = ? OR full_name = ? LIMIT 1'
        rows = self._store.fetch(sql, (_number(key), key, key))
        if not rows:
            raise ValueError(f"there is no user {key!r}")
        return int(rows[0][0])

    def _any(self, field: FieldDef, value: Any) -> tuple[str, int]:
        """`{"module": …, "id": …}`, or what one of the rows of this load is called."""
        if isinstance(value, Mapping):
            module = value.get("module")
            name = str(module.get("api_name") if isinstance(module, Mapping) else module)
            return name, self._target(name, value)
        found = [(module, number) for (module, key), number in self._given.items() if key == str(value)]
        if len(found) != 1:
            raise ValueError(f"{field.api_name} needs a module and an id")
        return found[0]


def _boolean(value: Any) -> bool:
    text = str(value).lower()
    if text not in (*_TRUE, *_FALSE):
        raise ValueError(f"true or false, not {value!r}")
    return text in _TRUE
