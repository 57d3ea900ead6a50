"""COQL as people write it, made ready for the org and run to its end: checked and rewritten before anything is sent,
then page by page, as many calls as the rows need.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zcrm_tools import coql, scopes
from zcrm_tools.coql import rewrite
from zcrm_tools.coql.checks.limits import CRITERIA, MAX_ROWS, REACH
from zcrm_tools.coql.diagnostics import Diagnostic
from zcrm_tools.coql.format import format as printed
from zcrm_tools.coql.nodes import (
    Aggregate,
    Column,
    Comparison,
    Group,
    Limit,
    Logical,
    Order,
    Query,
    Text,
)
from zcrm_tools.coql.parser import DEFAULT_LIMIT
from zcrm_tools.coql.rewrite.calendar import PHRASE, Calendar
from zcrm_tools.coql.schema import Schema
from zcrm_tools.coql.walk import criteria
from zcrm_tools.crm import reads
from zcrm_tools.crm.org import Org
from zcrm_tools.errors import ApiError, QueryRefused, ScopeMissing
from zcrm_tools.metadata.schema import refreshed, schema_for
from zcrm_tools.models.record import Record

_STALE = frozenset({"UNKNOWN_MODULE", "UNKNOWN_FIELD", "VALUE_NOT_IN_LIST", "VALUE_IS_A_LABEL"})
"""What may be true of the metadata we have and no longer of the org."""
_ID = Column("id")
_NAMES_DAYS = re.compile(rf"{PHRASE.pattern}|['\"]\d{{4}}-\d\d-\d\d['\"]", re.IGNORECASE | re.VERBOSE)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query that may be sent. `rows` is how many its own LIMIT asks for; None without one."""

    text: str
    query: Query
    rows: int | None = None
    rewrites: tuple[rewrite.Rewrite, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One call's rows. `sent` is the exact text, `more` whether rows follow that the query asks for."""

    records: tuple[Record, ...]
    sent: str
    credits: int
    more: bool
    note: str = ""


async def prepare(org: Org, source: str, *, now: datetime | None = None) -> Prepared:
    """Check and rewrite a query against the org. Raises QueryRefused with every fault that stays."""
    spelled = rewrite.spell(source)
    query = spelled.query or coql.parse(spelled.text)
    schema = await schema_for(org.catalogue, query)
    calendar, notes = await _calendar(org, spelled.text, now or datetime.now(UTC))
    found = rewrite.fit(spelled, schema, calendar)
    if any(p.code in _STALE for p in found.problems) and await refreshed(org.catalogue, query, schema):
        schema = await schema_for(org.catalogue, query)
        found = rewrite.fit(spelled, schema, calendar)
    if found.faults:
        raise QueryRefused(*(coql.to_problem(found.text, fault) for fault in found.faults))
    query = found.query or coql.parse(found.text)
    limit = query.limit.count if query.limit else None
    rows = found.rows or (limit if isinstance(limit, int) else None)
    doubts = (*found.problems, *_joins_out_of_scope(org, query, schema))
    return Prepared(found.text, query, rows, found.rewrites, doubts, notes)


def _joins_out_of_scope(org: Org, query: Query, schema: Schema) -> list[Diagnostic]:
    """Doubts about joined modules that the grant does not cover. What the query reads from is the session's to refuse."""
    have = scopes.parse(org.profile.scopes)
    if not have:
        return []
    found = coql.check(query, schema, granted=lambda text: scopes.covers(have, (scopes.scope(text),)))
    return [doubt for doubt in found if doubt.code == "SCOPE_MISSING" and doubt.severity == "warning"]


async def pages(org: Org, prepared: Prepared, *, max_rows: int) -> AsyncIterator[Answer]:
    """The rows, up to `max_rows`, 2,000 a call at the price of what is asked for.

    Offsets reach 100,000 rows; beyond them a query ordered by id, or not at all, goes on from the last id.
    """
    query, left = prepared.query, min(prepared.rows or max_rows, max_rows)
    offset, capped, last = _offset(query), prepared.rows is None or prepared.rows > max_rows, ""
    while left > 0:
        size = min(left, MAX_ROWS, REACH - offset)
        as_written = not last and size == _asked(prepared.query) and offset == _offset(prepared.query)
        text = prepared.text if as_written else printed(_page(query, size, offset))
        price = 1 if size <= 200 else 2 if size <= 1000 else 3
        page = await reads.query(org, text, query.module, price=price)
        left -= len(page.records)
        offset += len(page.records)
        more = page.more and bool(page.records)
        note = ""
        if more and left > 0 and offset >= REACH:
            after = _after(prepared.query, page.records)
            if after is None:
                note = f"Offsets reach {REACH} rows; this query goes no further because it is grouped or ordered by another column than id."
                left = 0
            else:
                query, offset, last = after, 0, page.records[-1].id
        if not more:
            left = 0
        yield Answer(page.records, text, price, more and (left > 0 or capped or bool(note)), note)


def _asked(query: Query) -> int:
    count = query.limit.count if query.limit else DEFAULT_LIMIT
    return count if isinstance(count, int) else DEFAULT_LIMIT


def _offset(query: Query) -> int:
    return query.limit.offset if query.limit and isinstance(query.limit.offset, int) else 0


def _page(query: Query, size: int, offset: int) -> Query:
    return query.replaced(limit=Limit(size, offset))


def _after(query: Query, records: tuple[Record, ...]) -> Query | None:
    """The query for the rows after these, by id; None when its rows do not come in the order of their ids."""
    ordered = all(not o.descending and o.column == _ID for o in query.order_by)
    grouped = query.group_by or any(isinstance(s.expression, Aggregate) for s in query.select)
    if grouped or not ordered or query.where is None or not records[-1].id:
        return None
    if sum(1 for _ in criteria(query.where)) >= CRITERIA:
        return None
    rest = Comparison(_ID, ">", Text(records[-1].id))
    where = Group(query.where) if isinstance(query.where, Logical) else query.where
    return query.replaced(where=Logical("and", where, rest), order_by=(Order(_ID),))


async def _calendar(org: Org, text: str, now: datetime) -> tuple[Calendar, tuple[str, ...]]:
    """How the org counts days; asked only when the query names some. What it does not tell is taken as usual, and said."""
    if not _NAMES_DAYS.search(text):
        return Calendar(UTC, now), ()
    notes: list[str] = []
    zone: tzinfo = UTC
    try:
        if name := (await org.catalogue.org()).time_zone:
            zone = ZoneInfo(name)
    except (ScopeMissing, ApiError, ZoneInfoNotFoundError, ValueError):
        notes.append("The org's time zone could not be read; days are those of UTC.")
    fiscal_start = 1
    if "fiscal" in text.lower() and any("fiscal" in m.group().lower() for m in PHRASE.finditer(text)):
        try:
            fiscal_start = await org.catalogue.fiscal_start()
        except (ScopeMissing, ApiError, ValueError):
            notes.append("The org's fiscal year could not be read; it is taken to begin in January.")
    return Calendar(zone, now, fiscal_start), tuple(notes)
