"""Finding out what became of writes whose answers were lost, by looking at the records. Nothing is written here.

Creates are looked for in the module's list by Created_Time, never in /search, whose index lags: by their key where
they carry one, otherwise by their values, among rows that this user made in the time in question. Updates and
deletes are looked up by id, other acts by what they leave behind (`traces`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from zcrm_tools.crm import listing, reads, traces
from zcrm_tools.crm.intents import NO_KEYS, Keys
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import Create, Delete, Outcome, Update, Write, record_of
from zcrm_tools.errors import Problem, ScopeMissing
from zcrm_tools.models.record import Record, naming_field

SLACK = timedelta(minutes=2)
"""Added on both sides of a window: clocks differ, and Zoho's times have whole seconds."""
LANDING = timedelta(minutes=3)
"""After this long a request that left has arrived or never will: longer than any call waits for its answer."""

Taken = Callable[[str, Sequence[str]], set[str]]
"""Module and record ids → those that are known to be the work of another write."""


@dataclass(frozen=True, slots=True)
class Sent:
    """When the writes may have reached Zoho, by this machine's clock, and whether more may still arrive."""

    since: datetime
    until: datetime
    landed: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """One write without an answer: its place in the plan, and the fields it touches as they were."""

    place: int
    write: Write
    before: Mapping[str, Any]


async def reconcile(
    org: Org, lost: Sequence[Lost], sent: Sent, *, keys: Keys = NO_KEYS, taken: Taken = lambda _m, _i: set()
) -> dict[int, Outcome]:
    """What became of each write, by its place. `unknown` where the records do not say, with what a person should look at."""
    found: dict[int, Outcome] = {}
    for module in dict.fromkeys(one.write.module for one in lost):
        here = [one for one in lost if one.write.module == module]
        found |= await _creates(
            org, module, [o for o in here if isinstance(o.write, Create)], sent, keys, taken
        )
        found |= await _others(org, module, [o for o in here if isinstance(o.write, Update | Delete)], sent)
        for one in here:
            if not isinstance(one.write, Create | Update | Delete):
                found[one.place] = await _act(org, one, sent)
    return found


async def _act(org: Org, one: Lost, sent: Sent) -> Outcome:
    trace = await traces.look(org, one.write, one.before)
    record = record_of(one.write)
    if trace.happened is None:
        return _unclear(one.write, [record] if record else [])
    return Outcome("done", record, details=trace.details) if trace.happened else _absent(one.write, sent)


async def _creates(
    org: Org, module: str, lost: Sequence[Lost], sent: Sent, keys: Keys, taken: Taken
) -> dict[int, Outcome]:
    if not lost:
        return {}
    rows = await _made(org, module, lost, sent, keys)
    known = taken(module, [row.id for row in rows]) if rows else set()
    free = {row.id: row for row in rows if row.id not in known}
    found: dict[int, Outcome] = {}
    for one in lost:
        if key := keys.of(one.place, one.write):
            match = [i for i, row in free.items() if row.get(key[0]) == key[1]]
            found[one.place] = Outcome("done", match[0]) if match else _absent(one.write, sent)
    unkeyed = [one for one in lost if one.place not in found]
    for one in unkeyed:
        if one.place in found:
            continue
        alike = [o for o in unkeyed if o.place not in found and o.write == one.write]
        match = [i for i, row in free.items() if _is(one.write, row)]
        found |= _assign(alike, match, sent)
        for outcome in (found[o.place] for o in alike):
            free.pop(outcome.id, None)
        if not match:
            near = [i for i, row in free.items() if _near(one.write, row)]
            found |= {o.place: _unclear(one.write, near) for o in alike} if near else {}
    return found


def _assign(alike: Sequence[Lost], match: Sequence[str], sent: Sent) -> dict[int, Outcome]:
    """Equal creates and the rows that fit them. Equal rows are interchangeable, so only a surplus is a question."""
    if len(match) > len(alike):
        return {one.place: _unclear(one.write, match) for one in alike}
    done = {one.place: Outcome("done", record) for one, record in zip(alike, match, strict=False)}
    return done | {one.place: _absent(one.write, sent) for one in alike[len(match) :]}


async def _made(org: Org, module: str, lost: Sequence[Lost], sent: Sent, keys: Keys) -> list[Record]:
    """Rows of this user created in the window, newest first."""
    ahead = org.session.server_ahead
    since, until = sent.since + ahead - SLACK, sent.until + ahead + SLACK
    names = dict.fromkeys(["Created_Time", "Created_By", naming_field(module)])
    names |= dict.fromkeys(k[0] for one in lost if (k := keys.of(one.place, one.write)))
    names |= dict.fromkeys(f for one in lost if isinstance(one.write, Create) for f in _telling(one.write))
    me = await _me(org)
    rows: list[Record] = []
    async for page in listing.pages(
        org, module, list(names)[: reads.FIELDS_PER_CALL], sort_by="Created_Time", converted="both"
    ):
        for row in page:
            created = _moment(row.get("Created_Time"))
            if created is None or created > until:
                continue
            if created < since:
                return rows
            if me in ("", str((row.get("Created_By") or {}).get("id", me))):
                rows.append(row)
    return rows


