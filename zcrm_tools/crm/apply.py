"""Sending writes. Zoho answers a batch record by record, so the outcome is one per write, in the order given.

A write whose answer was lost is `unknown` and what would have come after it is `not_sent`: neither is repeated here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from zcrm_tools import endpoints
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import Create, Delete, Outcome, Update, Write, kind
from zcrm_tools.errors import OutcomeUnknown, Problem, ZcrmError
from zcrm_tools.http.refusals import api_error

BATCH = 100
_REFUSED = 400
_ENDPOINT = {
    "create": endpoints.CREATE_RECORDS,
    "update": endpoints.UPDATE_RECORDS,
    "delete": endpoints.DELETE_RECORDS,
}


async def apply(org: Org, writes: Sequence[Write]) -> tuple[Outcome, ...]:
    """Send the writes. Raises only when the very first batch failed and so nothing at all was written."""
    outcomes: list[Outcome] = []
    for batch in batches(writes):
        try:
            outcomes.extend(await _send(org, batch))
        except OutcomeUnknown as lost:
            outcomes.extend(Outcome("unknown", _id(w), lost.problem) for w in batch)
            break
        except ZcrmError as failed:
            if not outcomes:
                raise
            outcomes.extend(Outcome("not_sent", _id(w), failed.problem) for w in batch)
            break
    outcomes.extend(Outcome("not_sent", _id(w)) for w in writes[len(outcomes) :])
    return tuple(outcomes)


def batches(writes: Sequence[Write]) -> Iterator[tuple[Write, ...]]:
    """Neighbours of one kind and module, at most 100 together: the order of the plan is kept."""
    for _, group in groupby(writes, key=lambda w: (kind(w), w.module)):
        together = tuple(group)
        for start in range(0, len(together), BATCH):
            yield together[start : start + BATCH]


def price(writes: Sequence[Write]) -> int:
    """Credits: one per ten records written, one per delete call (https://www.zoho.com/crm/developer/docs/api/v8/api-limits.html)."""
    return sum(1 if isinstance(b[0], Delete) else -(-len(b) // 10) for b in batches(writes))


async def _send(org: Org, batch: Sequence[Write]) -> list[Outcome]:
    first = batch[0]
    endpoint = _ENDPOINT[kind(first)]
    if isinstance(first, Delete):
        params = {"ids": ",".join(_id(w) for w in batch), "wf_trigger": "true"}
        reply = await org.session.call(endpoint, module=first.module, params=params)
    else:
        rows = [_row(w) for w in batch]
        reply = await org.session.call(endpoint, module=first.module, json={"data": rows})
    items = (reply.body or {}).get("data")
    if not isinstance(items, list) or len(items) != len(batch):
        raise OutcomeUnknown(
            Problem(
                "ODD_ANSWER",
                f"Zoho answered HTTP {reply.status} without one result per record.",
                next_step="Look the records up before writing again.",
                fix_by="person",
            )
        )
    return [_outcome(write, item) for write, item in zip(batch, items, strict=True)]


def _row(write: Write) -> dict[str, Any]:
    match write:
        case Create():
            return dict(write.values)
        case Update():
            return {**write.values, "id": write.id}
        case Delete():
            raise TypeError("a delete has no row")


def _outcome(write: Write, item: dict[str, Any]) -> Outcome:
    details = item.get("details") or {}
    if item.get("status") == "success":
        return Outcome("done", str(details.get("id") or _id(write)), details=details)
    problem = api_error(_REFUSED, item, writes=True).problem
    if item.get("code") == "DUPLICATE_DATA" and (existing := details.get("id")):
        problem = replace(problem, next_step=f"The existing record is {existing}. {problem.next_step}")
    return Outcome("refused", _id(write), problem, details)


def _id(write: Write) -> str:
    return "" if isinstance(write, Create) else write.id
