"""Listing a module's records page by page, as far as Zoho's lists reach: 100,000 records.

https://www.zoho.com/crm/developer/docs/api/v8/get-records.html
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from zcrm_tools import endpoints, operations
from zcrm_tools.crm import reads
from zcrm_tools.crm.org import Org
from zcrm_tools.endpoints import API_VERSION
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem
from zcrm_tools.http.session import Reply
from zcrm_tools.models.record import Record

PER_PAGE = 200
BY_NUMBER = 10
"""Pages of 200 that can be asked for by number; those after them go by token, from v3 on."""
Deleted = Literal["all", "recycle", "permanent"]


async def pages(
    org: Org,
    module: str,
    fields: Sequence[str],
    *,
    per_page: int = PER_PAGE,
    view: str = "",
    sort_by: str = "",
    descending: bool = True,
    modified_since: datetime | None = None,
    converted: Literal["true", "false", "both"] = "false",
    version: str = API_VERSION,
) -> AsyncIterator[tuple[Record, ...]]:
    """Every record, some at a time. At most 50 fields; `view` is a custom view's id, which excludes `sort_by`."""
    if len(fields) > reads.FIELDS_PER_CALL:
        raise InvalidInput(
            Problem(
                "TOO_MANY_FIELDS",
                f"A list gives at most {reads.FIELDS_PER_CALL} fields; {len(fields)} were asked for.",
                NOTHING_SENT,
                "Ask for fewer, or use a bulk read, which gives every field.",
            )
        )
    params: dict[str, str] = {"fields": ",".join(fields), "per_page": str(per_page)}
    if view:
        params["cvid"] = view
    elif sort_by:
        params |= {"sort_by": sort_by, "sort_order": "desc" if descending else "asc"}
    if module == "Leads" and converted != "false":
        params["converted"] = converted
    since = {"If-Modified-Since": modified_since.isoformat(timespec="seconds")} if modified_since else None
    price = 3 if view else 1
    place: dict[str, str] = {}
    while True:
        reply = await org.session.call(
            endpoints.LIST_RECORDS,
            module=module,
            params={**params, **place},
            headers=since,
            price=price,
            version=version,
        )
        page = reads.page_of(module, reply)
        if page.records:
            yield page.records
        if not page.more:
            return
        place = _next(reply, place)


def _next(reply: Reply, place: Mapping[str, str]) -> dict[str, str]:
    """A token where Zoho gives one, as numbers end after 2,000 records; older versions know only numbers."""
    info = reply.body["info"]
    if token := info.get("next_page_token"):
        return {"page_token": str(token)}
    return {"page": str(int(place.get("page", "1")) + 1)}


async def deleted(org: Org, module: str, kind: Deleted = "all") -> AsyncIterator[tuple[Record, ...]]:
    """What was deleted: id, display_name, deleted_time, deleted_by and type. Zoho forgets it after 60 or 120 days."""
    for number in range(1, 1_000_000):
        reply = await org.session.call(
            operations.DELETED_RECORDS, module=module, params={"type": kind, "page": str(number)}
        )
        page = reads.page_of(module, reply)
        if page.records:
            yield page.records
        if not page.more:
            return


async def count(org: Org, module: str, by: str = "", value: str = "") -> int:
    """How many records there are, or match. Costs 50 credits; Zoho's count lags behind writes by some minutes."""
    params = {by: value} if by else None
    reply = await org.session.call(operations.COUNT_RECORDS, module=module, params=params)
    return int((reply.body or {}).get("count") or 0)
