"""What a write does beyond storing values: names, stages, times, duplicates, parents. One row at a time.

`apply` is the only door: it refuses with everything that is wrong with the row, and otherwise changes the store.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zcrm_tools.emulator import (
    duplicate_check,
    events,
    history,
    inventory,
    locks,
    numbering,
    pipelines,
    refusals,
    stock,
    subforms,
    tags,
    transitions,
    uploads,
)
from zcrm_tools.emulator.call import as_id
from zcrm_tools.emulator.replies import Json, Refusal
from zcrm_tools.emulator.schema import LINE_ITEMS, ModuleDef, stage
from zcrm_tools.emulator.store import Store, epoch, module_column, quoted
from zcrm_tools.emulator.values import check, reference

Raw = dict[str, Any]

_NOT_BY_WHAT_ID = {"Events": ("Leads",)}
"""Queries follow an event to its lead; writes reach leads through Participants."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, and in which version's manner."""

    store: Store
    user_id: int
    version: tuple[int, int]
    source: str = "crm_api"
    """What the timeline names as the origin: crm_api, bulkapi, mass_update, convert, blueprint, …"""
    workflow: bool = True
    """Whether workflow rules may fire."""


def create(writer: Writer, module: ModuleDef, row: Mapping[str, Any], path: str) -> int:
    """Create one record from its JSON; its id."""
    subforms.refuse_direct(module)
    changes, faults = _read(writer, module, row, path)
    plans, wrong = subforms.planned(writer, module, row, path, None, _read)
    faults += wrong
    for field in module.fields.values():
        needed = field.stored and (field.mandatory or (field.required and "Layout" in row))
        if needed and changes.get(field.api_name) is None and not _blamed(faults, field.api_name):
            faults.append(refusals.missing_key(f"{path}.{field.api_name}"))
    if module.api_name == "Deals" and changes.get("Pipeline") is None:
        changes["Pipeline"] = pipelines.default_name(writer.store)
    faults += _across(writer.store, module, changes, changes, path)
    faults += _duplicates(writer.store, module, changes, None, path)
    faults += subforms.linked_twice(writer.store, module, changes, path)
    if faults:
        raise refusals.several(faults)
    now = epoch(writer.store.clock.now())
    record_id = writer.store.next_id()
    stamps: Raw = {"Created_By": writer.user_id, "Created_Time": now}
    changes = {"Owner": writer.user_id, **_but_none(changes, "Owner"), **stamps, "id": record_id}
    _derive(writer.store, module, changes, changes, now)
    _stamp(writer, changes, now)
    writer.store.insert(module.api_name, changes)
    _settle(writer, module, record_id, row, path, plans, now, stock.Held())
    history.added(writer, module, changes)
    events.written(writer, module, "insert", record_id, None)
    if module.api_name == "Notes":
        _touch_parent(writer, changes, now)
    return record_id


def update(
    writer: Writer,
    module: ModuleDef,
    record_id: int,
    row: Mapping[str, Any],
    path: str,
    *,
    unmodified_since: int | None = None,
) -> None:
    """Change one record. Keys that are absent stay; null clears."""
    before = writer.store.get(module.api_name, record_id)
    if before is None:
        raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
    locks.refuse_locked(writer.store, record_id, path)
    if unmodified_since is not None and before["Modified_Time"] > unmodified_since:
        message = "record updated time has already passed if-unmodified-since time"
        raise Refusal("ALREADY_MODIFIED", message, {"api_name": "id", "json_path": f"{path}.id"})
    subforms.refuse_direct(module)
    changes, faults = _read(writer, module, row, path, before)
    plans, wrong = subforms.planned(writer, module, row, path, record_id, _read)
    faults += wrong
    for field in module.fields.values():
        cleared = field.api_name in changes and changes[field.api_name] is None
        if field.mandatory and cleared:
            faults.append(refusals.missing_key(f"{path}.{field.api_name}"))
    after = {**before, **changes}
    faults += _across(writer.store, module, changes, after, path)
    faults += _duplicates(writer.store, module, changes, record_id, path)
    if faults:
        raise refusals.several(faults)
    if writer.source != "blueprint":
        transitions.guard(writer.store, module.api_name, before, changes, path)
    now = epoch(writer.store.clock.now())
    _derive(writer.store, module, changes, after, now)
    _stamp(writer, changes, now)
    held = stock.held(writer.store, module.api_name, record_id)
    writer.store.update(module.api_name, record_id, changes)
    _settle(writer, module, record_id, row, path, plans, now, held)
    history.updated(writer, module, before, changes)
    events.written(writer, module, "update", record_id, before)


