"""A gap of ids read by COQL pages of 2,000, several at once, each kept on disk as it comes.

Pages go by offset within the gap, ordered by id. An offset reaches 100,000 rows: a gap that holds more is read in
windows, the last page of each first, because the next window begins after its last id. Whatever was deleted meanwhile
moves later rows to earlier pages, where nobody looks again; so the rows are counted before, and when fewer came, the
seams between the pages are asked for what fell through.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, TypeVar

from zcrm_tools import endpoints
from zcrm_tools.coql.format import format as printed
from zcrm_tools.coql.nodes import (
    Aggregate,
    Column,
    Comparison,
    Condition,
    Group,
    IsNull,
    Limit,
    Logical,
    Order,
    Query,
    Selected,
    Text,
)
from zcrm_tools.crm.org import Org
from zcrm_tools.errors import InvalidInput, Problem
from zcrm_tools.transfer.apart import Apart
from zcrm_tools.transfer.coverage import END, Gap, Piece
from zcrm_tools.transfer.forms import Encoded, Form
from zcrm_tools.transfer.segments import Segment, Segments

T = TypeVar("T")
PAGE = 2_000
REACH = 100_000
SEAMS = 10
"""Seams asked for in one query: two criteria each, and COQL takes 25."""
_ID = Column("id")


@dataclass(frozen=True, slots=True)
class Selection:
    """What is read of every gap. `where` holds for all of it."""

    module: str
    fields: tuple[str, ...]
    where: tuple[Condition, ...] = ()


@dataclass(slots=True)
class Span:
    """One gap, or one window of it, being read. `pages` fill in any order; `then` is the window after this one."""

    number: int
    gap: Gap
    expected: int
    pages: list[asyncio.Future[Segment]]
    then: asyncio.Future[Span | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Reading:
    """Workers that read pages of spans until none is left. `spent` is in credits."""

    def __init__(
        self,
        org: Org,
        selection: Selection,
        segments: Segments,
        form: Form,
        apart: Apart,
        *,
        concurrency: int,
        budget: int | None,
        on_page: Callable[[Segment], None],
    ) -> None:
        self._org = org
        self._selection = selection
        self._segments = segments
        self._form = form
        self._budget = budget
        self._on_page = on_page
        self._concurrency = concurrency
        self._queue: asyncio.PriorityQueue[tuple[int, int, Span, int]] = asyncio.PriorityQueue()
        self._turn = itertools.count()
        self._apart = apart
        self.spent = 0

    async def count(self, gap: Gap) -> int:
        """How many rows a gap holds: one credit."""
        counted = Query(
            (Selected(Aggregate("count", _ID)),), self._selection.module, where=where(self._selection, gap)
        )
        body = await self._ask(counted, 1, decode=True)
        rows = (body or {}).get("data") or [{}]
        return int(next((v for v in rows[0].values() if isinstance(v, int | str)), 0))

    def add(self, gap: Gap, expected: int) -> Span:
        """Queue a gap's pages."""
        here = min(expected, REACH)
        pages = max(1, -(-here // PAGE))
        loop = asyncio.get_running_loop()
        span = Span(self._segments.add_gap(gap), gap, expected, [loop.create_future() for _ in range(pages)])
        for index in range(pages):
            # The last page of a full window leads to the next one, so it goes first.
            first = index == pages - 1 and expected > REACH
            self._queue.put_nowait((0 if first else 1, next(self._turn), span, index))
        return span

    async def run(self) -> None:
        """Read until the queue is empty and nobody can add to it. The first failure stops all."""
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(self._work()) for _ in range(self._concurrency)]
            await self._queue.join()
            for worker in workers:
                worker.cancel()

    async def seams(self, pairs: Sequence[tuple[int, int]]) -> int:
        """Read what lies between neighbouring pages and belongs to neither; how many rows did."""
        found = 0
        for start in range(0, len(pairs), SEAMS):
            some = pairs[start : start + SEAMS]
            between = reduce(
                lambda a, b: Logical("or", _bracket(a), _bracket(b)),
                [Logical("and", _compare(">", low), _compare("<", high)) for low, high in some],
            )
            query = self._query(_every([*self._selection.where, between]), Limit(PAGE, 0))
            content = await self._ask(query, 3)
            rows = json.loads(content)["data"] if content else []
            for low, high in some:
                mine = [row for row in rows if low < int(row["id"]) < high]
                if mine:
                    body = json.dumps({"data": mine}).encode()
                    gap = self._segments.add_gap(Gap(low, high))
                    await self._apart.do(self._keep, gap, 0, body, end=True)
                    found += len(mine)
        return found

    async def _work(self) -> None:
        me = asyncio.current_task()
        # Looked at each time, in case a cancellation was taken by a call that had just come back.
        while me is not None and not me.cancelling():
            _, _, span, index = await self._queue.get()
            await self._page(span, index)
            self._queue.task_done()

    async def _page(self, span: Span, index: int) -> None:
        offset = index * PAGE
        last = index == len(span.pages) - 1
        size = PAGE if span.expected > REACH or not last else max(1, span.expected - offset)
        query = self._query(where(self._selection, span.gap), Limit(min(size, PAGE), offset))
        content = await self._ask(query, 1 if size <= 200 else 2 if size <= 1000 else 3)
        more = _more(content)
        segment = await self._apart.do(self._keep, span.number, index, content, end=last and not more)
        del content
        self._on_page(segment)
        if last:
            reached = segment.piece.last
            rest = Gap(reached, span.gap.before)
            more = more and bool(reached)
            _settle(span.then, self.add(rest, max(PAGE, span.expected - REACH)) if more else None)
        _settle(span.pages[index], segment)

    def _keep(self, gap: int, index: int, content: bytes, *, end: bool) -> Segment:
        found = self._form.encode(content) if content else Encoded(b"")
        piece = Piece(index, found.first, found.last, end)
        return self._segments.write(gap, piece, found)

    def _query(self, condition: Condition, limit: Limit) -> Query:
        chosen = tuple(Selected(Column(name)) for name in self._selection.fields)
        return Query(chosen, self._selection.module, where=condition, order_by=(Order(_ID),), limit=limit)

    async def _ask(self, query: Query, price: int, *, decode: bool = False) -> Any:
        if self._budget is not None and self.spent + price > self._budget:
            raise InvalidInput(
                Problem(
                    "BUDGET_SPENT",
                    f"The export stopped at its limit of {self._budget} credits.",
                    "What was read is kept.",
                    "Run the same command with a higher --max-credits to go on.",
                    fix_by="person",
                )
            )
        self.spent += price
        reply = await self._org.session.call(
            endpoints.COQL,
            module=self._selection.module,
            json={"select_query": printed(query)},
            price=price,
            decode=decode,
        )
        return reply.body if reply.body is not None or decode else b""


def where(selection: Selection, gap: Gap) -> Condition:
    """The condition for a gap. COQL wants one even for everything."""
    edges: list[Condition] = []
    if gap.after:
        edges.append(_compare(">", gap.after))
    if gap.before != END:
        edges.append(_compare("<", gap.before))
    return _every([*selection.where, *edges] or [IsNull(_ID, negated=True)])


def _compare(operator: Any, id: int) -> Condition:
    return Comparison(_ID, operator, Text(str(id)))


def _every(conditions: Iterable[Condition]) -> Condition:
    return reduce(lambda a, b: Logical("and", _bracket(a), _bracket(b)), conditions)


def _bracket(condition: Condition) -> Condition:
    return Group(condition) if isinstance(condition, Logical) else condition


def _settle(waited: asyncio.Future[T], result: T) -> None:
    """Unless whoever waited was stopped, which cancels what was waited for."""
    if not waited.done():
        waited.set_result(result)


def _more(content: bytes) -> bool:
    """Read from the tail, which holds `info`: decoding the whole page would cost more than reading it."""
    tail = content[content.rfind(b'"info"') :].replace(b" ", b"") if content else b""
    return b'"more_records":true' in tail
