"""Record writes exactly as Zoho takes them: no check, no plan, no journal. The face calls them `raw`.

Rows are answered one by one, in order. At most 100 rows a call; more are sent in several. Nothing is repeated: after a
lost reply the rest is `not_sent`, as in `apply`.
https://www.zoho.com/crm/developer/docs/api/v8/insert-records.html, update-records.html, upsert-records.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from math import ceil
from typing import Any

from zcrm_tools import endpoints
from zcrm_tools.crm import times
from zcrm_tools.crm.items import outcomes
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import Outcome
from zcrm_tools.endpoints import API_VERSION, Endpoint
from zcrm_tools.errors import OutcomeUnknown, ZcrmError
from zcrm_tools.http.session import Reply

Row = Mapping[str, Any]
BATCH = 100
ROWS_PER_CREDIT = 10


async def create(
    org: Org, module: str, rows: Sequence[Row], *, version: str = API_VERSION, **options: Any
) -> tuple[Outcome, ...]:
    """`options` go beside the rows: trigger=[], lar_id="…", apply_feature_execution=[…]."""
    return await _in_batches(
        org, rows, lambda some: _send(org, endpoints.CREATE_RECORDS, module, some, version, options, {})
    )


async def update(
    org: Org,
    module: str,
    rows: Sequence[Row],
    *,
    unmodified_since: datetime | None = None,
    version: str = API_VERSION,
    **options: Any,
) -> tuple[Outcome, ...]:
    """Every row has its `id`. With `unmodified_since`, a record that changed later is refused."""
    headers = {"If-Unmodified-Since": times.stamp(unmodified_since)} if unmodified_since else {}
    return await _in_batches(
        org, rows, lambda some: _send(org, endpoints.UPDATE_RECORDS, module, some, version, options, headers)
    )


async def upsert(
    org: Org,
    module: str,
    rows: Sequence[Row],
    by: Sequence[str] = (),
    *,
    version: str = API_VERSION,
    **options: Any,
) -> tuple[Outcome, ...]:
    """`by` are the fields whose equality makes two records one; Zoho's own for the module when empty.

    `details["action"]` says "insert" or "update".
    """
    beside = {**options, "duplicate_check_fields": list(by)} if by else options
    return await _in_batches(
        org, rows, lambda some: _send(org, endpoints.UPSERT_RECORDS, module, some, version, beside, {})
    )


async def delete(
    org: Org, module: str, ids: Sequence[str], *, workflows: bool = True, version: str = API_VERSION
) -> tuple[Outcome, ...]:
    """Into the recycle bin."""

    async def send(some: Sequence[str]) -> tuple[Outcome, ...]:
        params = {"ids": ",".join(some), "wf_trigger": "true" if workflows else "false"}
        reply = await org.session.call(
            endpoints.DELETE_RECORDS, module=module, params=params, version=version
        )
        return outcomes(reply, some)

    return await _in_batches(org, ids, send)


async def _send(
    org: Org,
    endpoint: Endpoint,
    module: str,
    rows: Sequence[Row],
    version: str,
    options: Mapping[str, Any],
    headers: Mapping[str, str],
) -> tuple[Outcome, ...]:
    body = {"data": [dict(row) for row in rows], **options}
    reply = await org.session.call(
        endpoint, module=module, json=body, headers=headers or None, version=version
    )
    found = outcomes(_with_actions(reply), [str(row.get("id", "")) for row in rows])
    for refused in {one.problem.code for one in found if one.problem is not None}:
        org.catalogue.refused(module, refused)
    return found


def _with_actions(reply: Reply) -> Reply:
    """An upsert says beside the details which of the two it did; put it among them."""
    for item in (reply.body or {}).get("data") or ():
        if "action" in item and isinstance(item.get("details"), dict):
            item["details"]["action"] = item["action"]
    return reply


async def _in_batches(
    org: Org, rows: Sequence[Any], send: Callable[[Sequence[Any]], Awaitable[tuple[Outcome, ...]]]
) -> tuple[Outcome, ...]:
    org.session.line.spending.afford(ceil(len(rows) / ROWS_PER_CREDIT))
    found: list[Outcome] = []
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        try:
            found += await send(some)
        except OutcomeUnknown as lost:
            found += [Outcome("unknown", problem=lost.problem)] * len(some)
            break
        except ZcrmError as failed:
            if not found:
                raise
            found += [Outcome("not_sent", problem=failed.problem)] * len(some)
            break
    return (*found, *[Outcome("not_sent")] * (len(rows) - len(found)))
