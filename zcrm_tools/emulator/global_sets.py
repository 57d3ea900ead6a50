"""Global sets at work: the picklist fields that take their values from one, and what changing the set does to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.call import as_id
from zcrm_tools.emulator.schema import Choice, FieldDef, ModuleDef
from zcrm_tools.emulator.store import quoted

if TYPE_CHECKING:
    from zcrm_tools.emulator.replies import Json
    from zcrm_tools.emulator.store import Store

KIND: Final = "global_picklist"
NONE: Final = "-None-"


def values_of(one: Json) -> list[Json]:
    """The values of a set in the order people see them."""
    values: list[Json] = one["values"]
    if one["sorted"]:
        values = sorted(values, key=lambda value: value["display_value"].replace(NONE, ""))
    return values


def bind(store: Store, field: FieldDef, wanted: object, path: str) -> FieldDef:
    """A new picklist field with the values of the set that `{"id"}` or `{"api_name"}` names."""
    if not isinstance(wanted, dict):
        raise refusals.wrong_type(path, "jsonobject")
    key, name = as_id(wanted.get("id")), wanted.get("api_name")
    for one in documents.every(store, KIND):
        if one["id"] == str(key) or (key is None and one["api_name"] == name):
            return _with_values(field, one)
    raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)


def _with_values(field: FieldDef, one: Json) -> FieldDef:
    choices = [
        Choice(value["display_value"], value["actual_value"], id=int(value["id"]), sequence=number)
        for number, value in enumerate(values_of(one), start=1)
        if value["type"] == "used"
    ]
    named = {"id": one["id"], "api_name": one["api_name"]}
    return replace(field, picklist=tuple(choices), spec={**field.spec, "global_picklist": named})


def bound(store: Store, key: str) -> Iterator[tuple[ModuleDef, FieldDef]]:
    """The fields that take their values from a set."""
    for module in store.modules.values():
        for field in module.fields.values():
            if field.spec.get("global_picklist", {}).get("id") == key:
                yield module, field


def spread(store: Store, one: Json) -> None:
    """Give a set's values, as they are now, to every field that is bound to it."""
    for module, field in list(bound(store, one["id"])):
        store.change_field(module.api_name, _with_values(field, one))


def let_go(store: Store, key: str) -> None:
    """The fields of a set that goes keep their values as their own."""
    for module, field in list(bound(store, key)):
        spec = {name: value for name, value in field.spec.items() if name != "global_picklist"}
        store.change_field(module.api_name, replace(field, spec=spec))


def swap(store: Store, key: str, old: str, new: str) -> None:
    """Where records hold one actual value of a set, let them hold another."""
    for module, field in bound(store, key):
        table, column = quoted(module.api_name), quoted(field.api_name)
        if field.kind == "text":
            store.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (new, old))  # noqa: S608
            continue
        rows = store.fetch(f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608
        for record, text in rows:
            chosen = [new if value == old else value for value in text.split(";")]
            if old in text.split(";"):
                store.update(module.api_name, record, {field.api_name: ";".join(dict.fromkeys(chosen))})