def _settle(
    writer: Writer,
    module: ModuleDef,
    record_id: int,
    row: Mapping[str, Any],
    path: str,
    plans: list[subforms.Planned],
    now: int,
    held: stock.Held,
) -> None:
    """Write the rows behind a record's fields, what they come to, and what they do to the stock that was `held` before."""
    subforms.carry_out(writer, plans, record_id, now)
    if module.api_name in LINE_ITEMS:
        inventory.settle(writer.store, module, record_id, row, path)
        stock.move(writer.store, held, stock.held(writer.store, module.api_name, record_id))


def _touch_parent(writer: Writer, note: Raw, now: int) -> None:
    """A note counts as activity on its record and moves the record's Modified_Time."""
    parent = writer.store.modules[note[module_column("Parent_Id")]]
    changes: Raw = {"Modified_Time": now, "Modified_By": writer.user_id}
    if "Last_Activity_Time" in parent.fields:
        changes["Last_Activity_Time"] = now
    writer.store.update(parent.api_name, note["Parent_Id"], changes)


def remove(writer: Writer, module: ModuleDef, record_id: int) -> bool:
    """Delete one record and the notes on it; whether it was there. Refuses a locked one."""
    before = writer.store.get(module.api_name, record_id)
    if before is None:
        return False
    locks.refuse_locked(writer.store, record_id)
    history.removed(writer, module, before)
    events.written(writer, module, "delete", record_id, before)
    parent, kind = quoted("Parent_Id"), quoted(module_column("Parent_Id"))
    sql = f"SELECT id FROM {quoted('Notes')} WHERE {parent} = ? AND {kind} = ?"  # noqa: S608 - schema names
    for (note,) in writer.store.fetch(sql, (record_id, module.api_name)):
        writer.store.delete("Notes", note, by=writer.user_id)
    return writer.store.delete(module.api_name, record_id, by=writer.user_id)


def _but_none(changes: Raw, name: str) -> Raw:
    """Without a key whose value is None: an owner cannot be cleared."""
    return {key: value for key, value in changes.items() if key != name or value is not None}


def _blamed(faults: Sequence[Refusal], name: str) -> bool:
    return any(fault.details.get("api_name") == name for fault in faults)


def _stamp(writer: Writer, changes: Raw, now: int) -> None:
    changes["Modified_Time"] = now
    changes["Modified_By"] = writer.user_id
    changes.pop("Layout", None)


def _read(
    writer: Writer, module: ModuleDef, row: Mapping[str, Any], path: str, before: Raw | None = None
) -> tuple[Raw, list[Refusal]]:
    """The raw values of the keys that are writable fields, and what is wrong with the rest."""
    changes: Raw = {}
    faults: list[Refusal] = []
    for name, value in row.items():
        field = module.fields.get(name)
        if field is None:
            if writer.store.refuse_unknown_fields and not name.startswith("$"):
                message = "the field api name given seems to be invalid"
                faults.append(refusals.bad_value(f"{path}.{name}", message))
            continue
        if field.read_only or not field.stored:
            continue  # Zoho takes system fields back without a word; rows elsewhere are planned by `subforms`
        try:
            if field.kind == "any_lookup":
                changes |= _parent(writer, module, name, row, path)
            elif field.data_type in uploads.TYPES:
                changes[name] = uploads.merged(writer.store, field, value, before, f"{path}.{name}")
            else:
                changes[name] = check(writer.store, module, field, value, f"{path}.{name}")
        except Refusal as refusal:
            faults.append(refusal)
    if changes.get("Owner", 0) is None:
        del changes["Owner"]
    if before is not None:
        _append(row, changes, before)
    if changes.get("Tag"):
        wanted = json.loads(changes["Tag"])
        try:
            changes["Tag"] = tags.on_record(writer.store, module, wanted, writer.user_id, f"{path}.Tag")
        except Refusal as refusal:
            faults.append(refusal)
    return changes, faults


