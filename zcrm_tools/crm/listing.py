"""Listing a module's records page by page: as far as Zoho's lists reach, 100,000 records, and on from there by COQL.

https://www.zoho.com/crm/developer/docs/api/v8/get-records.html
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from zcrm_tools import coql, endpoints, operations
from zcrm_tools.crm import reads, times
from zcrm_tools.crm.org import Org
from zcrm_tools.endpoints import API_VERSION
from zcrm_tools.errors import NOTHING_SENT, ApiError, InvalidInput, Problem
from zcrm_tools.models.record import Record

if TYPE_CHECKING:  # to list tools loads no HTTP client
    from zcrm_tools.http.session import Reply

PER_PAGE = 200
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
    """Every record, some at a time. At most 50 fields; `view` is a custom view's id, which excludes `sort_by`.

    From the second page on, the next one is asked for while the caller works on this one. Where lists end, after 100,000
    records, COQL goes on from the last id, if the list is in the order of ids and whole.
    """
    if len(fields) > reads.FIELDS_PER_CALL:
        raise InvalidInput(
            Problem(
                "TOO_MANY_FIELDS",
                f"A list gives at most {reads.FIELDS_PER_CALL} fields; {len(fields)} were asked for.",
                NOTHING_SENT,
                "Ask for fewer, or use a bulk read, which gives every field.",
            )
        )
    since = {"If-Modified-Since": times.stamp(modified_since)} if modified_since else {}
    listing = _Listing(
        org,
        module,
        {"fields": ",".join(fields), "per_page": str(per_page)}
        | _choice(module, view, sort_by, descending, converted),
        since,
        3 if view else 1,
        version,
    )
    goes_on = descending and not (view or since) and sort_by in ("", "id") and version == API_VERSION
    last = ""
    async with aclosing(_ahead(listing)) as found:
        try:
            async for page in found:
                if page.records:
                    last = page.records[-1].id
                    yield page.records
            return
        except ApiError as ended:
            if ended.code != "PAGINATION_LIMIT_EXCEEDED" or not goes_on:
                raise
    async for records in _beyond(org, module, fields, last, converted):
        yield records


def _choice(module: str, view: str, sort_by: str, descending: bool, converted: str) -> dict[str, str]:
    """Which records, in which order."""
    chosen = {"converted": converted} if module == "Leads" and converted != "false" else {}
    if view:
        return chosen | {"cvid": view}
    if sort_by:
        return chosen | {"sort_by": sort_by, "sort_order": "desc" if descending else "asc"}
    return chosen


@dataclass(frozen=True, slots=True)
class _Listing:
    """What every page of a list is asked with; `price` in credits."""

    org: Org
    module: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    price: int
    version: str

    async def ask(self, place: Mapping[str, str]) -> Reply:
        return await self.org.session.call(
            endpoints.LIST_RECORDS,
            module=self.module,
            params={**self.params, **place},
            headers=self.headers or None,
            price=self.price,
            version=self.version,
        )


async def _ahead(listing: _Listing) -> AsyncGenerator[reads.Page, None]:
    """The pages in order; from the second one on, the next is asked for while the caller works on this one."""
    place: dict[str, str] = {}
    reply = await listing.ask(place)
    while True:
        page = reads.page_of(listing.module, reply)
        following: asyncio.Task[Reply] | None = None
        if page.more and place:
            following = asyncio.ensure_future(listing.ask(_next(reply, place)))
        try:
            yield page
            if not page.more:
                return
            place = _next(reply, place)
            reply = await (following or listing.ask(place))
        finally:
            if following is not None and not following.cancel() and not following.cancelled():
                following.exception()  # of a page that nobody wants any more


async def _beyond(
    org: Org, module: str, fields: Sequence[str], last: str, converted: str
) -> AsyncIterator[tuple[Record, ...]]:
    """The records before an id, 2,000 a call for three credits. COQL gives converted leads too, unless told not to."""
    kind = coql.field("Converted__s") == (converted == "true")
    columns = [name for name in fields if not name.startswith("$")]
    query = coql.select(*dict.fromkeys(("id", *columns))).from_(module).order_by("-id").limit(2_000)
    while True:
        where = [coql.field("id") < last, *([kind] if module == "Leads" and converted != "both" else [])]
        page = await reads.query(org, str(query.where(*where)), module, price=3)
        if page.records:
            yield page.records
            last = page.records[-1].id
        if not page.more:
            return


def _next(reply: Reply, place: Mapping[str, str]) -> dict[str, str]:
    """A token where Zoho gives one, as numbers end after 2,000 records; older versions know only numbers."""
    info = reply.body["info"]
    if token := info.get("next_page_token"):
        return {"page_token": str(token)}
    return {"page": str(int(place.get("page", "1")) + 1)}


async def deleted(
    org: Org, module: str, kind: Deleted = "all", *, version: str = API_VERSION
) -> AsyncIterator[tuple[Record, ...]]:
    """What was deleted: id, display_name, deleted_time, deleted_by and type. Zoho forgets it after 60 or 120 days."""
    for number in range(1, 1_000_000):
        reply = await org.session.call(
            operations.DELETED_RECORDS,
            module=module,
            params={"type": kind, "page": str(number)},
            version=version,
        )
        page = reads.page_of(module, reply)
        if page.records:
            yield page.records
        if not page.more:
            return


async def count(org: Org, module: str, by: str = "", value: str = "", *, version: str = API_VERSION) -> int:
    """How many records there are, or match. Costs 50 credits; Zoho's count lags behind writes by some minutes."""
    params = {by: value} if by else None
    reply = await org.session.call(operations.COUNT_RECORDS, module=module, params=params, version=version)
    return int((reply.body or {}).get("count") or 0)
