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
from dataclasses import dataclass
from datetime import UTC, datetime

from zcrm_tools.crm import intents
from zcrm_tools.crm import reconcile as r
from zcrm_tools.crm.apply import BATCH, batches
from zcrm_tools.crm.checking import Checker
from zcrm_tools.crm.writes import Create, Update, Write, from_json
from zcrm_tools.errors import InvalidInput, NotAllowed, PlanUnusable, Problem, ZcrmError
from zcrm_tools.safety.gate import Gate
from zcrm_tools.safety.plan import Proposal, Receipt, Result
from zcrm_tools.safety.policy import Policy
from zcrm_tools.state.state import PlanRow
from zcrm_tools.transfer import keys, reasons
from zcrm_tools.transfer.intake import Import, Row, judged, price
from zcrm_tools.transfer.outcome import Report, Status, Written
from zcrm_tools.transfer.progress import Progress

ACTION = "import"
AT_ONCE = 5
"""Batches at once where that is safe: half of the ten that Zoho allows of such calls, so that people can work meanwhile."""
MANY = 2_000
"""Rows from which on it is worth telling how an import could be faster."""
NO_SOURCE = -1
"""Of which nothing was ever written."""
ROUNDS = 4
"""How often a row is tried that Zoho did not look at, or that somebody else changed under our hands."""
_TRY_AGAIN = frozenset({"NEVER_ARRIVED", "RECORD_NOT_FOUND"})


@dataclass(frozen=True, slots=True)
class Planned:
    """A row that a plan may have written: the plan, and the row's place in it."""

    row: Row
    plan: str
    place: int