def _append(row: Mapping[str, Any], changes: Raw, before: Raw) -> None:
    """`$append_values`: add to a multi-select instead of replacing it."""
    wanted = row.get("$append_values")
    if not isinstance(wanted, dict):
        return
    for name, asked in wanted.items():
        if asked is True and changes.get(name) and before.get(name):
            both = [*before[name].split(";"), *changes[name].split(";")]
            changes[name] = ";".join(dict.fromkeys(both))


def _parent(writer: Writer, module: ModuleDef, name: str, row: Mapping[str, Any], path: str) -> Raw:
    """Both columns of a multi-module lookup: `What_Id` with `$se_module`, a note's `Parent_Id` with its module."""
    value = row[name]
    where = f"{path}.{name}"
    field = module.fields[name]
    if value is None:
        return {name: None, module_column(name): None}
    if name == "Parent_Id" and isinstance(value, str):  # as v2 to v4 send it
        value = {"id": value}
    if not isinstance(value, dict):
        raise refusals.wrong_type(where, "jsonobject")
    inner = value.get("module")
    kind, source = row.get("$se_module", row.get("se_module")), f"{path}.$se_module"
    if isinstance(inner, dict):
        kind, source = inner.get("api_name"), f"{where}.module.api_name"
    if kind is None:
        raise refusals.needs(where, source)
    closed = _NOT_BY_WHAT_ID.get(module.api_name, ())
    targets = [target for target in field.targets if target not in closed]
    if kind not in targets:
        raise refusals.not_listed(source, targets)
    message_id = reference(writer.store, kind, name, value, where)
    return {name: message_id, module_column(name): kind}


def _across(store: Store, module: ModuleDef, changes: Raw, after: Raw, path: str) -> list[Refusal]:
    """Rules over several fields, for the fields that change."""
    if module.api_name == "Deals" and ("Stage" in changes or "Pipeline" in changes):
        actual, listed = after.get("Stage"), pipelines.names(store)
        if changes.get("Pipeline") is not None and changes["Pipeline"] not in listed:
            return [refusals.not_listed(f"{path}.Pipeline", listed)]
        if actual is not None and not pipelines.holds(store, after.get("Pipeline"), actual):
            details = {"mapped_field": "Pipeline", "api_name": "Stage", "json_path": f"{path}.Stage"}
            return [Refusal("MAPPING_MISMATCH", "Pipeline doesn't contain the Stage", details)]
    if module.api_name == "Calls" and after is changes:  # only when created
        return _call_rules(after, path)
    return []


def _call_rules(call: Raw, path: str) -> list[Refusal]:
    """A call that took place has a duration; a scheduled one is about somebody."""
    scheduled = call.get("Outgoing_Call_Status") == "Scheduled" or call.get("Scheduled_In_CRM") == "True"
    if scheduled:
        if call.get("Who_Id") is None and call.get("What_Id") is None:
            return [refusals.missing_key(f"{path}.Who_Id")]
    elif call.get("Call_Type") in ("Inbound", "Outbound") and call.get("Call_Duration") is None:
        return [refusals.missing_key(f"{path}.Call_Duration")]
    return []


