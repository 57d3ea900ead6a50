"""Rows into a module by batches of 100, each a plan of its own in the journal, resumable, no row written twice.

Before a plan is sent, `state` notes which rows it writes; what became of a plan is in its receipt. So a run that was
killed or stopped is gone on with by the same request: each row's plan says whether it was written, and where that is
not known the records are looked at (`safety.gate`). A row is written again only once it is known that it was not.

Creates that carry no key run one batch at a time: an answer that is lost is looked for by what the rows say, and rows
of another batch must not be taken for them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain

from zcrm_tools.crm import intents
from zcrm_tools.crm import reconcile as r
from zcrm_tools.crm.apply import BATCH, batches
from zcrm_tools.crm.writes import Create, from_json
from zcrm_tools.errors import InvalidInput, NotAllowed, PlanUnusable, Problem, ZcrmError
from zcrm_tools.safety.asker import Way
from zcrm_tools.safety.gate import Gate
from zcrm_tools.safety.plan import Proposal, Result
from zcrm_tools.safety.policy import Policy
from zcrm_tools.state.state import PlanRow
from zcrm_tools.transfer import reasons
from zcrm_tools.transfer.deciding import Decided, Deciding
from zcrm_tools.transfer.intake import Import, Row, judged, price
from zcrm_tools.transfer.outcome import Report, Status, Written
from zcrm_tools.transfer.progress import Progress
from zcrm_tools.transfer.traces import Noted, Traces, before

ACTION = "import"
AT_ONCE = 5
"""Batches at once where that is safe: half of the ten that Zoho allows of such calls, so that people can work meanwhile."""
MANY = 2_000
"""Rows from which on it is worth telling how an import could be faster."""
ROUNDS = 4
"""How often a row is tried that Zoho did not look at, or that somebody else changed under our hands."""
_TRY_AGAIN = frozenset({"NEVER_ARRIVED", "RECORD_NOT_FOUND"})


async def run(
    asked: Import,
    gate: Gate,
    *,
    by: str = "",
    way: Way = "python",
    dry_run: bool = False,
    again: bool = False,
    as_new: bool = False,
    max_credits: int | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    announce: Callable[[str], None] = lambda _: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Report:
    """Write what an earlier run of this import has not; with `again` everything. `by` is the person who agreed to it, and
    `way` how; where the policy does not take that, it goes as far as it goes without a person.

    Raises NotAllowed when policy refuses, or when a person must agree and nobody has. Whatever else it raises, the
    batches that were written are in the journal, and the same request goes on from there. Where rows of a file that were
    written are not in it any more as they were, new ones may be the same: InvalidInput, unless they are taken `as_new`.
    """
    if not dry_run:
        _let_through(asked, gate.policy, by, way)
    by = by if way in gate.policy.approval else ""
    if not again:
        before(asked, gate, as_new=as_new)
    traces = Traces(asked, gate, again=again, dry_run=dry_run)
    return await _Run(asked, gate, traces, by, way, dry_run, max_credits, progress, announce, now, sleep).go()


def _let_through(asked: Import, policy: Policy, by: str, way: Way) -> None:
    """What policy says of the whole, which its batches do not show."""
    if policy.source and asked.ready > policy.most:
        raise NotAllowed(reasons.too_many(asked.ready, policy.most, policy.source))
    mass = policy.rule("mass") if asked.ready > policy.row_cap else "straight"
    if mass == "refuse":
        raise NotAllowed(reasons.never_many(asked.ready, policy.row_cap, policy.source))
    if mass == "person" and not by:
        raise NotAllowed(reasons.needs_person(asked.ready))
    if mass == "person":
        policy.takes(way)


@dataclass(slots=True)
class _Run:
    asked: Import
    gate: Gate
    traces: Traces
    by: str
    way: Way
    dry_run: bool
    budget: int | None
    progress: Callable[[Progress], None]
    announce: Callable[[str], None]
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    written: dict[int, Written] = field(default_factory=dict)
    of_this_run: int = 0
    plans: dict[str, None] = field(default_factory=dict)
    unknown: dict[str, list[Noted]] = field(default_factory=dict)
    """Rows without an answer, by the plan that sent them."""
    again: list[Noted] = field(default_factory=list)
    """Rows to try once more."""
    before: int = field(init=False)
    started: float = field(init=False)
    deciding: Deciding = field(init=False)

    def __post_init__(self) -> None:
        self.before = self.asked.org.session.credits_spent
        self.started = time.monotonic()
        self.deciding = Deciding(self.asked)

    async def go(self) -> Report:
        await self._all(self._new_batches(), await self._at_once())
        for _ in range(0 if self.dry_run else ROUNDS):
            await self._find_out()
            if not self.again:
                break
            again, self.again = self.again, []
            await self._all(_each(_groups(again)), 1)
        if self.again:
            raise ZcrmError(reasons.tired(len(self.again)))
        for noted in chain.from_iterable(self.unknown.values()):
            if noted.row.number not in self.written:
                self._note(noted.row, "unknown", problems=(reasons.LOST,))
        rows = tuple(self.written[number] for number in sorted(self.written))
        asked = self.asked
        return Report(
            asked.module,
            asked.mode,
            rows,
            self._spent,
            self.dry_run,
            tuple(self.plans),
            "" if self.dry_run else self.traces.origin,
        )

    @property
    def _spent(self) -> int:
        return self.asked.org.session.credits_spent - self.before

    async def _at_once(self) -> int:
        if self.asked.mode == "update":
            return AT_ONCE
        org, module = self.asked.org, self.asked.module
        if (await intents.keys(org, "", [Create(module, {})])).fields:
            return AT_ONCE
        if self.asked.ready > MANY:
            self.announce(
                f"batches go one after another, as {module} has no field {org.key_field} that a create whose answer"
                f" is lost could be found by; with one (custom, unique, a single line), {AT_ONCE} go at once"
            )
        return 1

    async def _all(self, todo: AsyncIterator[Sequence[Noted]], at_once: int) -> None:
        """Several at a time. After a failure nothing more is begun, and what is under way is finished first."""
        failed: list[BaseException] = []

        async def work() -> None:
            while not failed:
                async with taking:
                    batch = await anext(todo, None)
                if batch is None:
                    return
                try:
                    await self._batch(batch)
                except Exception as wrong:  # noqa: BLE001 — raised below, once the others are done
                    failed.append(wrong)

        taking = asyncio.Lock()
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(work())
        if failed:
            raise failed[0]

    async def _new_batches(self) -> AsyncIterator[Sequence[Noted]]:
        """The rows that can be written and that no earlier run has written."""
        group: dict[Row, Sequence[Problem]] = {}
        free: list[Noted] = []
        async for row, problems, _ in judged(self.asked):
            group[row] = problems
            if len(group) == BATCH:
                free += await self._free(group)
                group = {}
            while len(free) >= BATCH:
                yield free[:BATCH]
                free = free[BATCH:]
        free += await self._free(group)
        for some in _groups(free):
            yield some

    async def _free(self, rows: Mapping[Row, Sequence[Problem]]) -> list[Noted]:
        """Those that are still to be written, and can be."""
        free = []
        for noted, result in await self.traces.of(list(rows)):
            problems = rows[noted.row]
            if result is not None and result.status == "done":
                self._note(noted.row, "earlier", result.id)
            elif result is not None and result.status == "unknown":
                self.unknown.setdefault(noted.plan, []).append(noted)
            elif problems:
                self._reject(noted, problems)
            else:
                free.append(noted)
        return free

    async def _batch(self, batch: Sequence[Noted]) -> None:
        planned: list[Decided] = []
        for one in await self.deciding.of(batch):
            if isinstance(one, Decided):
                planned.append(one)
            else:
                self._reject(one.noted, one.problems)
        if self.dry_run:
            for one in planned:
                self._note(one.row, "updated" if one.changes else "created", one.changes)
        elif planned:
            self._afford(len(planned))
            await self._send(sorted(planned, key=lambda one: bool(one.changes)))
        self._show()

    async def _send(self, planned: Sequence[Decided]) -> None:
        """Plan the writes, note their rows, and only then let them go."""
        gate = self.gate
        arguments = {
            "module": self.asked.module,
            "mode": self.asked.mode,
            "rows": [one.row.identity for one in planned],
        }

        async def propose() -> Proposal:
            return Proposal(tuple(one.write for one in planned), origin=self.traces.origin)

        try:
            shown = await gate.submit(ACTION, {**arguments, "dry_run": True}, propose)
        except PlanUnusable as gone:
            self._later(gone, [one.noted for one in planned])
            return
        same = set(shown.plan.proposal.facts.get("unchanged", ()))
        if shown.status == "unchanged":
            same = {one.changes for one in planned}
        for one in planned:
            if one.changes in same:
                self._note(one.row, "unchanged", one.changes)
        sent = [one for one in planned if one.changes not in same]
        if not sent:
            return
        plan = shown.plan.id
        if shown.needs_person and not self.by:
            gate.drop(plan, "nobody had agreed to it")
            raise NotAllowed(reasons.needs_person(len(sent)))
        if not self.traces.note(plan, [one.noted for one in sent]):
            gate.drop(plan, "another process writes the same rows")
            raise PlanUnusable(reasons.BUSY)
        noted = [Noted(one.row, plan, place) for place, one in enumerate(sent)]
        if self.by:
            gate.approve(plan, self.by, self.way)
        try:
            done = await gate.submit(ACTION, {**arguments, "plan_id": plan}, propose)
        except PlanUnusable as gone:
            self._later(gone, noted)
            return
        except ZcrmError:
            self.traces.forget_unwritten(plan, [one.row for one in sent])
            raise
        if done.needs_person and not self.by:  # others wrote so much meanwhile that policy asks for one
            gate.drop(done.plan.id, "nobody had agreed to it")
            raise NotAllowed(reasons.needs_person(len(sent)))
        if done.receipt is None:  # somebody changed the same fields meanwhile: what to do is another plan
            gate.drop(done.plan.id, "planned afresh")
            self.again += noted
            return
        for row, result in zip(noted, done.receipt.results, strict=True):
            self._judge(row, result)

    def _judge(self, noted: Noted, result: Result) -> None:
        row, problem = noted.row, result.problem
        code = problem.code if problem else ""
        if result.status == "done":
            self.plans[noted.plan] = None
            self._note(row, "created" if result.kind == "create" else "updated", result.id)
        elif result.status == "unknown":
            self.unknown.setdefault(noted.plan, []).append(noted)
        elif (
            result.status == "not_sent" or code in _TRY_AGAIN or (code == "DUPLICATE_DATA" and self._upserts)
        ):
            self.again.append(noted)
        else:
            self._reject(noted, (problem or reasons.LOST,))

    @property
    def _upserts(self) -> bool:
        """For an upsert, a duplicate is a record that somebody else made after we looked."""
        return self.asked.mode == "upsert"

    def _later(self, gone: PlanUnusable, rows: Sequence[Noted]) -> None:
        """Rows whose records were changed or deleted by others just now are planned afresh."""
        if gone.problem.code not in _TRY_AGAIN:
            raise gone
        self.again += rows

    async def _find_out(self) -> None:
        """Look for what has no answer, once nothing of it can be under way any more."""
        unknown, self.unknown = self.unknown, {}
        for plan, rows in unknown.items():
            results = await self.traces.results(plan)
            if any(_open(results, noted.place) for noted in rows):
                await self._landed(self.gate.state.plan(plan), len(rows))
                results = await self.traces.results(plan)
            for noted in rows:
                result = results[noted.place] if results is not None else None
                if result is not None and result.status == "unknown":
                    self._note(noted.row, "unknown", result.id, (result.problem or reasons.LOST,))
                elif result is not None and result.status == "done":
                    self._judge(noted, result)
                else:
                    self.again.append(noted)
        self._show()

    async def _landed(self, plan: PlanRow | None, rows: int) -> None:
        if plan is None:
            return
        parts = 1 + sum(1 for _ in batches(from_json(plan.body["writes"])))
        left = ((plan.claimed_at or plan.created_at) + r.LANDING * parts - self.now()).total_seconds()
        if left > 0:
            self.announce(
                f"{rows:,} rows have no answer; in {left:.0f} seconds they are looked for, and sent again only if they are not there"
            )
            await self.sleep(left)

    def _afford(self, rows: int) -> None:
        cost = price(rows, self.asked.mode, self.asked.key)
        if self.budget is not None and self._spent + cost > self.budget:
            raise InvalidInput(reasons.spent(self.budget))

    def _reject(self, noted: Noted, problems: Sequence[Problem]) -> None:
        self.traces.forget([noted])
        self._note(noted.row, "rejected", problems=problems)

    def _note(self, row: Row, status: Status, id: str = "", problems: Sequence[Problem] = ()) -> None:
        self.written[row.number] = Written(row.number, status, id, tuple(problems))
        self.of_this_run += status != "earlier"

    def _show(self) -> None:
        spent = time.monotonic() - self.started
        self.progress(Progress(len(self.written), self.asked.total, self._spent, spent, self.of_this_run))


async def _each(some: Sequence[Sequence[Noted]]) -> AsyncIterator[Sequence[Noted]]:
    for one in some:
        yield one


def _groups(rows: Sequence[Noted]) -> list[Sequence[Noted]]:
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]


def _open(results: Sequence[Result] | None, place: int) -> bool:
    """Whether time will tell what became of it."""
    if results is None or results[place].status != "unknown":
        return False
    problem = results[place].problem
    return problem is None or problem.code != "WHICH_ONE"