async def run(
    asked: Import,
    gate: Gate,
    *,
    by: str = "",
    dry_run: bool = False,
    again: bool = False,
    max_credits: int | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    announce: Callable[[str], None] = lambda _: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Report:
    """Write what an earlier run of this import has not; with `again` everything. `by` is the person who agreed to it.

    Raises NotAllowed when policy refuses, or when a person must agree and nobody has. Whatever else it raises, the
    batches that were written are in the journal, and the same request goes on from there.
    """
    if not dry_run:
        _let_through(asked, gate.policy, by)
    work = _Run(asked, gate, by, dry_run, again, max_credits, progress, announce, now, sleep)
    return await work.go()


def earlier(asked: Import, gate: Gate) -> int:
    """How many rows an earlier run of this import wrote, or began to write."""
    return gate.state.noted_rows(_source(asked, gate))


def _source(asked: Import, gate: Gate, *, afresh: bool = False) -> int:
    place, digest = asked.incoming.place, asked.incoming.digest
    return gate.state.source(asked.org.profile.identity, asked.purpose, place, digest, afresh=afresh)


def _let_through(asked: Import, policy: Policy, by: str) -> None:
    """What policy says of the whole, which its batches do not show."""
    if policy.source and asked.ready > policy.most:
        raise NotAllowed(reasons.too_many(asked.ready, policy.most, policy.source))
    mass = policy.rule("mass") if asked.ready > policy.row_cap else "straight"
    if mass == "refuse":
        raise NotAllowed(reasons.never_many(asked.ready, policy.row_cap, policy.source))
    if mass == "person" and not by:
        raise NotAllowed(reasons.needs_person(asked.ready))


class _Run:
    def __init__(
        self,
        asked: Import,
        gate: Gate,
        by: str,
        dry_run: bool,
        again: bool,
        budget: int | None,
        progress: Callable[[Progress], None],
        announce: Callable[[str], None],
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._asked, self._gate, self._by, self._dry_run = asked, gate, by, dry_run
        self._budget, self._progress, self._announce = budget, progress, announce
        self._now, self._sleep = now, sleep
        # For an upsert, a duplicate is a record that somebody else made after we looked.
        self._try_again = _TRY_AGAIN | ({"DUPLICATE_DATA"} if asked.mode == "upsert" else set())
        self._before = asked.org.session.credits_spent
        self._started = time.monotonic()
        self._written: dict[int, Written] = {}
        self._now_done = 0
        self._plans: dict[str, None] = {}
        self._unknown: dict[str, list[Planned]] = {}
        self._again: list[tuple[Row, str]] = []
        """Rows to try once more, with the plan that is noted for them."""
        self._source = NO_SOURCE if again and dry_run else _source(asked, gate, afresh=again)
        # An upsert that turns out to create is checked as a create too.
        self._creating = Checker(asked.org, asked.module, creating=True)

    async def go(self) -> Report:
        await self._all(self._new_batches(), await self._at_once())
        for _ in range(0 if self._dry_run else ROUNDS):
            await self._find_out()
            if not self._again:
                break
            again, self._again = self._again, []
            await self._all(_each(_groups(again)), 1)
        if self._again:
            raise ZcrmError(reasons.tired(len(self._again)))
        for planned in (p for some in self._unknown.values() for p in some):
            self._written.setdefault(
                planned.row.number, Written(planned.row.number, "unknown", "", (reasons.LOST,))
            )
        rows = tuple(self._written[number] for number in sorted(self._written))
        plans = tuple(self._plans)
        return Report(self._asked.module, self._asked.mode, rows, self._spent, self._dry_run, plans)

    @property
    def _spent(self) -> int:
        return self._asked.org.session.credits_spent - self._before

    async def _at_once(self) -> int:
        if self._asked.mode == "update":
            return AT_ONCE
        org, module = self._asked.org, self._asked.module
        if (await intents.keys(org, "", [Create(module, {})])).fields:
            return AT_ONCE
        if self._asked.ready > MANY:
            self._announce(
                f"batches go one after another, as {module} has no field {org.key_field} that a create whose answer"
                f" is lost could be found by; with one (custom, unique, a single line), {AT_ONCE} go at once"
            )
        return 1

    async def _all(self, todo: AsyncIterator[Sequence[tuple[Row, str]]], at_once: int) -> None:
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

    async def _new_batches(self) -> AsyncIterator[Sequence[tuple[Row, str]]]:
        """The rows that can be written and that no earlier run has written, each with the plan noted for it."""
        group: dict[Row, Sequence[Problem]] = {}
        free: list[tuple[Row, str]] = []
        async for row, problems, _ in judged(self._asked):
            group[row] = problems
            if len(group) == BATCH:
                free += await self._sound(group)
                group = {}
            while len(free) >= BATCH:
                yield free[:BATCH]
                free = free[BATCH:]
        free += await self._sound(group)
        for some in _groups(free):
            yield some

    async def _sound(self, rows: Mapping[Row, Sequence[Problem]]) -> list[tuple[Row, str]]:
        """Those that are still to be written, and can be."""
        free = await self._free(list(rows))
        for row, was in free:
            if rows[row]:
                self._reject(row, was, rows[row])
        return [(row, was) for row, was in free if not rows[row]]

    async def _free(self, rows: Sequence[Row]) -> list[tuple[Row, str]]:
        """Those of the rows that are known not to have been written."""
        noted = self._gate.state.noted(self._source, [row.identity for row in rows])
        results = {plan: await self._results(plan) for plan in {plan for plan, _ in noted.values()}}
        free = []
        for row in rows:
            plan, place = noted.get(row.identity, ("", 0))
            known = results.get(plan)
            if known is None:
                free.append((row, plan))
            elif known[place].status == "done":
                self._note(row, "earlier", known[place].id)
            elif known[place].status == "unknown":
                self._unknown.setdefault(plan, []).append(Planned(row, plan, place))
            else:
                free.append((row, plan))
        return free

    async def _results(self, plan: str) -> Sequence[Result] | None:
        """What became of a plan's writes, as the records say; None when it was not sent and no longer can be."""
        state, module = self._gate.state, self._asked.module
        row = state.plan(plan)
        if row is not None and row.state in ("open", "approved") and not self._dry_run:
            self._gate.drop(plan, "its import stopped before it was sent")
            row = state.plan(plan)
        if row is None or not row.body:
            # It was purged. The rows that it did not write were forgotten when they were refused.
            return [Result("create", module, "", "", "done")] * BATCH
        if row.state in ("open", "approved", "void"):
            return None
        receipt = Receipt.of(row.receipt) if row.receipt is not None else None
        if receipt is None or any(result.status == "unknown" for result in receipt.results):
            receipt = await self._gate.reconcile(row, telling=True)
        return receipt.results if receipt else [Result("create", module, "", "", "unknown")] * BATCH

    async def _batch(self, batch: Sequence[tuple[Row, str]]) -> None:
        planned = await self._writes_of(batch)
        if self._dry_run:
            for row, _, write in planned:
                self._note(row, "created" if isinstance(write, Create) else "updated", _id(write))
        elif planned:
            self._afford(len(planned))
            await self._send(sorted(planned, key=lambda one: isinstance(one[2], Update)))
        self._show()

    async def _writes_of(self, batch: Sequence[tuple[Row, str]]) -> list[tuple[Row, str, Write]]:
        """What each row comes to, as the records are now. A row that comes to nothing is rejected with the reason."""
        asked = self._asked
        planned: list[tuple[Row, str, Write]] = []
        wanted = [row.key for row, _ in batch if row.key is not None]
        found = await keys.holders(asked.org, asked.module, asked.key, wanted) if wanted else {}
        for row, was in batch:
            held = found.get(keys.folded(row.key), []) if row.key is not None else []
            if len(held) == 1:
                values = {n: v for n, v in row.values.items() if asked.key is None or n != asked.key.api_name}
                planned.append((row, was, Update(asked.module, held[0], values)))
            elif held:
                self._reject(row, was, (reasons.ambiguous(asked, row, held),))
            elif asked.mode == "update" or (row.key is not None and asked.key is None):
                self._reject(row, was, (reasons.nobody(asked, row),))
            elif asked.mode == "create":
                planned.append((row, was, Create(asked.module, row.values)))
            else:
                (checked,) = await self._creating.check([row.values], where=[f"row {row.number}"])
                if checked.problems:
                    self._reject(row, was, checked.problems)
                else:
                    planned.append((row, was, Create(asked.module, checked.values)))
        return planned

    async def _send(self, planned: Sequence[tuple[Row, str, Write]]) -> None:
        """Plan the writes, note their rows, and only then let them go."""
        gate = self._gate
        arguments = {
            "module": self._asked.module,
            "mode": self._asked.mode,
            "rows": [r.identity for r, _, _ in planned],
        }
        writes = tuple(write for _, _, write in planned)

        async def propose() -> Proposal:
            return Proposal(writes)

        try:
            shown = await gate.submit(ACTION, {**arguments, "dry_run": True}, propose)
        except PlanUnusable as gone:
            self._later(gone, [(row, was) for row, was, _ in planned])
            return
        same = set(shown.plan.proposal.facts.get("unchanged", ()))
        if shown.status == "unchanged":
            same = {_id(write) for write in writes}
        for row, _, write in planned:
            if _id(write) in same:
                self._note(row, "unchanged", _id(write))
        sent = [one for one in planned if _id(one[2]) not in same]
        if not sent:
            return
        plan = shown.plan.id
        if shown.needs_person and not self._by:
            gate.drop(plan, "nobody had agreed to it")
            raise NotAllowed(reasons.needs_person(len(sent)))
        if not gate.state.note_rows(self._source, plan, {row.identity: was for row, was, _ in sent}):
            gate.drop(plan, "another process writes the same rows")
            raise PlanUnusable(reasons.BUSY)
        gate.approve(plan, self._by or "policy")
        try:
            done = await gate.submit(ACTION, {**arguments, "plan_id": plan}, propose)
        except PlanUnusable as gone:
            self._later(gone, [(row, plan) for row, _, _ in sent])
            return
        except ZcrmError:
            self._forget(plan, [row for row, _, _ in sent])
            raise
        if done.receipt is None:  # somebody changed the same fields meanwhile: what to do is another plan
            gate.drop(done.plan.id, "planned afresh")
            self._again += [(row, plan) for row, _, _ in sent]
            return
        for place, ((row, _, _), result) in enumerate(zip(sent, done.receipt.results, strict=True)):
            self._judge(Planned(row, plan, place), result)

    def _judge(self, planned: Planned, result: Result) -> None:
        row, problem = planned.row, result.problem
        code = problem.code if problem else ""
        if result.status == "done":
            self._plans[planned.plan] = None
            self._note(row, "created" if result.kind == "create" else "updated", result.id)
        elif result.status == "unknown":
            self._unknown.setdefault(planned.plan, []).append(planned)
        elif result.status == "not_sent" or code in self._try_again:
            self._again.append((row, planned.plan))
        else:
            self._reject(row, planned.plan, (problem or reasons.LOST,))

    def _forget(self, plan: str, rows: Sequence[Row]) -> None:
        """Of a plan that failed as a whole, the rows that it is known not to have written."""
        known = self._gate.state.plan(plan)
        if known is not None and known.receipt is not None:
            results = Receipt.of(known.receipt).results
            left = [
                row for row, one in zip(rows, results, strict=True) if one.status in ("refused", "not_sent")
            ]
            self._gate.state.note_rows(self._source, "", {row.identity: plan for row in left})

    def _later(self, gone: PlanUnusable, rows: Sequence[tuple[Row, str]]) -> None:
        """Rows whose records were changed or deleted by others just now are planned afresh."""
        if gone.problem.code not in _TRY_AGAIN:
            raise gone
        self._again += rows

    async def _find_out(self) -> None:
        """Look for what has no answer, once nothing of it can be under way any more."""
        unknown, self._unknown = self._unknown, {}
        for plan, rows in unknown.items():
            results = await self._results(plan)
            if any(_open(results, planned.place) for planned in rows):
                await self._landed(self._gate.state.plan(plan), len(rows))
                results = await self._results(plan)
            for planned in rows:
                result = results[planned.place] if results is not None else None
                if result is not None and result.status == "unknown":
                    self._note(planned.row, "unknown", result.id, (result.problem or reasons.LOST,))
                elif result is not None and result.status == "done":
                    self._judge(planned, result)
                else:
                    self._again.append((planned.row, plan))
        self._show()

    async def _landed(self, plan: PlanRow | None, rows: int) -> None:
        if plan is None:
            return
        parts = 1 + sum(1 for _ in batches(from_json(plan.body["writes"])))
        left = ((plan.claimed_at or plan.created_at) + r.LANDING * parts - self._now()).total_seconds()
        if left > 0:
            self._announce(
                f"{rows:,} rows have no answer; in {left:.0f} seconds they are looked for, and sent again only if they are not there"
            )
            await self._sleep(left)

    def _afford(self, rows: int) -> None:
        cost = price(rows, self._asked.mode, self._asked.key)
        if self._budget is not None and self._spent + cost > self._budget:
            raise InvalidInput(reasons.spent(self._budget))

    def _reject(self, row: Row, was: str, problems: Sequence[Problem]) -> None:
        """A row that was not written is forgotten: mended or not, it is a new one when it comes again."""
        if was and not self._dry_run:
            self._gate.state.note_rows(self._source, "", {row.identity: was})
        self._note(row, "rejected", problems=problems)

    def _note(self, row: Row, status: Status, id: str = "", problems: Sequence[Problem] = ()) -> None:
        self._written[row.number] = Written(row.number, status, id, tuple(problems))
        self._now_done += status != "earlier"

    def _show(self) -> None:
        spent = time.monotonic() - self._started
        self._progress(Progress(len(self._written), self._asked.total, self._spent, spent, self._now_done))


async def _each(some: Sequence[Sequence[tuple[Row, str]]]) -> AsyncIterator[Sequence[tuple[Row, str]]]:
    for one in some:
        yield one


def _groups(rows: Sequence[tuple[Row, str]]) -> list[Sequence[tuple[Row, str]]]:
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]


def _id(write: Write) -> str:
    return write.id if isinstance(write, Update) else ""


def _open(results: Sequence[Result] | None, place: int) -> bool:
    """Whether time will tell what became of it."""
    if results is None or results[place].status != "unknown":
        return False
    problem = results[place].problem
    return problem is None or problem.code != "WHICH_ONE"