async def _me(org: Org) -> str:
    """Empty when the grant does not say who we are: then everybody's rows count."""
    try:
        return (await org.catalogue.me()).id
    except ScopeMissing:
        return ""


async def _others(org: Org, module: str, lost: Sequence[Lost], sent: Sent) -> dict[int, Outcome]:
    if not lost:
        return {}
    ids = [record_of(one.write) for one in lost]
    fields = {f for one in lost if isinstance(one.write, Update) for f in _telling(one.write)}
    records = await reads.get_many(org, module, ids, sorted({naming_field(module), *fields}))
    return {one.place: _judged(one, records, sent) for one in lost}


def _judged(one: Lost, records: Mapping[str, Record], sent: Sent) -> Outcome:
    write = one.write
    if not isinstance(write, Update | Delete):
        raise TypeError(f"{write!r} is not judged by its record")
    record = records.get(write.id)
    if isinstance(write, Delete):
        return Outcome("done", write.id) if record is None else _absent(write, sent)
    if record is None:
        return Outcome(
            "refused", write.id, Problem("RECORD_NOT_FOUND", f"{write.module} {write.id} is gone.")
        )
    told = [f for f in _telling(write) if f in record]
    if told and all(same(record.get(f), write.values[f]) for f in told):
        return Outcome("done", write.id)
    if all(same(record.get(f), one.before.get(f)) for f in told if f in one.before):
        return _absent(write, sent)
    return _unclear(write, [write.id])


def _telling(write: Create | Update) -> list[str]:
    """The fields that a list gives back as they were sent."""
    return [
        f for f, v in write.values.items() if f[:1].isalpha() and not isinstance(v, list) and f != "Layout"
    ]


def _is(write: Write, row: Record) -> bool:
    """Whether a row has everything the create sent. What Zoho left out of the row says nothing."""
    told = [f for f in _telling(write) if f in row] if isinstance(write, Create) else []
    return bool(told) and all(same(row.get(f), write.values[f]) for f in told)  # type: ignore[union-attr]


def _near(write: Write, row: Record) -> bool:
    """Most of what was sent: a workflow may have changed the rest."""
    told = [f for f in _telling(write) if f in row] if isinstance(write, Create) else []
    alike = sum(same(row.get(f), write.values[f]) for f in told)  # type: ignore[union-attr]
    return alike * 2 > len(told)


def _absent(write: Write, sent: Sent) -> Outcome:
    """Not there. Only once nothing can be under way any more is that an answer."""
    record = record_of(write)
    if sent.landed:
        return Outcome(
            "refused",
            record,
            Problem(
                "NEVER_ARRIVED",
                "The answer was lost, and Zoho shows no trace of the write: the request did not arrive.",
                "Nothing was written.",
                "Ask for it again to write it.",
            ),
        )
    return Outcome(
        "unknown",
        record,
        Problem(
            "NOT_THERE_YET",
            "The answer was lost, and Zoho shows no trace of the write so far; it may still be under way.",
            "It is not known whether it will be written.",
            f"Ask for the same again in {int(LANDING.total_seconds()) // 60} minutes: it is then looked for first.",
            fix_by="wait",
        ),
    )


def _unclear(write: Write, ids: Sequence[str]) -> Outcome:
    said = (
        f"{write.module} {', '.join(ids[:5])} may or may not come from it"
        if isinstance(write, Create)
        else f"what Zoho shows{f' of {write.module} {ids[0]}' if ids else ''} does not say whether it happened"
    )
    return Outcome(
        "unknown",
        record_of(write),
        Problem(
            "WHICH_ONE",
            f"The answer was lost, and {said}.",
            "Nothing was repeated.",
            "Have a person look in Zoho CRM; ask for it again with `repeat` only if it did not happen.",
            fix_by="person",
            allowed=tuple(ids),
        ),
    )


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values of a field mean the same: lookups by id, moments by instant, empty as nothing."""
    if isinstance(one, Mapping) and "id" in one:
        one = str(one["id"])
    if isinstance(other, Mapping) and "id" in other:
        other = str(other["id"])
    if isinstance(one, str) and isinstance(other, str) and one != other and "T" in one and "T" in other:
        try:
            return datetime.fromisoformat(one) == datetime.fromisoformat(other)
        except (ValueError, TypeError):
            return False
    if one in ("", None, []) and other in ("", None, []):
        return True
    return bool(one == other)


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
