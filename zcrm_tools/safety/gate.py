"""The gate that every write goes through: plan it, ask policy, claim it, send it, journal it.

A plan is claimed in `state` before the first byte leaves, so no two callers apply it; applying runs in a task of its
own, shielded from a caller that goes away, so no write is left half-journaled.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from zcrm_tools.crm import reads
from zcrm_tools.crm.apply import apply, price
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import Create, Outcome, Update, Write
from zcrm_tools.errors import NOTHING_WRITTEN, NotAllowed, PlanUnusable, Problem, ZcrmError
from zcrm_tools.models.record import naming_field
from zcrm_tools.safety import plan as p
from zcrm_tools.safety.plan import Plan, Proposal, Receipt
from zcrm_tools.safety.policy import READ_ONLY, NeedsApproval, Policy, Refused
from zcrm_tools.state.state import ChangeRow, PlanRow, State

LIFE = timedelta(minutes=10)
"""How long a plan waits, and how long an identical create is answered with the earlier receipt."""

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
    ) -> None:
        self._org = org
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
        if not arguments.get("repeat") and not arguments.get("dry_run"):
            earlier = self._earlier_create(digest)
            if earlier is not None:
                return earlier
        plan, touched = await self._plan(action, await propose())
        if not touched:
            return Submitted("unchanged", plan)
        decision = self.policy.decide(plan)
        if isinstance(decision, Refused):
            raise NotAllowed(decision.problem)
        self.state.add_plan(self._row(plan, digest))
        if isinstance(decision, NeedsApproval):
            return Submitted("waiting", plan, reason=decision.reason, needs_person=True)
        if arguments.get("dry_run") or plan.proposal.hold:
            return Submitted("waiting", plan, reason=plan.proposal.hold or "this is a dry run")
        self.state.approve(plan.id, "policy", self._now())
        return Submitted("applied", plan, await self._apply(plan))

    async def finish(self) -> None:
        """Wait for writes whose callers went away."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _resume(self, plan_id: str, digest: str) -> Submitted:
        row = self.state.plan(plan_id)
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
        await self._still_true(plan)
        return Submitted("applied", plan, await self._apply(plan))

    def _earlier_create(self, digest: str) -> Submitted | None:
        row = self.state.recent(digest, self._now() - LIFE)
        if row is None or not any(w["kind"] == "create" for w in row.body["writes"]):
            return None
        if row.receipt is None:
            raise _in_progress(row.id)
        receipt = Receipt.of(row.receipt)
        if not receipt.wrote:
            return None
        plan = Plan.of(row.id, row.action, row.body, row.expires_at)
        return Submitted("applied", plan, receipt, repeated=True)

    async def _plan(self, action: str, proposal: Proposal) -> tuple[Plan, bool]:
        before = await self._before(proposal.writes)
        pairs = [_effective(write, old) for write, old in zip(proposal.writes, before, strict=True)]
        kept = [pair for pair in pairs if not (isinstance(pair[0], Update) and not pair[0].values)]
        same = [write.id for write, _ in pairs if isinstance(write, Update) and not write.values]
        facts = {**proposal.facts, "unchanged": same} if same else proposal.facts
        writes = tuple(write for write, _ in kept or pairs)
        plan = Plan(
            f"plan_{secrets.token_urlsafe(12)}",
            action,
            replace(proposal, writes=writes, facts=facts),
            tuple(old for _, old in kept or pairs),
            price(writes),
            self._now() + LIFE,
        )
        return plan, bool(kept)

    async def _before(self, writes: Sequence[Write]) -> list[Mapping[str, Any]]:
        """The touched fields of every record as they are now. A record that does not exist is refused by id."""
        wanted: dict[str, set[str]] = {}
        ids: dict[str, list[str]] = {}
        for write in writes:
            if isinstance(write, Update):
                wanted.setdefault(write.module, {naming_field(write.module)}).update(p.touched(write))
                ids.setdefault(write.module, []).append(write.id)
        found = {
            module: await reads.get_many(self._org, module, ids[module], sorted(fields))
            for module, fields in wanted.items()
        }
        images: list[Mapping[str, Any]] = []
        for write in writes:
            if isinstance(write, Create):
                images.append({})
                continue
            record = (
                found[write.module].get(write.id)
                if isinstance(write, Update)
                else await reads.get(self._org, write.module, write.id)
            )
            if record is None:
                raise PlanUnusable(
                    Problem(
                        "RECORD_NOT_FOUND", f"There is no {write.module} record {write.id}.", NOTHING_WRITTEN
                    )
                )
            images.append({name: value for name, value in record.items() if not name.startswith("$")})
        return images

    async def _still_true(self, plan: Plan) -> None:
        """The touched fields are as they were when the plan was shown; otherwise the plan is dropped."""
        for write, old, new in zip(plan.writes, plan.before, await self._before(plan.writes), strict=True):
            fields = write.values if isinstance(write, Update) else old
            changed = [f for f in fields if not p.same(old.get(f), new.get(f))] if old else []
            if changed:
                self.state.void(plan.id)
                raise _unusable(
                    "CHANGED_SINCE",
                    f"{', '.join(changed)} changed since plan {plan.id} was shown; it was dropped.",
                )

    async def _apply(self, plan: Plan) -> Receipt:
        task = asyncio.ensure_future(self._send(plan))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _send(self, plan: Plan) -> Receipt:
        if not self.state.claim(plan.id, self._now()):
            raise _in_progress(plan.id)
        try:
            outcomes = await apply(self._org, plan.writes)
        except ZcrmError as failed:
            nothing = (Outcome("refused", problem=failed.problem),) * len(plan.writes)
            self.state.settle(plan.id, Receipt(p.results(plan, nothing, iter(()))).body(), ())
            raise
        results = p.results(plan, outcomes, iter(lambda: f"chg_{secrets.token_urlsafe(9)}", ""))
        receipt = Receipt(results)
        self.state.settle(plan.id, receipt.body(), self._journal(plan, receipt))
        if plan.proposal.undoes and receipt.wrote:
            self.state.mark_undone(plan.proposal.undoes, plan.id)
        return receipt

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
                after=p.after(write),
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


def _effective(write: Write, before: Mapping[str, Any]) -> tuple[Write, Mapping[str, Any]]:
    """An update without the fields that already have their value."""
    if not isinstance(write, Update):
        return write, before
    return replace(
        write, values={f: v for f, v in write.values.items() if not p.same(before.get(f), v)}
    ), before


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
