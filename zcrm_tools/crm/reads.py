"""Reading records: one, several by id, a related list, Zoho's search, and COQL. An empty answer is empty, never an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from zcrm_tools import coql, endpoints
from zcrm_tools.crm.org import Org
from zcrm_tools.endpoints import API_VERSION
from zcrm_tools.errors import NOTHING_SENT, ApiError, InvalidInput, Problem
from zcrm_tools.models.record import Record

if TYPE_CHECKING:  # to list tools loads no HTTP client
    from zcrm_tools.http.session import Reply

IDS_PER_CALL = 100
FIELDS_PER_CALL = 50


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, and whether there are more after them."""

    records: tuple[Record, ...]
    more: bool = False


def record_id(text: str) -> str:
    """An id as Zoho writes it: 15 to 19 digits. Raises InvalidInput otherwise, so that no wrong URL is built."""
    text = str(text)  # a number of as many digits is as good
    if text.isascii() and text.isdigit() and 15 <= len(text) <= 19:
        return text
    raise InvalidInput(
        Problem(
            "BAD_ID",
            f"{text!r} is not a record id: an id is 15 to 19 digits.",
            NOTHING_SENT,
            "Find the record first, by search_records or run_coql, and use its id.",
        )
    )


async def get(org: Org, module: str, id: str, *, version: str = API_VERSION) -> Record | None:
    """One record with every field; None when there is none."""
    reply = await org.session.call(endpoints.GET_RECORD, module=module, id=record_id(id), version=version)
    found = page_of(module, reply).records
    return found[0] if found else None


async def get_many(
    org: Org, module: str, ids: Sequence[str], fields: Sequence[str], *, version: str = API_VERSION
) -> dict[str, Record]:
    """Chosen fields of several records, by id; those that do not exist are absent."""
    found: dict[str, Record] = {}
    for start in range(0, len(ids), IDS_PER_CALL):
        some = [record_id(i) for i in ids[start : start + IDS_PER_CALL]]
        for first in range(0, len(fields), FIELDS_PER_CALL):
            params = {"ids": ",".join(some), "fields": ",".join(fields[first : first + FIELDS_PER_CALL])}
            if module == "Leads":
                params["converted"] = "both"
            reply = await org.session.call(
                endpoints.LIST_RECORDS, module=module, params=params, version=version
            )
            for record in page_of(module, reply).records:
                found[record.id] = Record(module, {**found.get(record.id, {}), **record})
    return found


async def list_page(
    org: Org,
    module: str,
    fields: Sequence[str],
    *,
    page: int,
    per_page: int,
    view: str = "",
    version: str = API_VERSION,
) -> Page:
    """One page of a list, last created first, or of a custom view, at three credits; pages reach 2,000 records."""
    params = {"fields": ",".join(fields), "page": str(page), "per_page": str(per_page)}
    params |= {"cvid": view} if view else {}
    reply = await org.session.call(
        endpoints.LIST_RECORDS, module=module, params=params, price=3 if view else 1, version=version
    )
    return page_of(module, reply)


async def same(org: Org, module: str, field: str, value: Any) -> tuple[Record, ...]:
    """At most two records whose field equals a value, by COQL, which sees what was just written."""
    text = str(coql.select("id").from_(module).where(coql.field(field) == value).limit(2))
    return (await query(org, text, module)).records


async def related(
    org: Org, module: str, id: str, related_list: str, fields: Sequence[str], limit: int
) -> Page:
    """A related list of one record, `Notes` for one; at most 200 rows."""
    endpoint = endpoints.LIST_NOTES if related_list == "Notes" else endpoints.LIST_RELATED
    reply = await org.session.call(
        endpoint,
        module=module,
        id=record_id(id),
        related="" if related_list == "Notes" else related_list,
        params={"fields": ",".join(fields), "per_page": str(limit)},
    )
    return page_of(related_list, reply)


async def search(
    org: Org,
    module: str,
    by: Literal["criteria", "email", "phone", "word"],
    value: str,
    fields: Sequence[str],
    *,
    limit: int = 200,
    page: int = 1,
    version: str = API_VERSION,
) -> Page:
    """Zoho's search. Its index may lag behind a write by some minutes, and reaches 2,000 records."""
    params = {by: value, "per_page": str(limit), "page": str(page)}
    if fields:
        params["fields"] = ",".join(fields)
    reply = await org.session.call(endpoints.SEARCH_RECORDS, module=module, params=params, version=version)
    return page_of(module, reply)


async def query(org: Org, text: str, module: str, *, price: int = 1) -> Page:
    """Send one COQL query as it is. `module` is the one it selects from; up to 200 rows cost one credit."""
    try:
        reply = await org.session.call(
            endpoints.COQL, module=module, json={"select_query": text}, price=price
        )
    except ApiError as refused:
        org.catalogue.refused(module, refused.code)
        raise
    return page_of(module, reply)


def page_of(module: str, reply: Reply) -> Page:
    body: dict[str, Any] = reply.body or {}
    more = bool((body.get("info") or {}).get("more_records"))
    return Page(tuple(Record(module, row) for row in body.get("data") or ()), more)
