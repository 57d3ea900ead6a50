"""Fields that lead to other modules: lookups, subforms with their module, multi-select lookups with their linking module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from zcrm_tools.emulator import refusals
from zcrm_tools.emulator.replies import Json, Refusal
from zcrm_tools.emulator.schema import USERS, FieldDef, ModuleDef, json_type_of, kind_of
from zcrm_tools.emulator.store import Store

MAX_SUBFORMS: Final = 2


def system_field(name: str, label: str, data_type: str, length: int, key: int, **more: Any) -> FieldDef:
    return FieldDef(
        name,
        label,
        data_type,
        length,
        id=key,
        json_type=more.pop("json_type", json_type_of(data_type)),
        kind=more.pop("kind", kind_of(data_type)),
        lookup_module=more.pop("lookup_module", USERS if data_type == "ownerlookup" else ""),
        **more,
    )


def stamps(first: int, *, people: bool = True) -> list[FieldDef]:
    """The fields every module has: the id, times, and who."""
    found = [
        system_field("id", "Record Id", "bigint", 18, first, read_only=True),
        system_field("Created_Time", "Created Time", "datetime", 120, first + 1, read_only=True),
        system_field("Modified_Time", "Modified Time", "datetime", 120, first + 2, read_only=True),
    ]
    if people:
        found += [
            system_field("Owner", "Owner", "ownerlookup", 120, first + 3),
            system_field("Created_By", "Created By", "ownerlookup", 120, first + 4, read_only=True),
            system_field("Modified_By", "Modified By", "ownerlookup", 120, first + 5, read_only=True),
        ]
    return found


def target_of(store: Store, wanted: Any, path: str) -> ModuleDef:
    """The module that an object such as `{"api_name": "Contacts"}` names."""
    if not isinstance(wanted, dict) or wanted.get("api_name") is None:
        raise refusals.needs(path, f"{path}.api_name")
    found = store.modules.get(str(wanted["api_name"]))
    if found is None or found.generated_type not in ("default", "custom"):
        raise refusals.bad_value(f"{path}.api_name")
    if wanted.get("id") is not None and str(wanted["id"]) != str(found.id):
        raise refusals.ambiguous("module")
    return found


def with_lookup(store: Store, module: ModuleDef, field: FieldDef, wanted: Json, path: str) -> FieldDef:
    """A lookup, and the related list by which the other side shows it."""
    target = target_of(store, wanted.get("module"), f"{path}.lookup.module")
    label = str(wanted.get("display_label") or module.plural)
    related = "_".join(label.split())
    taken = {f.related_list for m in store.modules.values() for f in m.fields.values()}
    number = 0
    while related in taken or related in store.modules:
        number += 1
        related = f"{'_'.join(label.split())}{number}"
    spec = {**field.spec, "lookup": {"id": str(field.id + 1), "display_label": label}}
    return replace(field, lookup_module=target.api_name, related_list=related, spec=spec)


def free_name(store: Store, wanted: str) -> str:
    """A module API name that no module has."""
    taken = {name.lower() for name in store.modules}
    name, number = wanted, 0
    while name.lower() in taken:
        number += 1
        name = f"{wanted}{number}"
    return name


def with_subform(store: Store, module: ModuleDef, field: FieldDef, path: str) -> FieldDef:
    """A subform, with a module for its rows that gets its fields by further calls."""
    if module.generated_type not in ("default", "custom"):
        raise refusals.bad_value(f"{path}.data_type")
    if sum(f.custom and f.data_type == "subform" for f in module.fields.values()) >= MAX_SUBFORMS:
        due_to = [refusals.bad_value(f"{path}.data_type").details]
        message = "The field has reached its maximum creation limit"
        raise Refusal("LIMIT_EXCEEDED", message, {"limit": MAX_SUBFORMS, "limit_due_to": due_to})
    name = free_name(store, field.api_name)
    first = store.next_ids(20)
    parent = system_field(
        "Parent_Id", "Parent ID", "lookup", 120, first + 10, read_only=True, lookup_module=module.api_name
    )
    layout = system_field("Layout", "Layout", "layout", 50, first + 11)
    fields = [*stamps(first + 4, people=False), parent, layout]
    store.add_module(
        ModuleDef(
            name,
            name.replace("_", ""),
            field.label,
            field.label,
            first,
            "id",
            {f.api_name: f for f in fields},
            generated_type="subform",
            sequence=len(store.modules),
            parent=module.api_name,
            layout=first + 1,
        )
    )
    return replace(field, spec={**field.spec, "subform": {"module": name, "id": str(first)}})


def with_links(
    store: Store, module: ModuleDef, field: FieldDef, wanted: Mapping[str, Any], path: str
) -> FieldDef:
    """A multi-select lookup or multi-user lookup, with the linking module that holds one row per pair."""
    users = field.data_type == "multiuserlookup"
    at = f"{path}.{field.data_type}.connected_module"
    target = store.modules[USERS] if users else target_of(store, wanted.get("connected_module"), at)
    named = (wanted.get("linking_module") or {}).get("api_name")
    name = free_name(store, str(named or f"{module.api_name}X{target.api_name}"))
    own = module.api_name
    other = field.api_name if users or target.api_name == own else target.api_name
    first = store.next_ids(20)
    common = {"custom": True, "mandatory": True}
    sides = [
        system_field(own, module.singular, "lookup", 120, first + 12, lookup_module=own, **common),
        system_field(
            other,
            field.label,
            "userlookup" if users else "lookup",
            120,
            first + 13,
            lookup_module=target.api_name,
            **common,
        ),
    ]
    store.add_module(
        ModuleDef(
            name,
            name,
            name,
            name,
            first,
            "id",
            {f.api_name: f for f in (*stamps(first + 4), *sides)},
            generated_type="linking",
            sequence=len(store.modules),
            layout=first + 1,
        )
    )
    link = {
        "display_label": wanted.get("display_label") or field.label,
        "linking_module": {"api_name": name, "id": str(first)},
        "lookup_apiname": own,
        "connected_module": {"api_name": target.api_name, "id": str(target.id)},
        "api_name": f"{field.api_name}_of_{own}",
        "connectedfield_apiname": own,
        "connectedlookup_apiname": other,
        "id": str(field.id + 1),
        "record_access": True,
    }
    return replace(field, lookup_module="", spec={**field.spec, field.data_type: link})


def remove_rows_module(store: Store, field: FieldDef) -> None:
    """The module behind a subform or a multi-select lookup goes with the field."""
    if field.kind == "subform":
        store.drop_module(field.spec["subform"]["module"])
    elif field.kind == "links":
        store.drop_module(field.spec[field.data_type]["linking_module"]["api_name"])
