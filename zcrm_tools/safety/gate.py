"""The gate that every write goes through: plan it, ask policy, claim it, send it, journal it.

A plan is claimed in `state` before the first byte leaves, so no two callers apply it; applying runs in a task of its
own, shielded from a caller that goes away, so no write is left half-journaled. When an answer was lost, or a process
died, the records say what happened (`reconcile`), before anything of the kind is written again.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from zcrm_tools.crm import intents
from zcrm_tools.crm import reconcile as r
from zcrm_tools.crm.apply import apply, batches, price
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import Outcome, record_of
from zcrm_tools.errors import NOTHING_WRITTEN, NotAllowed, PlanUnusable, Problem, ZcrmError
from zcrm_tools.safety import asker, changes, images
from zcrm_tools.safety import plan as p
from zcrm_tools.safety.plan import Plan, Proposal, Receipt, Result
from zcrm_tools.safety.policy import READ_ONLY, NeedsApproval, Policy, Refused
from zcrm_tools.state.state import ChangeRow, PlanRow, State

LIFE = timedelta(minutes=10)
"""How long a plan waits, and how long an identical create is answered with the earlier receipt."""

_MADE_ONCE = frozenset({"create", "attach", "send", "request"})
"""What makes something new each time: the same asked for again soon is answered with the earlier receipt."""

NEWS = "news"
"""In a kept receipt: it was found out after somebody was told that nobody knows."""

CONTROLS = frozenset({"plan_id", "dry_run", "repeat"})
"""Arguments that steer the gate and are no part of what is asked for."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """The gate's answer. `waiting` says why it was not applied yet; `unchanged` when there was nothing to do."""

    status: Literal["applied", "waiting", "unchanged"]
    plan: Plan
    receipt: Receipt | None = None
    reason: str = ""
    needs_person: bool = False
    repeated: bool = False