def _duplicates(
    store: Store, module: ModuleDef, changes: Raw, record_id: int | None, path: str
) -> list[Refusal]:
    faults = []
    for field in module.fields.values():
        value = changes.get(field.api_name) if field.unique else None
        if value is None:
            continue
        existing = find(store, module, field.api_name, value, but=record_id, exact=field.case_sensitive)
        if existing is not None:
            faults.append(_duplicate(store, module, existing, f"{path}.{field.api_name}", field.api_name))
            continue
        for name, other in duplicate_check.elsewhere(store, module.api_name, field.api_name):
            there = find(store, store.modules[name], other, value)
            if there is not None:
                where = f"{path}.{field.api_name}"
                faults.append(_duplicate(store, store.modules[name], there, where, field.api_name))
    return faults


def find(
    store: Store, module: ModuleDef, name: str, value: Any, *, but: int | None = None, exact: bool = False
) -> int | None:
    """The oldest record with a value in a field, other than one; text without regard to case unless `exact`."""
    binary = " COLLATE BINARY" if exact else ""
    sql = (
        f"SELECT id FROM {quoted(module.api_name)} WHERE {quoted(name)} = ?{binary} AND id IS NOT ?"  # noqa: S608
        " ORDER BY id LIMIT 1"
    )
    found = store.fetch(sql, (value, but))
    return int(found[0][0]) if found else None


def _duplicate(store: Store, module: ModuleDef, existing: int, path: str, name: str) -> Refusal:
    owner_id = (store.get(module.api_name, existing) or {}).get("Owner")
    user = None if owner_id is None else store.get("Users", owner_id)
    owner: Json | None = user and {
        "name": user["full_name"],
        "id": str(owner_id),
        "zuid": user["zuid"],
    }
    details = {
        "api_name": name,
        "json_path": path,
        "id": str(existing),
        "duplicate_record": {
            "id": str(existing),
            "Owner": owner,
            "module": {"api_name": module.api_name, "id": str(module.id)},
        },
        "more_records": False,
    }
    return Refusal("DUPLICATE_DATA", "duplicate data", details)


def _derive(store: Store, module: ModuleDef, changes: Raw, after: Raw, now: int) -> None:
    """Fill the fields that follow from others. On create `changes` and `after` are one dict."""
    if "Full_Name" in module.fields and ("First_Name" in changes or "Last_Name" in changes):
        changes["Full_Name"] = " ".join(filter(None, (after.get("First_Name"), after.get("Last_Name"))))
    if "Last_Activity_Time" in module.fields:
        changes["Last_Activity_Time"] = now
    if module.api_name == "Tasks" and "Status" in changes:
        changes["Closed_Time"] = now if changes["Status"] == "Completed" else None
    if module.api_name == "Deals":
        chosen = stage(module, after["Stage"]) if "Stage" in changes else None
        if chosen is not None and changes.get("Probability") is None:
            changes["Probability"] = chosen.probability
        probability = changes.get("Probability", after.get("Probability"))
        amount = changes.get("Amount", after.get("Amount"))
        changes["Expected_Revenue"] = (
            None if amount is None or probability is None else round(amount * probability / 100, 2)
        )
    if after is changes:
        changes |= numbering.numbered(store, module, changes["id"])


def with_parent(row: Mapping[str, Any], module: str, record_id: int) -> Json:
    """A note's row with the parent that its path names."""
    return {**row, "Parent_Id": {"module": {"api_name": module}, "id": str(record_id)}}


def matching(
    writer: Writer, module: ModuleDef, row: Mapping[str, Any], names: Sequence[str]
) -> tuple[int | None, str | None]:
    """The record an upsert means, and the field it was found by: the named fields first, then the unique ones."""
    given = as_id(row.get("id"))
    if given is not None:
        return given, None
    unique = [field.api_name for field in module.fields.values() if field.unique]
    for name in dict.fromkeys((*names, *unique)):
        value = row.get(name)
        if isinstance(value, dict):
            value = as_id(value.get("id"))
        if value is None or isinstance(value, (list, dict)) or value == "":
            continue
        existing = find(writer.store, module, name, value)
        if existing is not None:
            return existing, name
    return None, None
