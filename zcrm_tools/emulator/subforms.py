"""Values that are rows of another module: subforms, line items, multi-select lookups and multi-user lookups.

An update adds to the rows that are there: a row with an `id` is changed, one with `"_delete": null` goes, an empty
array takes all of them. v2 replaced: rows that an update did not mention went.
https://www.zoho.com/crm/developer/docs/api/v8/update-subforms.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from zcrm_tools.emulator import refusals
from zcrm_tools.emulator.call import V2_1, as_id
from zcrm_tools.emulator.replies import Refusal
from zcrm_tools.emulator.schema import LINE_ITEMS, FieldDef, ModuleDef
from zcrm_tools.emulator.store import Store, quoted

if TYPE_CHECKING:
    from zcrm_tools.emulator.rules import Writer

Raw = dict[str, Any]
Read = Callable[["Writer", ModuleDef, Mapping[str, Any], str, "Raw | None"], tuple[Raw, list[Refusal]]]
"""Turns the JSON of one row into raw columns and what is wrong with it."""

MAX_ROWS: Final = 100
MAX_LINE_ITEMS: Final = 200
ALIASES: Final = {"Purchase_Items": "Purchased_Items"}
"""The documentation's name for the line items of a purchase order; the API's own lists say otherwise."""


@dataclass(slots=True)
class Planned:
    """What a write does to the rows behind one field. `lookup` is the column that points at the record."""

    module: ModuleDef
    lookup: str
    inserts: list[Raw] = field(default_factory=list)
    updates: list[tuple[int, Raw]] = field(default_factory=list)
    deletes: list[int] = field(default_factory=list)


def rows_of(store: Store, field_def: FieldDef) -> tuple[ModuleDef, str, str]:
    """Where a field's rows are: their module, the lookup to the record, the lookup to the other side (links only)."""
    if field_def.kind == "subform":
        return store.modules[field_def.spec["subform"]["module"]], "Parent_Id", ""
    link = field_def.spec[field_def.data_type]
    module = store.modules[link["linking_module"]["api_name"]]
    return module, link["lookup_apiname"], link["connectedlookup_apiname"]


def linked_twice(store: Store, module: ModuleDef, changes: Mapping[str, Any], path: str) -> list[Refusal]:
    """The fault of a row made in a linking module by itself, when its two sides are linked already."""
    if module.generated_type != "linking":
        return []
    sides = [f.api_name for f in module.fields.values() if f.custom and f.mandatory]
    where = " AND ".join(f"{quoted(name)} = ?" for name in sides)
    values = tuple(changes.get(name) for name in sides)
    found = store.fetch(f"SELECT id FROM {quoted(module.api_name)} WHERE {where}", values)  # noqa: S608
    if not found:
        return []
    details = {"linking_fields": sides, "id": str(found[0][0]), "json_path": path}
    return [Refusal("DUPLICATE_LINKING_DATA", "duplicate linking data", details)]


def refuse_direct(module: ModuleDef) -> None:
    """Subform rows are written through their record."""
    if module.generated_type == "subform":
        raise Refusal("NOT_SUPPORTED", "The given module is not supported in API", {"resource_path_index": 0})


def planned(
    writer: Writer, module: ModuleDef, row: Mapping[str, Any], path: str, record_id: int | None, read: Read
) -> tuple[list[Planned], list[Refusal]]:
    """What the row asks for, and what is wrong with it. `record_id` None: the record is being created."""
    plans: list[Planned] = []
    faults: list[Refusal] = []
    for field_def in module.virtual:
        name = field_def.api_name
        key = name if name in row else ALIASES.get(name, name)
        if key in row:
            plan = _plan(writer, field_def, row[key], f"{path}.{key}", record_id, read, faults)
            plans.append(plan)
        elif field_def.mandatory and record_id is None:
            faults.append(refusals.missing_key(f"{path}.{name}"))
    return plans, faults