class Gate:
    def __init__(
        self,
        org: Org,
        state: State,
        policy: Policy,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        key_field: str = intents.KEY_FIELD,
    ) -> None:
        self._org = org
        self._key_field = key_field
        self._applying: set[str] = set()
        self.state = state
        self.policy = policy
        self._now = now
        self._running: set[asyncio.Task[Receipt]] = set()

    async def submit(
        self, action: str, arguments: Mapping[str, Any], propose: Callable[[], Awaitable[Proposal]]
    ) -> Submitted:
        """Plan and, where policy lets it through, apply. `propose` is asked only when no plan is named.

        Raises NotAllowed when policy refuses, PlanUnusable when the named plan cannot be applied; nothing was written.
        """
        if not self.policy.write:
            raise NotAllowed(READ_ONLY)
        digest = _digest(self._org.profile.identity, action, arguments)
        if plan_id := arguments.get("plan_id"):
            return await self._resume(str(plan_id), digest)
        if not arguments.get("dry_run"):
            earlier = await self._earlier_create(digest, repeat=bool(arguments.get("repeat")))
            if earlier is not None:
                return earlier
        plan, touched = await self._plan(action, await propose())
        if not touched:
            return Submitted("unchanged", plan)
        decision = self.policy.decide(plan)
        if isinstance(decision, Refused):
            raise NotAllowed(decision.problem)
        dry = bool(arguments.get("dry_run"))
        if isinstance(decision, NeedsApproval) and not dry and not asker.current().reachable:
            raise NotAllowed(_nobody_to_ask(decision.reason))
        self.state.add_plan(self._row(plan, digest))
        if isinstance(decision, NeedsApproval):
            return Submitted("waiting", plan, reason=decision.reason, needs_person=True)
        if dry or plan.proposal.hold:
            return Submitted("waiting", plan, reason=plan.proposal.hold or "this is a dry run")
        self.state.approve(plan.id, "policy", self._now())
        return Submitted("applied", plan, await self._apply(plan, plan.before))

    def plan(self, plan_id: str) -> Plan:
        """Raises PlanUnusable when this profile has no such plan."""
        row = self.state.plan(plan_id)
        if row is None or row.profile != self._org.profile.identity:
            raise _unusable("UNKNOWN_PLAN", f"There is no plan {plan_id!r}.")
        return Plan.of(row.id, row.action, row.body, row.expires_at)

    def approve(self, plan_id: str, by: str) -> bool:
        """Note a person's yes. False when the plan does not wait any more; PlanUnusable as for `plan`."""
        return self.state.approve(self.plan(plan_id).id, by, self._now())

    def drop(self, plan_id: str) -> None:
        """Note a person's no."""
        self.state.void(self.plan(plan_id).id)

    async def reconcile(self, row: PlanRow, *, telling: bool = False) -> Receipt | None:
        """Find out what became of a plan of unknown outcome. Its receipt as known now; None while it may be under way.

        What is found is noted, so that journal, undo and repeats go by it. Unless it is told to whoever asked for the
        plan (`telling`), it stays news: the next one who asks for the same is told first, and nothing is written. Raises ZcrmError when Zoho cannot be asked.
        """
        plan = Plan.of(row.id, row.action, row.body, row.expires_at)
        old = Receipt.of(row.receipt) if row.receipt is not None else None
        now, claimed = self._now(), row.claimed_at or row.created_at
        parts = 1 + sum(1 for _ in batches(plan.writes))
        landed = now >= claimed + r.LANDING * parts
        if row.id in self._applying or (old is None and not landed):
            return old
        lost = [Outcome("unknown")] * len(plan.writes)
        known = old.results if old else p.results(plan, lost, _ids())
        sent = r.Sent(claimed, min(now, claimed + r.LANDING * parts), landed)
        outcomes = await self._found_out(plan, [_outcome(k) for k in known], sent)
        results = tuple(map(_renewed, known, p.results(plan, outcomes, _ids())))
        judged = {k.change for k in known if k.status == "unknown"}
        receipt = Receipt(results)
        changes = [replace(c, at=claimed) for c in self._journal(plan, receipt) if c.id in judged]
        news = {} if telling or any(result.status == "unknown" for result in results) else {NEWS: True}
        noted = self.state.clarify(plan.id, receipt.body() | news, changes, was=row.receipt)
        if noted and plan.proposal.undoes and receipt.wrote:
            self.state.mark_undone(plan.proposal.undoes, plan.id)
        return receipt

    async def reconcile_all(self) -> None:
        """Look after every plan of this profile whose outcome is unknown. Raises ZcrmError when Zoho cannot be asked."""
        for row in self.state.unsettled(self._org.profile.identity):
            await self.reconcile(row)

    async def finish(self) -> None:
        """Wait for writes whose callers went away."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _resume(self, plan_id: str, digest: str) -> Submitted:
        row = self.state.plan(plan_id)
        if (
            row is not None
            and row.state in ("applying", "applied")
            and row.profile == self._org.profile.identity
        ):
            row = await self._looked_after(row)
        if row is None or row.profile != self._org.profile.identity:
            raise _unusable("UNKNOWN_PLAN", f"There is no plan {plan_id!r}.")
        if row.digest != digest:
            raise _unusable("OTHER_ARGUMENTS", f"Plan {plan_id} was made for other arguments.")
        plan = Plan.of(row.id, row.action, row.body, row.expires_at)
        if row.state == "applied" and row.receipt is not None:
            return Submitted("applied", plan, Receipt.of(row.receipt), repeated=True)
        if row.state == "applying":
            raise _in_progress(plan_id)
        if row.state == "void":
            raise _unusable("PLAN_DROPPED", f"Plan {plan_id} was dropped.")
        if row.expires_at <= self._now():
            raise _unusable("PLAN_EXPIRED", f"Plan {plan_id} expired: a plan waits ten minutes.")
        if row.state == "open":
            decision = self.policy.decide(plan)
            if isinstance(decision, Refused):
                raise NotAllowed(decision.problem)
            if isinstance(decision, NeedsApproval):
                return Submitted("waiting", plan, reason=decision.reason, needs_person=True)
            self.state.approve(plan_id, "policy", self._now())
        return Submitted("applied", plan, await self._apply(plan, await self._still_true(plan)))

    async def _earlier_create(self, digest: str, *, repeat: bool) -> Submitted | None:
        """The same create done before, where that is the answer. With `repeat` only one that nobody knows the end of is."""
        row = self.state.recent(digest, datetime.min.replace(tzinfo=UTC))
        lost = [one for one in self.state.unsettled(self._org.profile.identity) if one.digest == digest]
        row = lost[-1] if lost else row
        if row is None or not any(w["kind"] in _MADE_ONCE for w in row.body["writes"]):
            return None
        if lost:
            row = await self._looked_after(row)
        elif row.receipt is not None and row.receipt.get(NEWS):
            told = {name: value for name, value in row.receipt.items() if name != NEWS}
            self.state.clarify(row.id, told, (), was=row.receipt)
        elif repeat or row.created_at < self._now() - LIFE:
            return None
        if row.receipt is None:
            raise _in_progress(row.id)
        receipt = Receipt.of(row.receipt)
        if not receipt.wrote or (repeat and _asked_person(receipt)):
            return None
        plan = Plan.of(row.id, row.action, row.body, row.expires_at)
        return Submitted("applied", plan, receipt, repeated=True)

    async def _looked_after(self, row: PlanRow) -> PlanRow:
        """The row as it is once its outcome has been looked for; as it was when Zoho cannot be asked now."""
        if row.receipt is not None and not any(
            o.status == "unknown" for o in Receipt.of(row.receipt).results
        ):
            return row
        try:
            await self.reconcile(row, telling=True)
        except ZcrmError:
            return row
        return self.state.plan(row.id) or row

    async def _plan(self, action: str, proposal: Proposal) -> tuple[Plan, bool]:
        looked = await images.look(self._org, proposal.writes)
        pairs = list(zip(proposal.writes, looked, strict=True))
        same = [record_of(write) for write, (left, _) in pairs if left is None]
        kept = [(left, old) for left, old in looked if left is not None]
        facts = {**proposal.facts, "unchanged": same} if same else proposal.facts
        shown = kept or [(write, old) for write, (_, old) in pairs]
        writes = tuple(write for write, _ in shown)
        plan = Plan(
            f"plan_{secrets.token_urlsafe(12)}",
            action,
            replace(proposal, writes=writes, facts=facts),
            tuple(old for _, old in shown),
            price(writes),
            self._now() + LIFE,
        )
        return plan, bool(kept)

    async def _still_true(self, plan: Plan) -> list[Mapping[str, Any]]:
        """The records now, when what was shown of them is as it was; otherwise the plan is dropped."""
        looked = await images.look(self._org, plan.writes)
        for write, old, (left, new) in zip(plan.writes, plan.before, looked, strict=True):
            if changed := images.moved(write, old, left, new):
                self.state.void(plan.id)
                raise _unusable(
                    "CHANGED_SINCE",
                    f"{', '.join(changed)} changed since plan {plan.id} was shown; it was dropped.",
                )
        return [new for _, new in looked]

    async def _apply(self, plan: Plan, seen: Sequence[Mapping[str, Any]]) -> Receipt:
        task = asyncio.ensure_future(self._send(plan, seen))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _send(self, plan: Plan, seen: Sequence[Mapping[str, Any]]) -> Receipt:
        began = self._now()
        if not self.state.claim(plan.id, began):
            raise _in_progress(plan.id)
        self._applying.add(plan.id)
        try:
            return await self._sent(plan, seen, began)
        finally:
            self._applying.discard(plan.id)

    async def _sent(self, plan: Plan, seen: Sequence[Mapping[str, Any]], began: datetime) -> Receipt:
        try:
            keys = await intents.keys(self._org, plan.id, plan.writes, self._key_field)
            outcomes = await apply(self._org, plan.writes, seen=seen, keys=keys, now=self._now)
        except ZcrmError as failed:
            nothing = (Outcome("refused", problem=failed.problem),) * len(plan.writes)
            self.state.settle(plan.id, Receipt(p.results(plan, nothing, iter(()))).body(), ())
            raise
        if any(o.status == "unknown" for o in outcomes):
            with contextlib.suppress(ZcrmError):  # it stays unknown, which is true
                outcomes = await self._found_out(plan, outcomes, r.Sent(began, self._now(), landed=False))
        receipt = Receipt(p.results(plan, outcomes, _ids()))
        self.state.settle(plan.id, receipt.body(), self._journal(plan, receipt))
        if plan.proposal.undoes and receipt.wrote:
            self.state.mark_undone(plan.proposal.undoes, plan.id)
        return receipt

    async def _found_out(self, plan: Plan, outcomes: Sequence[Outcome], sent: r.Sent) -> tuple[Outcome, ...]:
        """The outcomes, with what the records say in place of `unknown`."""
        profile = self._org.profile.identity
        lost = [
            r.Lost(place, write, old)
            for place, (outcome, write, old) in enumerate(
                zip(outcomes, plan.writes, plan.before, strict=True)
            )
            if outcome.status == "unknown"
        ]
        keys = await intents.keys(self._org, plan.id, plan.writes, self._key_field)
        ours = {outcome.id for outcome in outcomes if outcome.status == "done"}

        def taken(module: str, ids: Sequence[str]) -> set[str]:
            return ours | self.state.recorded(profile, module, ids)

        found = await r.reconcile(self._org, lost, sent, keys=keys, taken=taken)
        return tuple(found.get(place, outcome) for place, outcome in enumerate(outcomes))

    def _journal(self, plan: Plan, receipt: Receipt) -> list[ChangeRow]:
        return [
            ChangeRow(
                id=result.change,
                plan=plan.id,
                profile=self._org.profile.identity,
                at=self._now(),
                action=plan.action,
                kind=result.kind,
                module=result.module,
                record=result.id,
                name=result.name,
                before=old,
                after=changes.after(write, result.details),
                outcome="done" if result.status == "done" else "unknown",
            )
            for result, write, old in zip(receipt.results, plan.writes, plan.before, strict=True)
            if result.change
        ]

    def _row(self, plan: Plan, digest: str) -> PlanRow:
        return PlanRow(
            plan.id,
            self._org.profile.identity,
            plan.action,
            digest,
            plan.body(),
            self._now(),
            plan.expires_at,
        )


def _ids() -> Iterator[str]:
    """Ids of changes, without end."""
    return iter(lambda: f"chg_{secrets.token_urlsafe(9)}", "")


def _outcome(result: Result) -> Outcome:
    status: Any = result.status
    return Outcome(status, result.id, result.problem, result.details)


def _renewed(known: Result, found: Result) -> Result:
    """What was known, unless it was unknown; a change keeps its id."""
    if known.status != "unknown":
        return known
    return replace(found, change=known.change if found.change else "")


def _asked_person(receipt: Receipt) -> bool:
    """Whether all that is left unknown is a question put to a person, which `repeat` answers."""
    unknown = [result for result in receipt.results if result.status == "unknown"]
    return bool(unknown) and all(u.problem is not None and u.problem.code == "WHICH_ONE" for u in unknown)


def _digest(profile: str, action: str, arguments: Mapping[str, Any]) -> str:
    asked = {k: v for k, v in arguments.items() if k not in CONTROLS}
    text = json.dumps([profile, action, asked], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _unusable(code: str, message: str) -> PlanUnusable:
    return PlanUnusable(
        Problem(
            code, message, NOTHING_WRITTEN, "Call again without plan_id to get a new plan and look at it."
        )
    )


def _nobody_to_ask(reason: str) -> Problem:
    return Problem(
        "NOBODY_TO_ASK",
        f"A person must approve this, as {reason}, and through this client nobody can be asked.",
        NOTHING_WRITTEN,
        "Use a client that can ask its user (elicitation), or a server on the person's own machine.",
        fix_by="person",
    )


def _in_progress(plan_id: str) -> PlanUnusable:
    return PlanUnusable(
        Problem(
            "IN_PROGRESS",
            f"Plan {plan_id} is being applied, or its outcome is unknown.",
            "This call wrote nothing.",
            "Look at list_changes and at the records before trying again.",
            fix_by="wait",
        )
    )
