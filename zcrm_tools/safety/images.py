"""What is there before a write: read when a plan is made, and once more just before it is applied.

Reading also makes a write exact: fields, tags and links that already are as asked for are left out, so that what
remains is what changes, and its inverse is an undo.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from zcrm_tools.crm import files, reads, recycle_bin, traces
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.reconcile import same
from zcrm_tools.crm.traces import FIELD, TARGET
from zcrm_tools.crm.writes import (
    Attach,
    Convert,
    Create,
    Delete,
    Detach,
    Link,
    Merge,
    Request,
    Restore,
    Send,
    Tags,
    Transition,
    Update,
    Write,
    record_of,
)
from zcrm_tools.errors import NOTHING_WRITTEN, ApiError, PlanUnusable, Problem, ScopeMissing
from zcrm_tools.models.record import Record, naming_field
from zcrm_tools.safety.changes import LINKED, NAME, OTHER, OTHERS, has_rows, touched

Image = Mapping[str, Any]
STAMPS = frozenset(
    "Modified_Time Modified_By Last_Activity_Time Last_Activity_Time__s Change_Log_Time__s Data_Processing_Basis".split()
)
"""Zoho sets them by itself, on any note, mail or view: they say nothing of what somebody changed."""
_LEAD = ("First_Name", "Company", "Email", "Phone", "Converted__s")


async def look(org: Org, writes: Sequence[Write]) -> list[tuple[Write | None, Image]]:
    """For each write what is left of it to do, None when nothing is, and what was there.

    Raises PlanUnusable for a record that does not exist.
    """
    found = await _records(org, writes)
    return [await _image(org, write, found.get((write.module, record_of(write)))) for write in writes]


def overtaken(
    writes: Sequence[Write], old: Sequence[Image], now: Sequence[tuple[Write | None, Image]]
) -> str:
    """The names of what a plan showed and is otherwise by now; "" when all is as it was."""
    names = [
        name
        for write, before, (left, image) in zip(writes, old, now, strict=True)
        for name in _moved(write, before, left, image)
    ]
    return ", ".join(dict.fromkeys(names))


def _moved(write: Write, old: Image, left: Write | None, new: Image) -> list[str]:
    """Of an update the fields that it sets count, of tags its own."""
    if isinstance(write, Tags):
        return [] if left == write else ["Tag"]
    if not old:
        return []
    names = list(write.values) if isinstance(write, Update) else [n for n in old if n not in STAMPS]
    return [name.removeprefix("$") for name in names if not same(old.get(name), new.get(name))]


async def _records(org: Org, writes: Sequence[Write]) -> dict[tuple[str, str], Record]:
    """What is read in batches: the fields in question of the records that exist."""
    wanted: dict[str, set[str]] = {}
    ids: dict[str, list[str]] = {}
    for write in writes:
        if isinstance(write, Create | Delete | Restore | Request):
            continue
        names = wanted.setdefault(write.module, {naming_field(write.module), "Modified_Time"})
        names.update(_wanted(write))
        ids.setdefault(write.module, []).extend(
            [write.id, *(write.others if isinstance(write, Merge) else ())]
        )
    return {
        (module, record.id): record
        for module, names in wanted.items()
        for record in (await reads.get_many(org, module, ids[module], sorted(names))).values()
    }


def _wanted(write: Write) -> set[str]:
    match write:
        case Tags():
            return {"Tag"}
        case Convert():
            return {*_LEAD}
        case Send():
            return {"Email"} if write.module in ("Leads", "Contacts") else set()
        case Merge(take=take):
            return {*take}
    return touched(write)


async def _image(org: Org, write: Write, record: Record | None) -> tuple[Write | None, Image]:
    match write:
        case Create() | Request():
            return write, {}
        case Delete():
            return write, _plain(_there(write, await reads.get(org, write.module, write.id)), ())
        case Restore():
            return await _binned(org, write)
    known = _there(write, record)
    match write:
        case Update(values=values):
            known = await _with_rows(org, write, known)
            left = {name: value for name, value in values.items() if not same(known.get(name), value)}
            return replace(write, values=left) if left else None, _plain(known, values)
        case Tags():
            return _tags(write, known)
        case Link():
            return await _link(org, write, known)
        case Transition():
            field, value, target = await traces.process(org, write)
            return write, {**_plain(known, ()), field: value, FIELD: field, TARGET: target}
        case Merge():
            return write, _plain(known, ()) | {OTHERS: await _others(org, write)}
        case Attach() | Detach():
            return await _attachments(org, write, known)
    return write, _plain(known, ())


async def _with_rows(org: Org, write: Update, record: Record) -> Record:
    """With the rows of subforms that it sets or empties, which only a record by itself shows."""
    names = [name for name, value in write.values.items() if has_rows(value)]
    if emptied := [name for name, value in write.values.items() if value is None or value == []]:
        with contextlib.suppress(ScopeMissing, ApiError):
            fields = await org.catalogue.fields(write.module)
            names += [name for name in emptied if name in fields and fields[name].subform_module]
    whole = await reads.get(org, write.module, write.id) if names else None
    return Record(write.module, {**record, **{name: whole.get(name) for name in names}}) if whole else record


def _there(write: Write, record: Record | None) -> Record:
    if record is not None:
        return record
    raise PlanUnusable(
        Problem("RECORD_NOT_FOUND", f"There is no {write.module} record {record_of(write)}.", NOTHING_WRITTEN)
    )


def _plain(record: Record, also: Mapping[str, Any] | tuple[()]) -> dict[str, Any]:
    """The record's fields; Zoho's own `$` keys only where they are asked for."""
    return {name: value for name, value in record.items() if not name.startswith("$") or name in also}


async def _binned(org: Org, write: Restore) -> tuple[Write | None, Image]:
    if await reads.get_many(org, write.module, [write.id], ["id"]):
        return None, {}
    try:
        found = await recycle_bin.find(org, write.id)
    except ScopeMissing:  # it can then be restored all the same; only its name is not known
        return write, {}
    return write, {NAME: str(_there(write, found).get("display_name") or "")}


def _tags(write: Tags, record: Record) -> tuple[Write | None, Image]:
    has = traces.tag_names(record)
    known = {name.casefold() for name in has}
    remove = tuple(n for n in _once(write.remove) if n.casefold() in known)
    add = tuple(n for n in _once(write.add) if n.casefold() not in known)
    left = replace(write, add=add, remove=remove) if add or remove else None
    return left, _plain(record, ()) | {"Tag": has}


def _once(names: Sequence[str]) -> list[str]:
    return list({name.casefold(): name for name in reversed(names)}.values())[::-1]


async def _link(org: Org, write: Link, record: Record) -> tuple[Write | None, Image]:
    there = await traces.linked(org, write)
    if there is None:
        image = _plain(record, ()) | {OTHER: {"id": write.to}, LINKED: False}
        return (None if write.remove else write), image
    kept = {name: there[name] for name in ("Member_Status",) if name in there}
    image = _plain(record, ()) | {OTHER: {"id": write.to, "name": there.name}, LINKED: True} | kept
    if write.remove:
        return write, image
    left = {name: value for name, value in write.values.items() if not same(there.get(name), value)}
    return (replace(write, values=left) if left else None), image


async def _others(org: Org, write: Merge) -> dict[str, Image]:
    names = sorted({naming_field(write.module), *write.take})
    found = await reads.get_many(org, write.module, list(write.others), names)
    return {
        one: {NAME: record.name, **{name: record.get(name) for name in write.take}}
        for one in write.others
        for record in [_there(replace(write, id=one), found.get(one))]
    }


async def _attachments(org: Org, write: Attach | Detach, record: Record) -> tuple[Write | None, Image]:
    listed = {
        one.id: str(one.get("File_Name") or "")
        for one in await files.attachments(org, write.module, write.id)
    }
    if isinstance(write, Attach):
        return write, _plain(record, ()) | {
            "Attachments": [i for i, name in listed.items() if name == write.name]
        }
    if write.attachment not in listed:
        return None, _plain(record, ())
    return write, _plain(record, ()) | {OTHER: {"id": write.attachment, "name": listed[write.attachment]}}
