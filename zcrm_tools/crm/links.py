"""Related lists: reading them whole, linking two records and taking the link away.

https://www.zoho.com/crm/developer/docs/api/v8/update-related-records.html
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from zcrm_tools import endpoints, operations
from zcrm_tools.crm import items, reads
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import Outcome
from zcrm_tools.endpoints import API_VERSION
from zcrm_tools.models.record import Record

ACTIVITIES = ("Tasks", "Events", "Calls")


async def pages(
    org: Org, module: str, id: str, related: str, fields: Sequence[str], *, version: str = API_VERSION
) -> AsyncIterator[tuple[Record, ...]]:
    """Every record of a related list, 200 at a time."""
    notes = related == "Notes"
    place: dict[str, str] = {}
    while True:
        reply = await org.session.call(
            endpoints.LIST_NOTES if notes else endpoints.LIST_RELATED,
            module=module,
            id=reads.record_id(id),
            related="" if notes else related,
            params={"fields": ",".join(fields), "per_page": "200", **place},
            version=version,
        )
        page = reads.page_of(related, reply)
        if page.records:
            yield page.records
        if not page.more or not page.records:
            return
        token = reply.body["info"].get("next_page_token")
        place = {"page_token": token} if token else {"page": str(int(place.get("page", "1")) + 1)}


async def link(
    org: Org, module: str, id: str, related: str, rows: Sequence[str | Mapping[str, Any]]
) -> tuple[Outcome, ...]:
    """Link records, by id, or as `{"id": …, "Member_Status": …}` where the list has fields of its own; at most 100."""
    data = [{"id": row} if isinstance(row, str) else dict(row) for row in rows]
    reply = await org.session.call(
        operations.LINK_RELATED, module=module, id=reads.record_id(id), related=related, json={"data": data}
    )
    return items.outcomes(reply, [str(row["id"]) for row in data])


async def unlink(org: Org, module: str, id: str, related: str, ids: Sequence[str]) -> tuple[Outcome, ...]:
    """The records stay; only the link goes."""
    reply = await org.session.call(
        operations.UNLINK_RELATED,
        module=module,
        id=reads.record_id(id),
        related=related,
        params={"ids": ",".join(map(reads.record_id, ids))},
    )
    return items.outcomes(reply, ids)
