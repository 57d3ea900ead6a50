"""Tags: those of a module, and those on records. https://www.zoho.com/crm/developer/docs/api/v8/add-tags.html"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zcrm_tools import operations
from zcrm_tools.crm import items, reads
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import Outcome
from zcrm_tools.endpoints import Endpoint


@dataclass(frozen=True, slots=True)
class Tag:
    id: str
    name: str
    color: str = ""


async def of_module(org: Org, module: str) -> tuple[Tag, ...]:
    reply = await org.session.call(operations.LIST_TAGS, module=module, params={"module": module})
    found = items.results(reply, "tags")
    return tuple(Tag(str(t["id"]), str(t["name"]), str(t.get("color_code") or "")) for t in found)


async def create(org: Org, module: str, names: Sequence[str]) -> tuple[Outcome, ...]:
    """Names have at most 25 characters."""
    body = {"tags": [{"name": name} for name in names]}
    reply = await org.session.call(
        operations.CREATE_TAGS, module=module, params={"module": module}, json=body
    )
    return items.outcomes(reply, [""] * len(names), "tags")


async def add(
    org: Org, module: str, ids: Sequence[str], names: Sequence[str], *, replace: bool = False
) -> tuple[Outcome, ...]:
    """Tag up to 500 records; tags that do not exist are made. With `replace` they lose the tags they had."""
    return await _retag(org, operations.ADD_TAGS, module, ids, names, over_write=replace)


async def remove(org: Org, module: str, ids: Sequence[str], names: Sequence[str]) -> tuple[Outcome, ...]:
    return await _retag(org, operations.REMOVE_TAGS, module, ids, names)


async def _retag(
    org: Org, endpoint: Endpoint, module: str, ids: Sequence[str], names: Sequence[str], **more: bool
) -> tuple[Outcome, ...]:
    body = {"tags": [{"name": name} for name in names], "ids": list(map(reads.record_id, ids)), **more}
    reply = await org.session.call(endpoint, module=module, json=body, price=-(-len(ids) // 50))
    return items.outcomes(reply, ids)
