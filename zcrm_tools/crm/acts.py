"""Sending what is no plain write of records: tags, links, conversions, mails and the like, one call each.

Each answers like a record's write, by an outcome. What Zoho refuses by itself is refused and stops nothing else; what
no call of the kind would get through (no permission, no credits, nobody signed in) is raised.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, assert_never

from zcrm_tools import operations
from zcrm_tools.crm import blueprint, files, items, links, passthrough, reads, recycle_bin, tags
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import (
    Attach,
    Convert,
    Create,
    Delete,
    Detach,
    Link,
    Merge,
    Outcome,
    Request,
    Restore,
    Send,
    Tags,
    Transition,
    Update,
    Write,
    record_of,
)
from zcrm_tools.errors import NOTHING_WRITTEN, Conflict, InvalidInput, InvalidRequest, NotFound, Problem

TOGETHER = {Restore: recycle_bin.RESTORED, Tags: 500}
"""Those that one call does for many records, and for how many; the others go one by one."""


def alike(write: Write) -> object:
    """Writes that are alike may share a call."""
    match write:
        case Tags():
            return ("tags", write.module, write.add, write.remove)
        case Restore():
            return "restore"
    return write


def cost(writes: Sequence[Write]) -> int:
    """Of one batch. https://www.zoho.com/crm/developer/docs/api/v8/api-limits.html"""
    match writes[0]:
        case Tags(add=add, remove=remove):
            return -(-len(writes) // 50) * (bool(add) + bool(remove))
        case Convert():
            return operations.CONVERT_LEAD.credits
        case Send():
            return operations.SEND_MAIL.credits
        case Merge():
            return operations.MERGE_RECORDS.credits
        case Request(method=method, path=path):
            return passthrough.meant(method, path)[0].credits
    return 1


async def send(org: Org, writes: Sequence[Write]) -> list[Outcome]:
    """Send one batch: several of what goes together, one of the others."""
    first = writes[0]
    try:
        if isinstance(first, Restore):
            return list(await recycle_bin.restore(org, [record_of(w) for w in writes]))
        if isinstance(first, Tags):
            return await _tag(org, first, [record_of(w) for w in writes])
        return [await _one(org, first)]
    except (InvalidRequest, NotFound, Conflict, InvalidInput) as refused:
        problem = replace(refused.problem, not_done=refused.problem.not_done or NOTHING_WRITTEN)
        return [Outcome("refused", record_of(w), problem) for w in writes]


async def _tag(org: Org, asked: Tags, ids: Sequence[str]) -> list[Outcome]:
    """Tags to take off come first, as a record has room for ten only; where that is refused nothing is added."""
    found = {one: Outcome("done", one) for one in ids}
    if asked.remove:
        found |= {o.id: o for o in await tags.remove(org, asked.module, ids, asked.remove)}
    if left := [one for one in ids if found[one].status == "done"] if asked.add else []:
        found |= {o.id: o for o in await tags.add(org, asked.module, left, asked.add)}
    return [found[one] for one in ids]


async def _one(org: Org, write: Write) -> Outcome:
    match write:
        case Link():
            return await _link(org, write)
        case Convert():
            return await _convert(org, write)
        case Send():
            reply = await org.session.call(
                operations.SEND_MAIL,
                module=write.module,
                id=reads.record_id(write.id),
                json={"data": [dict(write.values)]},
            )
            return Outcome("done", write.id, details={"message_id": items.done(reply).get("message_id", "")})
        case Merge():
            reply = await org.session.call(
                operations.MERGE_RECORDS,
                module=write.module,
                id=reads.record_id(write.id),
                json=merge_body(write),
            )
            return Outcome("done", write.id, details=items.done(reply, "merge"))
        case Transition():
            await blueprint.take(org, write.module, write.id, write.transition, write.values)
            return Outcome("done", write.id)
        case Attach():
            made = await files.attach(org, write.module, write.id, await content(write), write.name)
            return Outcome("done", write.id, details={"attachment": made})
        case Detach():
            await files.detach(org, write.module, write.id, write.attachment)
            return Outcome("done", write.id)
        case Request():
            reply = await passthrough.request(
                org, write.method, write.path, params=dict(write.query), json=write.body
            )
            return Outcome("done", write.id, details={"http_status": reply.status, "reply": reply.body})
        case Create() | Update() | Delete() | Restore() | Tags():
            raise TypeError(f"{write!r} is sent with others of its kind")
    assert_never(write)


async def _link(org: Org, write: Link) -> Outcome:
    if write.remove:
        (outcome,) = await links.unlink(org, write.module, write.id, write.related_list, [write.to])
    else:
        row = {"id": reads.record_id(write.to), **write.values}
        (outcome,) = await links.link(org, write.module, write.id, write.related_list, [row])
    return replace(outcome, id=write.id)


async def _convert(org: Org, write: Convert) -> Outcome:
    reply = await org.session.call(
        operations.CONVERT_LEAD,
        id=reads.record_id(write.id),
        module="Leads",
        json={"data": [dict(write.values)]},
    )
    made = items.done(reply)
    return Outcome("done", write.id, details={name: made[name]["id"] for name in _MADE if made.get(name)})


_MADE = ("Contacts", "Accounts", "Deals")


def merge_body(write: Merge) -> dict[str, Any]:
    """As Zoho takes it: what comes from the record itself needs no saying."""
    return {
        "merge": [
            {
                "data": [
                    {
                        "id": reads.record_id(one),
                        "_fields": [{"api_name": name} for name, whose in write.take.items() if whose == one],
                    }
                    for one in write.others
                ]
            }
        ]
    }


async def content(write: Attach) -> bytes:
    """The file as it was when the plan was made. Raises InvalidInput when it is gone or another by now."""
    path = Path(write.path)
    found = await asyncio.to_thread(path.read_bytes) if await asyncio.to_thread(path.is_file) else None
    if found is None or hashlib.sha256(found).hexdigest() != write.digest:
        raise InvalidInput(
            Problem(
                "FILE_CHANGED",
                f"The file {write.name!r} is no longer what the plan was made for.",
                NOTHING_WRITTEN,
                "Ask for it again with the file.",
            )
        )
    return found
