"""A whole module into a file: planned with its price, read by several calls at once, resumable, checked, put together.

What was read before a kill or Ctrl-C is kept beside the file; the same request goes on from there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal

from zcrm_tools.coql.nodes import Column as Named
from zcrm_tools.coql.nodes import Comparison, Condition, Text
from zcrm_tools.errors import NOTHING_SENT, ApiError, InvalidInput, NotFound, Problem, ScopeMissing
from zcrm_tools.transfer import bulk, forms, paging, workbook
from zcrm_tools.transfer.apart import Apart
from zcrm_tools.transfer.columns import columns
from zcrm_tools.transfer.forms import Form, Sink
from zcrm_tools.transfer.paging import Reading, Selection, Span
from zcrm_tools.transfer.progress import Progress, counted
from zcrm_tools.transfer.segments import Segment, Segments
from zcrm_tools.transfer.wanted import Export

Route = Literal["auto", "coql", "bulk"]
CONCURRENT = {"free": 5, "": 5}
"""Calls at once by edition; COQL is held to 10 for all the others (https://www.zoho.com/crm/developer/docs/api/v8/api-limits.html)."""
MOST_CONCURRENT = 10


@dataclass(frozen=True, slots=True)
class Report:
    """What an export did. `snapshot` is the moment after which new records were left out; `finished` that of the last
    read: a record changed in between is as it was when its page was read.
    """

    module: str
    rows: int
    file: Path
    credits: int
    snapshot: datetime
    finished: datetime
    resumed: int
    skipped: Mapping[str, str]
    misfits: int = 0
    guarded: int = 0
    """Cells of CSV with an apostrophe in front, as a spreadsheet would have run them."""
    route: str = ""


async def run(
    export: Export,
    *,
    max_credits: int | None = None,
    route: Route = "coql",
    concurrency: int | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    announce: Callable[[str], None] = lambda _: None,
    now: datetime | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Report:
    """Read what is left to read and write the file, in one step at the end.

    Route `auto` takes bulk read where that costs a third or less, or alone fits the limit: it is slower, and nobody
    knows by how much. `announce` is told the way that was chosen and its price before it begins. Raises InvalidInput COST_TOO_HIGH when
    the price is above `max_credits`; whatever it raises later, pages that came are kept for the next run.
    """
    segments = Segments(export.target)
    snapshot = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    resumed = await asyncio.to_thread(segments.open, _header(export, snapshot))
    try:
        if resumed:
            announce(
                f"going on from {sum(s.rows for s in segments.kept.values()):,} rows that were read before"
            )
        with Apart() as apart:
            work = _Run(export, segments, apart, max_credits, concurrency, progress, announce)
            report = await work.go(route, sleep)
    except BaseException:
        segments.close()
        raise
    await asyncio.to_thread(segments.remove)
    return report


class _Run:
    """One run of an export, from what is on disk to the whole file."""

    def __init__(
        self,
        export: Export,
        segments: Segments,
        apart: Apart,
        budget: int | None,
        concurrency: int | None,
        progress: Callable[[Progress], None],
        announce: Callable[[str], None],
    ) -> None:
        self._export = export
        self._segments = segments
        self._apart = apart
        self._budget = budget
        self._concurrency = concurrency
        self._progress = progress
        self._announce = announce
        self._snapshot = datetime.fromisoformat(segments.header["snapshot"])
        self._form = forms.form(export.format, columns(export.fields), exact=export.exact, zone=export.zone)
        self._before = sum(s.rows for s in segments.kept.values())
        self._now = 0
        self._total = 0
        self._started = 0.0
        self._filled = False
        self._filled_for = 0
        """Credits of bulk read."""

    async def go(self, route: Route, sleep: Callable[[float], Awaitable[None]]) -> Report:
        atomic = self._segments.folder / "whole"
        reading = self._reading(await self._calls_at_once())
        self._started = time.monotonic()
        gaps = self._segments.left()
        counts = await asyncio.gather(*(reading.count(gap) for gap in gaps))
        self._total = self._before + sum(counts)
        if self._export.format == "xlsx" and self._total > workbook.ROWS:
            raise InvalidInput(_too_long_for_excel(self._total))
        if by_bulk := self._by_bulk(route, counts, reading.spent):
            await self._fill(by_bulk, route, sleep)
            gaps = self._segments.left()  # all of it is there, unless Zoho refused
            counts = await asyncio.gather(*(reading.count(gap) for gap in gaps))
        if gaps or not by_bulk:
            self._price(counts, reading.spent, route)
        earlier = self._segments.in_order()
        spans = [reading.add(gap, n) for gap, n in zip(gaps, counts, strict=True)]
        sink = await self._apart.do(self._form.open, atomic)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(reading.run())
                written = group.create_task(self._assemble(sink, earlier, spans))
        except BaseException as failed:
            sink.abandon()
            if isinstance(failed, BaseExceptionGroup):
                raise _cause(failed) from None
            raise
        rows = written.result()
        if rows < self._total and not self._filled and await self._fell_through(reading):
            sink = await self._apart.do(self._form.open, atomic)
            rows = await self._assemble(sink, self._segments.in_order(), [])
        await self._apart.do(atomic.replace, self._export.target)
        return Report(
            self._export.module,
            rows,
            self._export.target,
            reading.spent + self._filled_for,
            self._snapshot,
            datetime.now(UTC),
            self._before,
            self._export.skipped,
            sum(s.misfits for s in self._segments.kept.values()),
            sum(s.guarded for s in self._segments.kept.values()),
            "bulk read" if self._filled else "COQL",
        )

    def _reading(self, concurrency: int) -> Reading:
        reading = Reading(
            self._export.org,
            Selection(self._export.module, self._export.names, self._conditions()),
            self._segments,
            self._form,
            self._apart,
            concurrency=concurrency,
            budget=self._budget,
            on_page=lambda segment: self._on_page(segment, reading.spent),
        )
        return reading

    def _conditions(self) -> tuple[Condition, ...]:
        moment = Comparison(Named("Created_Time"), "<=", Text(self._snapshot.isoformat()))
        limits = (self._export.condition, moment if self._export.dated else None)
        return tuple(c for c in limits if c is not None)

    def _by_bulk(self, route: Route, counts: Sequence[int], spent: int) -> bulk.Asked | None:
        """What bulk read is to be asked for; None where COQL is to read."""
        if route == "coql" or not sum(counts):
            return None
        wanted = bulk.asked(self._export.module, self._export.fields, self._conditions())
        if isinstance(wanted, str):
            if route == "bulk":
                raise InvalidInput(_no_bulk(wanted))
            return None
        by_coql, cost = spent + sum(map(price, counts)), spent + bulk.price(sum(counts))
        fits = self._budget is None or cost <= self._budget
        saves = 3 * cost <= by_coql or (self._budget is not None and by_coql > self._budget)
        if route == "auto" and not self._segments.jobs and not (fits and saves):
            return None
        self._announce(
            f"{counted(sum(counts), 'row')} by bulk read: about {cost} credits, when Zoho gets round to it"
            f" (by COQL {by_coql} credits)"
        )
        self._afford(cost)
        return wanted

    async def _fill(
        self, wanted: bulk.Asked, route: Route, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        org, before = self._export.org, self._export.org.session.credits_spent
        try:
            try:
                await self._bulk(wanted, sleep)
            except NotFound:
                if not self._segments.jobs:
                    raise
                self._segments.jobs.clear()  # of an earlier run: Zoho keeps a job for a day
                await self._bulk(wanted, sleep)
            self._filled = True
        except (ScopeMissing, ApiError) as refused:
            if route == "bulk":
                raise
            self._announce(f"bulk read was refused: {refused.problem.message} Going on by COQL")
        finally:
            self._filled_for = org.session.credits_spent - before

    async def _bulk(self, wanted: bulk.Asked, sleep: Callable[[float], Awaitable[None]]) -> None:
        await bulk.fill(
            self._export.org,
            wanted,
            self._segments,
            self._form,
            self._apart,
            on_page=lambda rows: self._came(rows, 0),
            sleep=sleep,
        )

    async def _calls_at_once(self) -> int:
        if self._concurrency:
            return self._concurrency
        try:
            edition = (await self._export.org.catalogue.org()).edition
        except (ScopeMissing, ApiError):
            edition = ""
        return CONCURRENT.get(edition, MOST_CONCURRENT)

    def _price(self, counts: Sequence[int], spent: int, route: Route) -> None:
        cost = spent + sum(map(price, counts))
        pages = sum(-(-n // paging.PAGE) for n in counts)
        other = f" (by bulk read about {bulk.price(sum(counts))})" if route == "auto" else ""
        rows = counted(sum(counts), "row")
        self._announce(f"{rows} by COQL in {counted(pages, 'page')}: {counted(cost, 'credit')}{other}")
        self._afford(cost)

    def _afford(self, cost: int) -> None:
        if self._budget is not None and cost > self._budget:
            raise InvalidInput(
                Problem(
                    "COST_TOO_HIGH",
                    f"This export costs {cost} credits, and the limit is {self._budget}.",
                    "Nothing was read but the count.",
                    "Raise --max-credits, or narrow it with --where.",
                    fix_by="person",
                )
            )

    def _on_page(self, segment: Segment, credits: int) -> None:
        self._came(segment.rows, credits)

    def _came(self, rows: int, credits: int) -> None:
        self._now += rows
        spent = time.monotonic() - self._started
        self._progress(Progress(self._before + self._now, self._total, credits, spent, self._now))

    async def _assemble(self, sink: Sink, earlier: Sequence[Segment], spans: Sequence[Span]) -> int:
        """Write the pages in the order of their ids, each row once, while later ones are still read."""
        writer = _Writer(self._segments, self._form, sink)
        waiting = sorted(earlier, key=lambda s: s.piece.first)
        for span in spans:
            while waiting and waiting[0].piece.first <= span.gap.after:
                await self._apart.do(writer.add, waiting.pop(0))
            at: Span | None = span
            while at is not None:
                for page in at.pages:
                    await self._apart.do(writer.add, await page)
                at = await at.then
        for segment in waiting:
            await self._apart.do(writer.add, segment)
        await self._apart.do(sink.close)
        return writer.rows

    async def _fell_through(self, reading: Reading) -> bool:
        """Look between all pages for rows that none of them has. True when there were some."""
        pieces = [s.piece for s in self._segments.in_order()]
        reached = accumulate((p.last for p in pieces), max)
        pairs = [(low, p.first) for low, p in zip(reached, pieces[1:], strict=False) if p.first > low + 1]
        return await reading.seams(pairs) > 0


class _Writer:
    """Pages in, each id once."""

    def __init__(self, segments: Segments, form: Form, sink: Sink) -> None:
        self._segments = segments
        self._form = form
        self._sink = sink
        self._highest = 0
        self.rows = 0

    def add(self, segment: Segment) -> None:
        if not segment.rows or segment.piece.last <= self._highest:
            return
        data = self._segments.content(segment)
        skip = 0
        if segment.piece.first <= self._highest:
            skip = sum(i <= self._highest for i in self._form.ids(data))
        self._sink.add(data, skip)
        self._highest = segment.piece.last
        self.rows += segment.rows - skip


def price(rows: int) -> int:
    """Credits of reading so many rows by COQL: 3 for each 2,000, less for a smaller last page."""
    full, rest = divmod(rows, paging.PAGE)
    return 3 * full + (0 if not rest else 1 if rest <= 200 else 2 if rest <= 1_000 else 3)


def _too_long_for_excel(rows: int) -> Problem:
    return Problem(
        "TOO_MANY_ROWS",
        f"A sheet ends at {workbook.ROWS:,} records, and these are {rows:,}.",
        "Nothing was read but the count.",
        "Export to .csv or .parquet, or narrow it with --where.",
    )


def _no_bulk(why: str) -> Problem:
    return Problem(
        "NO_BULK_READ",
        f"Bulk read cannot give this: {why}.",
        NOTHING_SENT,
        "Export with --route coql, or other fields.",
    )


def _cause(failed: BaseExceptionGroup[BaseException]) -> BaseException:
    """What stopped a group: the first thing that went wrong in it."""
    first = failed.exceptions[0]
    return _cause(first) if isinstance(first, BaseExceptionGroup) else first


def _header(export: Export, snapshot: str) -> Mapping[str, Any]:
    header = {
        "identity": export.org.profile.identity,
        "module": export.module,
        "fields": list(export.names),
        "where": export.where,
        "format": export.format,
        "snapshot": snapshot,
    }
    return header if export.exact or export.format != "csv" else header | {"guarded": True}