def _plan(
    writer: Writer,
    field_def: FieldDef,
    value: Any,
    path: str,
    record_id: int | None,
    read: Read,
    faults: list[Refusal],
) -> Planned:
    child, lookup, other = rows_of(writer.store, field_def)
    plan = Planned(child, lookup)
    known = {} if record_id is None else _existing(writer.store, plan, record_id)
    if value is None or value == []:
        plan.deletes = list(known)
    elif not isinstance(value, list):
        faults.append(refusals.wrong_type(path, "jsonarray"))
        return plan
    else:
        for at, item in enumerate(value):
            try:
                _row(writer, plan, item, f"{path}[{at}]", known, read)
            except Refusal as refusal:
                faults.append(refusal)
        if writer.version < V2_1 and field_def.kind == "subform":
            mentioned = {row_id for row_id, _ in plan.updates}
            plan.deletes = [row_id for row_id in known if row_id not in mentioned]
    left = len(known) - len(plan.deletes) + len(plan.inserts)
    most = MAX_LINE_ITEMS if child.api_name in LINE_ITEMS.values() else MAX_ROWS
    if left > most:
        faults.append(refusals.over_limit(path, most))
    if field_def.mandatory and not left and not faults:
        faults.append(refusals.missing_key(path))
    if other:
        faults += _twice(plan, known, other, path)
    return plan


def _existing(store: Store, plan: Planned, record_id: int) -> dict[int, Raw]:
    name = plan.module.api_name
    sql = f"SELECT id FROM {quoted(name)} WHERE {quoted(plan.lookup)} = ? ORDER BY id"  # noqa: S608 - schema names
    return {row_id: store.get(name, row_id) or {} for (row_id,) in store.fetch(sql, (record_id,))}


def _row(writer: Writer, plan: Planned, item: Any, path: str, known: Mapping[int, Raw], read: Read) -> None:
    """One entry of the array: a new row, a change, or a deletion."""
    if not isinstance(item, dict):
        raise refusals.wrong_type(path, "jsonobject")
    row_id = None
    if item.get("id") is not None:
        row_id = as_id(item["id"])
        if row_id not in known:
            raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
    if "_delete" in item:
        if row_id is None:
            raise refusals.missing_key(f"{path}.id")
        plan.deletes.append(row_id)
        return
    changes, faults = read(writer, plan.module, item, path, None if row_id is None else known[row_id])
    changes.pop("Layout", None)
    changes.pop(plan.lookup, None)
    for f in plan.module.fields.values():
        absent = row_id is None or f.api_name in changes
        named = any(fault.details.get("api_name") == f.api_name for fault in faults)
        if (
            f.mandatory
            and f.api_name != plan.lookup
            and absent
            and changes.get(f.api_name) is None
            and not named
        ):
            faults.append(refusals.missing_key(f"{path}.{f.api_name}"))
    if faults:
        raise refusals.several(faults)
    if row_id is None:
        plan.inserts.append(changes)
    else:
        plan.updates.append((row_id, changes))


def _twice(plan: Planned, known: Mapping[int, Raw], other: str, path: str) -> list[Refusal]:
    """A record is linked to another at most once."""
    gone = set(plan.deletes)
    taken = {row[other]: row_id for row_id, row in known.items() if row_id not in gone}
    found = []
    for row in plan.inserts:
        if row.get(other) is None:
            found.append(refusals.missing_key(f"{path}[0].{other}"))
        elif row[other] in taken:
            details = {
                "linking_fields": [plan.lookup, other],
                "id": str(taken[row[other]]),
                "json_path": path,
            }
            found.append(Refusal("DUPLICATE_LINKING_DATA", "duplicate linking data", details))
        else:
            taken[row[other]] = 0
    return found


def carry_out(writer: Writer, plans: list[Planned], record_id: int, now: int) -> None:
    """Write what was planned for a record that is there."""
    for plan in plans:
        name = plan.module.api_name
        for row_id in plan.deletes:
            writer.store.execute(f"DELETE FROM {quoted(name)} WHERE id = ?", (row_id,))  # noqa: S608 - schema name
        for row_id, changes in plan.updates:
            if changes:
                writer.store.update(name, row_id, {**changes, **_stamps(writer, plan.module, now, new=False)})
        for changes in plan.inserts:
            stamps = _stamps(writer, plan.module, now, new=True)
            row = {**changes, **stamps, "id": writer.store.next_id(), plan.lookup: record_id}
            writer.store.insert(name, row)


def _stamps(writer: Writer, module: ModuleDef, now: int, *, new: bool) -> Raw:
    made: Raw = {"Created_Time": now, "Created_By": writer.user_id, "Owner": writer.user_id} if new else {}
    made |= {"Modified_Time": now, "Modified_By": writer.user_id}
    return {name: value for name, value in made.items() if name in module.fields}
