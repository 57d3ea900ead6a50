"""Sending writes. Zoho answers a batch record by record, so the outcome is one per write, in the order given.

Rows that Zoho did not look at are sent again, and no others. A create is repeated only with a key; what may be done
twice (an update, a delete, a tag, a link, a restore) and whose answer was lost is looked up and, where it did not
happen, sent once more. A conversion, a mail, a merge, a file and the like are never repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from zcrm_tools import endpoints
from zcrm_tools.crm import acts, reads
from zcrm_tools.crm import reconcile as r
from zcrm_tools.crm.intents import NO_KEYS, Keys
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import (
    Create,
    Delete,
    Link,
    Outcome,
    Records,
    Restore,
    Tags,
    Update,
    Write,
    kind,
    record_of,
)
from zcrm_tools.errors import Conflict, OutcomeUnknown, Problem, RateLimited, ServerFault, ZcrmError
from zcrm_tools.http.refusals import api_error

BATCH = 100
_REFUSED = 400
_ROUNDS = 3
_ENDPOINT = {
    "create": endpoints.CREATE_RECORDS,
    "update": endpoints.UPDATE_RECORDS,
    "delete": endpoints.DELETE_RECORDS,
}

_Twice = Update | Delete | Restore | Tags | Link
"""Doing it twice is the same as doing it once."""
_OnceGone = Delete | Restore | Link
"""Of those, the ones that are refused the second time, because the first one happened."""

Seen = Mapping[str, Any]
"""The fields a write touches as they were last read, with Modified_Time when it was."""
Placed = tuple[int, Write, Seen]


async def apply(
    org: Org,
    writes: Sequence[Write],
    *,
    seen: Sequence[Seen] = (),
    keys: Keys = NO_KEYS,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    told: Callable[[int], None] = lambda _: None,
) -> tuple[Outcome, ...]:
    """Send the writes. Raises only when the very first batch failed and so nothing at all was written.

    `told` hears after each batch but the last how many are behind it.
    """
    outcomes: list[Outcome] = []
    places = [(i, w, seen[i] if seen else {}) for i, w in enumerate(writes)]
    for batch in batches(writes):
        rows = places[len(outcomes) : len(outcomes) + len(batch)]
        try:
            sent = await _sent(org, rows, keys, now)
        except ZcrmError as failed:
            if not outcomes:
                raise
            outcomes.extend(Outcome("not_sent", record_of(w), failed.problem) for w in batch)
            break
        outcomes.extend(sent)
        if any(o.status == "unknown" for o in sent):
            break
        if len(outcomes) < len(writes):
            told(len(outcomes))
    outcomes.extend(Outcome("not_sent", record_of(w)) for w in writes[len(outcomes) :])
    return tuple(outcomes)


def batches(writes: Sequence[Write]) -> Iterator[tuple[Write, ...]]:
    """Neighbours that one call takes, such as 100 records of one kind and module: the order of the plan is kept."""
    for _, group in groupby(writes, key=_together):
        together = tuple(group)
        most = BATCH if isinstance(together[0], Records) else acts.TOGETHER.get(type(together[0]), 1)
        for start in range(0, len(together), most):
            yield together[start : start + most]


def _together(write: Write) -> object:
    return (kind(write), write.module) if isinstance(write, Records) else acts.alike(write)


def price(writes: Sequence[Write]) -> int:
    """Credits: one per ten records written, one per delete call (https://www.zoho.com/crm/developer/docs/api/v8/api-limits.html)."""
    return sum(map(_price, batches(writes)))


def _price(batch: Sequence[Write]) -> int:
    if not isinstance(batch[0], Records):
        return acts.cost(batch)
    return 1 if isinstance(batch[0], Delete) else -(-len(batch) // 10)


async def _sent(org: Org, batch: Sequence[Placed], keys: Keys, now: Callable[[], datetime]) -> list[Outcome]:
    """One batch, until each row has an outcome. Raises when the first attempt failed and nothing was written."""
    outcomes: dict[int, Outcome] = {}
    left, looked = list(batch), False
    lost: set[int] = set()
    for attempt in range(1, _ROUNDS + 1):
        try:
            outcomes |= await _once(org, left, keys, unless_modified=not looked)
        except (OutcomeUnknown, ServerFault) as silence:
            outcomes |= {i: Outcome("unknown", record_of(w), _lost(silence)) for i, w, _ in left}
        except ZcrmError as failed:
            if attempt == 1:
                raise
            outcomes |= {i: _still(outcomes[i], failed) for i, _, _ in left}
            break
        lost |= {i for i, outcome in outcomes.items() if outcome.status == "unknown"}
        if lost and isinstance(left[0][1], _Twice):
            looked = await _looked_up(org, left, outcomes, now()) or looked
        left = [row for row in batch if outcomes[row[0]].status == "not_sent"]
        if not left:
            break
        if not looked:
            await org.session.line.patience.sleep(org.session.line.patience.wait(attempt, None))
    late = {i for i in lost if outcomes[i].status == "not_sent"}  # an attempt of theirs may still arrive
    return [replace(outcomes[i], status="unknown") if i in late else outcomes[i] for i, _, _ in batch]


async def _once(org: Org, rows: Sequence[Placed], keys: Keys, *, unless_modified: bool) -> dict[int, Outcome]:
    """One request. A row that Zoho did not look at for want of calls or credits is `not_sent`."""
    first = rows[0][1]
    if not isinstance(first, Records):
        outcomes = await acts.send(org, [w for _, w, _ in rows])
        return {row[0]: outcome for row, outcome in zip(rows, outcomes, strict=True)}
    endpoint = _ENDPOINT[kind(first)]
    if isinstance(first, Delete):
        params = {"ids": ",".join(record_of(w) for _, w, _ in rows), "wf_trigger": "true"}
        reply = await org.session.call(endpoint, module=first.module, params=params)
    else:
        body = {"data": [_row(w, keys.of(i, w)) for i, w, _ in rows]}
        headers = _unless_modified(rows) if unless_modified else None
        keyed = all(keys.of(i, w) for i, w, _ in rows)
        try:
            reply = await org.session.call(
                endpoint, module=first.module, json=body, headers=headers, repeatable=keyed
            )
        except Conflict as overtaken:
            if not headers or overtaken.code != "ALREADY_MODIFIED":
                raise
            return {i: await _conflict(org, w, old, overtaken.problem) for i, w, old in rows}
    items = (reply.body or {}).get("data")
    if not isinstance(items, list) or len(items) != len(rows):
        raise OutcomeUnknown(
            Problem(
                "ODD_ANSWER",
                f"Zoho answered HTTP {reply.status} without one result per record.",
                "It is not known whether anything was written.",
                next_step="Look the records up before writing again.",
                fix_by="person",
            )
        )
    return {row[0]: await _outcome(org, row, item, keys) for row, item in zip(rows, items, strict=True)}


def _unless_modified(rows: Sequence[Placed]) -> dict[str, str] | None:
    """The latest Modified_Time among the images: they were read together, so any later change came after the reading."""
    times = [
        str(old["Modified_Time"]) for _, w, old in rows if isinstance(w, Update) and old.get("Modified_Time")
    ]
    if not times or len(times) != len(rows):
        return None
    return {"If-Unmodified-Since": max(times, key=datetime.fromisoformat)}


def _row(write: Write, key: tuple[str, str] | None) -> dict[str, Any]:
    match write:
        case Create():
            return {**write.values, key[0]: key[1]} if key else dict(write.values)
        case Update():
            return {**write.values, "id": write.id}
    raise TypeError(f"a {kind(write)} has no row")


async def _outcome(org: Org, row: Placed, item: dict[str, Any], keys: Keys) -> Outcome:
    place, write, old = row
    details = item.get("details") or {}
    if item.get("status") == "success":
        return Outcome("done", str(details.get("id") or record_of(write)), details=details)
    code = str(item.get("code") or "")
    error = api_error(_REFUSED, item, writes=True)
    if isinstance(error, ServerFault):
        return Outcome("unknown", record_of(write), error.problem, details)
    if isinstance(error, RateLimited):
        return Outcome("not_sent", record_of(write), error.problem, details)
    if code == "ALREADY_MODIFIED":
        return await _conflict(org, write, old, error.problem)
    existing, key = str(details.get("id") or ""), keys.of(place, write)
    if code == "DUPLICATE_DATA" and existing and key and await _has_key(org, write.module, existing, key):
        return Outcome("done", existing, details=details)
    org.catalogue.refused(write.module, code)
    return Outcome("refused", record_of(write), error.problem, details)


async def _has_key(org: Org, module: str, id: str, key: tuple[str, str]) -> bool:
    """Whether the record in the way is this very create's, made by an attempt whose answer was lost."""
    found = (await reads.get_many(org, module, [id], [key[0]])).get(id)
    return found is not None and found.get(key[0]) == key[1]


async def _conflict(org: Org, write: Write, old: Seen, problem: Problem) -> Outcome:
    """Refused because the record changed: what was read, and what is there now. Done when that is what we wanted.

    A network that delivers an update twice makes Zoho refuse the second one on account of the first.
    """
    fields = list(write.values) if isinstance(write, Update) else []
    record: Mapping[str, Any] = (
        await reads.get_many(org, write.module, [record_of(write)], [*fields, "Modified_Time"])
    ).get(record_of(write), {})
    if fields and isinstance(write, Update) and all(r.same(record.get(f), write.values[f]) for f in fields):
        return Outcome("done", write.id)
    said = "; ".join(f"{f} was {old.get(f)!r}, is {record.get(f)!r}" for f in (*fields, "Modified_Time"))
    return Outcome(
        "refused",
        record_of(write),
        replace(
            problem,
            message=f"{write.module} {record_of(write)} was changed by somebody else since it was read: {said}.",
            not_done="Nothing was written to it.",
        ),
        {"before": {f: old.get(f) for f in fields}, "now": {f: record.get(f) for f in fields}},
    )


async def _looked_up(org: Org, rows: Sequence[Placed], outcomes: dict[int, Outcome], now: datetime) -> bool:
    """Updates and deletes without an answer, judged by their records. True when some are to be sent once more.

    A delete that is refused because its record is gone, after an attempt that was lost, has happened; so with the like.
    """
    unclear = [
        r.Lost(i, w, old)
        for i, w, old in rows
        if outcomes[i].status == "unknown" or (isinstance(w, _OnceGone) and _gone(outcomes[i]))
    ]
    if not unclear:
        return False
    try:
        found = await r.reconcile(org, unclear, r.Sent(now, now, landed=True))
    except ZcrmError:  # then they stay unknown, which is true
        return False
    again = False
    for place, outcome in found.items():
        missing = outcome.problem is not None and outcome.problem.code == "NEVER_ARRIVED"
        outcomes[place] = replace(outcomes[place], status="not_sent") if missing else outcome
        again = again or missing
    return again


def _gone(outcome: Outcome) -> bool:
    return (
        outcome.status == "refused" and outcome.problem is not None and outcome.problem.code == "INVALID_DATA"
    )


def _lost(error: ZcrmError) -> Problem:
    return replace(
        error.problem, not_done=error.problem.not_done or "It is not known whether anything was written."
    )


def _still(outcome: Outcome, failed: ZcrmError) -> Outcome:
    return replace(outcome, problem=failed.problem)
