"""What an act leaves behind in the CRM, by which one whose answer was lost can be judged afterwards.

A mail and a call that nobody knows leave nothing that could be told apart from another's: those stay unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zcrm_tools import operations
from zcrm_tools.crm import blueprint, files, reads
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import (
    Attach,
    Convert,
    Detach,
    Link,
    Merge,
    Restore,
    Tags,
    Transition,
    Write,
)
from zcrm_tools.errors import InvalidRequest
from zcrm_tools.models.record import Record

FIELD, TARGET = "$field", "$target"
"""In a before-image: the field that a transition moves, and where to."""
BECAME = {"Contacts": "Converted_Contact", "Accounts": "Converted_Account", "Deals": "Converted_Deal"}
"""Module → the lead's field that says what it became there."""


@dataclass(frozen=True, slots=True)
class Trace:
    """`happened` None: it cannot be told."""

    happened: bool | None
    details: Mapping[str, Any] = field(default_factory=dict)


async def look(org: Org, write: Write, before: Mapping[str, Any]) -> Trace:
    """`before` is what was there when the plan was made, as `safety.images` noted it."""
    match write:
        case Restore():
            return Trace(bool(await reads.get_many(org, write.module, [write.id], ["id"])))
        case Tags():
            return await _tags(org, write, before)
        case Link():
            return Trace((await linked(org, write) is None) == write.remove)
        case Convert():
            return await _converted(org, write)
        case Merge():
            left = await reads.get_many(org, write.module, list(write.others), ["id"])
            return Trace(True if not left else False if len(left) == len(write.others) else None)
        case Transition():
            return await _moved(org, write, before)
        case Attach():
            return await _attached(org, write, before)
        case Detach():
            return Trace(
                all(
                    one.id != write.attachment for one in await files.attachments(org, write.module, write.id)
                )
            )
    return Trace(None)


def tag_names(record: Mapping[str, Any]) -> list[str]:
    return [str(tag["name"]) for tag in record.get("Tag") or ()]


async def linked(org: Org, write: Link) -> Record | None:
    """The record in the related list; None when it is not there."""
    reply = await org.session.call(
        operations.GET_RELATED,
        module=write.module,
        id=reads.record_id(write.id),
        related=write.related_list,
        parts={"to": reads.record_id(write.to)},
    )
    found = reads.page_of(write.related_list, reply).records
    return found[0] if found else None


async def _tags(org: Org, write: Tags, before: Mapping[str, Any]) -> Trace:
    record = (await reads.get_many(org, write.module, [write.id], ["Tag"])).get(write.id)
    if record is None:
        return Trace(None)
    now = {name.casefold() for name in tag_names(record)}
    if all(name.casefold() in now for name in write.add) and not any(
        n.casefold() in now for n in write.remove
    ):
        return Trace(True)
    return Trace(False if now == {str(name).casefold() for name in before.get("Tag") or ()} else None)


async def _converted(org: Org, write: Convert) -> Trace:
    lead = (await reads.get_many(org, "Leads", [write.id], ["Converted__s", *BECAME.values()])).get(write.id)
    if lead is None:
        return Trace(None)
    ids = {module: lead[name]["id"] for module, name in BECAME.items() if lead.get(name)}
    return Trace(bool(lead.get("Converted__s")), ids)


async def _moved(org: Org, write: Transition, before: Mapping[str, Any]) -> Trace:
    """A record that left its process has no blueprint any more: its field then tells by itself."""
    name, target = str(before.get(FIELD, "")), before.get(TARGET)
    record = (await reads.get_many(org, write.module, [write.id], [name])).get(write.id) if name else None
    if record is None:
        return Trace(None)
    now = record.get(name)
    if now == before.get(name):
        return Trace(None if target == now else False)
    return Trace(True if target and now == target else None)


async def _attached(org: Org, write: Attach, before: Mapping[str, Any]) -> Trace:
    known = set(before.get("Attachments") or ())
    new = [
        one.id
        for one in await files.attachments(org, write.module, write.id)
        if one.get("File_Name") == write.name and one.id not in known
    ]
    if len(new) > 1:
        return Trace(None)
    return Trace(bool(new), {"attachment": new[0]} if new else {})


async def process(org: Org, write: Transition) -> tuple[str, Any, str]:
    """The field that a transition moves, its value now and the value it moves it to; "" where the record is in no process."""
    try:
        found = await blueprint.of_record(org, write.module, write.id)
    except InvalidRequest:
        return "", None, ""
    taken = next((one for one in found.transitions if one.id == write.transition), None)
    return found.field, found.value, taken.to if taken else ""
