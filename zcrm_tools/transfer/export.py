"""A whole module into a file: planned with its price, read by several calls at once, resumable, checked, put together.

What was read before a kill or Ctrl-C is kept beside the file; the same request goes on from there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

from zcrm_tools.coql.nodes import Column as Named
from zcrm_tools.coql.nodes import Comparison, Condition, Group, Logical, Text
from zcrm_tools.crm.coql import prepare
from zcrm_tools.crm.org import Org
from zcrm_tools.errors import NOTHING_SENT, ApiError, InvalidInput, Problem, ScopeMissing
from zcrm_tools.metadata.values import find_field, unknown_field
from zcrm_tools.models.metadata import FieldInfo
from zcrm_tools.transfer import forms, paging
from zcrm_tools.transfer.apart import Apart
from zcrm_tools.transfer.columns import columns, exportable
from zcrm_tools.transfer.forms import Form, Sink
from zcrm_tools.transfer.paging import Reading, Selection, Span
from zcrm_tools.transfer.progress import Progress
from zcrm_tools.transfer.segments import Segment, Segments

FIELDS = 49
"""Columns besides `id`: one COQL query names 50, by the stricter of Zoho's pages."""
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
    skipped: tuple[str, ...]
    misfits: int = 0
    route: str = ""


@dataclass(frozen=True, slots=True)
class Export:
    """A request that was checked against the org. `skipped` are fields that COQL does not return."""

    org: Org
    module: str
    fields: tuple[FieldInfo, ...]
    where: str
    condition: Condition | None
    target: Path
    format: str
    skipped: tuple[str, ...]
    dated: bool = True
    """Whether records say when they were created, so that newer ones can be left out."""

    @property
    def names(self) -> tuple[str, ...]:
        return ("id", *(f.api_name for f in self.fields if f.api_name != "id"))


async def checked(
    org: Org, module: str, target: Path, *, fields: Sequence[str] = (), where: str = ""
) -> Export:
    """Check names and condition against the org; nothing of the module is read. Without `fields`, all that COQL
    returns, the first 49 of them. Raises InvalidInput or QueryRefused with every fault.
    """
    form = forms.format_of(target)
    info = await org.catalogue.module(module)
    known = await org.catalogue.fields(info.api_name)
    chosen, skipped = _chosen(known, fields)
    condition = await _condition(org, info.api_name, where) if where.strip() else None
    dated = "Created_Time" in known
    return Export(org, info.api_name, chosen, where.strip(), condition, target, form, skipped, dated)


async def run(
    export: Export,
    *,
    max_credits: int | None = None,
    concurrency: int | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    announce: Callable[[str], None] = lambda _: None,
    now: datetime | None = None,
) -> Report:
    """Read what is left to read and write the file, in one step at the end.

    `announce` is told the way that was chosen and its price before it begins. Raises InvalidInput COST_TOO_HIGH when
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
            report = await _Run(export, segments, apart, max_credits, concurrency, progress, announce).go()
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
        self._form = forms.form(export.format, columns(export.fields))
        self._before = sum(s.rows for s in segments.kept.values())
        self._now = 0
        self._total = 0
        self._started = 0.0

    async def go(self) -> Report:
        atomic = self._segments.folder / "whole"
        reading = self._reading(await self._calls_at_once())
        self._started = time.monotonic()
        gaps = self._segments.left()
        counts = await asyncio.gather(*(reading.count(gap) for gap in gaps))
        self._total = self._before + sum(counts)
        self._price(counts, reading.spent)
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
        if rows < self._total and await self._fell_through(reading):
            sink = await self._apart.do(self._form.open, atomic)
            rows = await self._assemble(sink, self._segments.in_order(), [])
        await self._apart.do(atomic.replace, self._export.target)
        return Report(
            self._export.module,
            rows,
            self._export.target,
            reading.spent,
            self._snapshot,
            datetime.now(UTC),
            self._before,
            self._export.skipped,
            sum(s.misfits for s in self._segments.kept.values()),
            "COQL",
        )

    def _reading(self, concurrency: int) -> Reading:
        moment = Comparison(Named("Created_Time"), "<=", Text(self._snapshot.isoformat()))
        limits = (self._export.condition, moment if self._export.dated else None)
        conditions = [c for c in limits if c is not None]
        reading = Reading(
            self._export.org,
            Selection(self._export.module, self._export.names, tuple(conditions)),
            self._segments,
            self._form,
            self._apart,
            concurrency=concurrency,
            budget=self._budget,
            on_page=lambda segment: self._on_page(segment, reading.spent),
        )
        return reading

    async def _calls_at_once(self) -> int:
        if self._concurrency:
            return self._concurrency
        try:
            edition = (await self._export.org.catalogue.org()).edition
        except (ScopeMissing, ApiError):
            edition = ""
        return CONCURRENT.get(edition, MOST_CONCURRENT)

    def _price(self, counts: Sequence[int], spent: int) -> None:
        cost = spent + sum(map(price, counts))
        self._announce(
            f"{sum(counts):,} rows by COQL in {sum(-(-n // paging.PAGE) for n in counts)} pages: {cost} credits"
        )
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
        self._now += segment.rows
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


def _cause(failed: BaseExceptionGroup[BaseException]) -> BaseException:
    """What stopped a group: the first thing that went wrong in it."""
    first = failed.exceptions[0]
    return _cause(first) if isinstance(first, BaseExceptionGroup) else first


def _header(export: Export, snapshot: str) -> Mapping[str, Any]:
    return {
        "identity": export.org.profile.identity,
        "module": export.module,
        "fields": list(export.names),
        "where": export.where,
        "format": export.format,
        "snapshot": snapshot,
    }


def _chosen(
    known: Mapping[str, FieldInfo], asked: Sequence[str]
) -> tuple[tuple[FieldInfo, ...], tuple[str, ...]]:
    if not asked:
        able = [f for f in known.values() if exportable(f) and f.api_name != "id"]
        kept = {f.api_name for f in able[:FIELDS]}
        return tuple(able[:FIELDS]), tuple(name for name in known if name not in kept and name != "id")
    problems: list[Problem] = []
    found: dict[str, FieldInfo] = {}
    for name in asked:
        info = find_field(name, known)
        if info is None:
            if name == "id":
                continue
            message, close = unknown_field(name, known)
            problems.append(Problem("UNKNOWN_FIELD", message, NOTHING_SENT, field=name, closest=close))
        elif not exportable(info):
            problems.append(
                Problem(
                    "NOT_EXPORTABLE",
                    f"{info.api_name} is of type {info.data_type}, which COQL does not return.",
                    NOTHING_SENT,
                    "Leave it out.",
                    field=name,
                )
            )
        else:
            found[info.api_name] = info
    if len(found) > FIELDS:
        problems.append(
            Problem(
                "TOO_MANY_FIELDS",
                f"{len(found)} fields were asked for; a query names {FIELDS} besides id.",
                NOTHING_SENT,
            )
        )
    if problems:
        raise InvalidInput(*problems)
    return tuple(found.values()), ()


async def _condition(org: Org, module: str, where: str) -> Condition | None:
    """The condition as the org's own fields allow it. Raises QueryRefused."""
    ready = await prepare(org, f"select id from {module} where {where} limit 1")  # noqa: S608 (parsed, not run)
    if ready.query.order_by or ready.query.group_by:
        raise InvalidInput(
            Problem(
                "NOT_A_CONDITION",
                "A condition alone was expected.",
                NOTHING_SENT,
                "Leave out GROUP BY and ORDER BY.",
            )
        )
    found = ready.query.where
    return Group(found) if isinstance(found, Logical) else found
