"""The recycle bin: what is in it, back from it, out of it for good.

https://www.zoho.com/crm/developer/docs/api/v8/get-recycle-bin.html
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from zcrm_tools import operations
from zcrm_tools.crm import items, reads
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import Outcome
from zcrm_tools.models.record import Record

RESTORED = 200
"""At most so many ids in one call."""


async def pages(org: Org) -> AsyncIterator[tuple[Record, ...]]:
    """Id, display_name, module, deleted_by and deleted_time of each, last deleted first."""
    for number in range(1, 1_000_000):
        reply = await org.session.call(
            operations.LIST_RECYCLED, params={"page": str(number), "per_page": "200"}
        )
        found = items.results(reply, "recycle_bin")
        if found:
            yield tuple(Record(str((row.get("module") or {}).get("api_name", "")), row) for row in found)
        if not ((reply.body or {}).get("info") or {}).get("more_records"):
            return


async def find(org: Org, id: str) -> Record | None:
    """One record of the bin; None when it is not in it."""
    reply = await org.session.call(operations.GET_RECYCLED, id=reads.record_id(id))
    found = items.results(reply, "recycle_bin")
    return Record(str((found[0].get("module") or {}).get("api_name", "")), found[0]) if found else None


async def restore(org: Org, ids: Sequence[str]) -> tuple[Outcome, ...]:
    """Up to 200 records, with what was deleted along with them."""
    body = {"ids": [reads.record_id(one) for one in ids]}
    reply = await org.session.call(operations.RESTORE_RECYCLED, json=body)
    return items.outcomes(reply, ids, "recycle_bin")


async def delete(org: Org, ids: Sequence[str]) -> tuple[Outcome, ...]:
    """Up to 100 records, for good: nothing brings them back."""
    params = {"ids": ",".join(map(reads.record_id, ids))}
    reply = await org.session.call(operations.DELETE_RECYCLED, params=params)
    return items.outcomes(reply, ids, "recycle_bin")
