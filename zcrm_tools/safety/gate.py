"""The gate that every write goes through: plan it, ask policy, claim it, send it, journal it.

    submit ─ plan ─ policy ─┬─ refused: NotAllowed, nothing was written
                            ├─ needs a person, a look, or is a dry run: the plan waits, and the same call with its
                            │  plan_id resumes it once somebody approved
                            └─ allowed ─ claim ─ send ─ settle

A plan is claimed in `state` before the first byte leaves, so no two callers apply it; applying runs in a task of its
own, shielded from a caller that goes away, so no write is left half-journaled. When an answer was lost, or a process
died, the records say what happened (`lost`), before anything of the kind is written again. Every decision is audited.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import secrets
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from zcrm_tools.crm import intents, people
from zcrm_tools.crm import reconcile as r
from zcrm_tools.crm.apply import apply, price
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import Attach, Outcome, kind, record_of
from zcrm_tools.errors import (
    NOTHING_WRITTEN,
    InvalidInput,
    NotAllowed,
    PlanUnusable,
    Problem,
    ZcrmError,
)
from zcrm_tools.safety import asker, files, images
from zcrm_tools.safety import plan as p
from zcrm_tools.safety.asker import Way
from zcrm_tools.safety.hearing import News, retold
from zcrm_tools.safety.journal import BY_POLICY, Asked, Journal, new_ids
from zcrm_tools.safety.lost import MADE_ONCE, Tracing
from zcrm_tools.safety.masks import Masks
from zcrm_tools.safety.plan import Plan, Proposal, Receipt
from zcrm_tools.safety.policy import READ_ONLY, Allowed, Decision, NeedsApproval, Policy, Refused
from zcrm_tools.safety.workflows import Workflows
from zcrm_tools.state.state import Allowance, PlanRow, State

LIFE = timedelta(minutes=10)
"""How long a plan waits, and how long an identical create is answered with the earlier receipt."""

PATIENCE = 10.0
"""Seconds to wait for another process that is applying the very same plan."""

CONTROLS = frozenset({"plan_id", "dry_run", "repeat"})
"""Arguments that steer the gate and are no part of what is asked for."""

_ON_ITS_WAY = frozenset({"approved", "applying"})

_HALF = Problem(
    "HALF_A_CHARACTER",
    "An argument has half of a character in it (a lone surrogate), which no record can hold.",
    NOTHING_WRITTEN,
    "Give the text anew, whole.",
)

Propose = Callable[[], Awaitable[Proposal]]


@dataclass(frozen=True, slots=True)
class Submitted:
    """The gate's answer. `waiting` says why it was not applied yet; `unchanged` when there was nothing to do."""

    status: Literal["applied", "waiting", "unchanged"]
    plan: Plan
    receipt: Receipt | None = None
    reason: str = ""
    needs_person: bool = False
    ways: frozenset[Way] = frozenset()
    """How a person can be reached, where one is needed."""
    repeated: bool = False


class Gate:
    """`toolset_of` tells an action's toolset, "" for none; `folder` is where files wait for their plan, one of this
    process alone when None. Who asks, and whether a person can be asked, is told around the call (`asker`).
    """

    def __init__(
        self,
        org: Org,
        state: State,
        policy: Policy,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        toolset_of: Callable[[str], str] = lambda _action: "",
        folder: Path | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._org = org
        self._toolset_of = toolset_of
        self._folder = folder
        self._patience = patience
        self._now = now
        self._running: set[asyncio.Task[Receipt]] = set()
        self._heard: dict[str, Mapping[str, Any]] = {}
        self.state = state
        self.policy = policy
        self.journal = Journal(state, org.profile.identity, self._clock, policy.keep_values)
        self.masks = Masks(policy.mask, lambda: state.secret("masks"))
        self._lost = Tracing(org, self.journal)
        self._workflows = Workflows(org, self._clock)

    async def submit(self, action: str, arguments: Mapping[str, Any], propose: Propose) -> Submitted:
        """Plan and, where policy lets it through, apply. `propose` is asked when no plan is named, or its plan was overtaken.

        Raises NotAllowed when policy refuses, PlanUnusable when the named plan cannot be applied; nothing was written.
        """
        asked = Asked(action, arguments, self._digest(action, arguments), self._now())
        try:
            if not self.policy.write:
                raise NotAllowed(READ_ONLY)
            if plan_id := arguments.get("plan_id"):
                return await self._resume(str(plan_id), asked, propose)
            if not arguments.get("dry_run"):
                repeat = bool(arguments.get("repeat"))
                if (row := await self._lost.earlier(asked.digest, LIFE, repeat=repeat)) is not None:
                    return _repeated(row)
            return await self._submit(asked, propose)
        except NotAllowed as refused:
            self.state.audit(self.journal.of_asked("refused", asked, refused.problem.code))
            raise

    def plan(self, plan_id: str) -> Plan:
        """Raises PlanUnusable when this profile has no such plan."""
        return _plan(self._row(plan_id))

    def approve(self, plan_id: str, by: str, way: Way = "python") -> bool:
        """Note a person's yes. False when the plan does not wait any more; PlanUnusable as for `plan`.

        Raises NotAllowed for a way that the policy does not take.
        """
        if by != BY_POLICY:
            self.policy.takes(way)
        row = self._row(plan_id)
        agreed = self.journal.approve(row, by)
        if agreed and not self.policy.from_state:
            self._heard[plan_id] = row.body
        return agreed

    def drop(self, plan_id: str, why: str = "a person said no") -> None:
        """Note a person's no."""
        self.journal.drop(self._row(plan_id), why)

    async def attachment(self, module: str, id: str, name: str, content: bytes) -> Attach:
        """A file to be proposed: what is approved is exactly this content."""
        path, digest = await asyncio.to_thread(files.keep, self._folder, content)
        return Attach(module, id, name, path, digest)

    async def reconcile(self, row: PlanRow, *, telling: bool = False) -> Receipt | None:
        """Find out what became of a plan of unknown outcome (`lost`). Raises ZcrmError when Zoho cannot be asked."""
        return await self._lost.reconcile(row, telling=telling)

    async def reconcile_all(self) -> None:
        """Look after every plan of this profile whose outcome is unknown. Raises ZcrmError when Zoho cannot be asked."""
        await self._lost.reconcile_all()

    async def finish(self) -> None:
        """Wait for writes whose callers went away."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _submit(self, asked: Asked, propose: Propose, *, because: str = "") -> Submitted:
        """`because` says why a new plan has to be looked at, although policy would let it through."""
        plan, touched = await self._planned(asked.action, await propose())
        if not touched:
            return Submitted("unchanged", plan)
        dry = bool(asked.arguments.get("dry_run"))
        decision = await self._decide(plan, dry=dry)
        if isinstance(decision, Refused):
            raise NotAllowed(decision.problem)
        looking = because or plan.proposal.hold or ("this is a dry run" if dry else "")
        once = not asked.arguments.get("repeat") and any(kind(write) in MADE_ONCE for write in plan.writes)
        while isinstance(decision, Allowed) and not looking:
            if self.journal.let_through(plan, asked, self._allowance(), once=once):
                return Submitted("applied", plan, await self._apply(plan, asked.digest, plan.before))
            if once and (row := self.state.rival(asked.digest, BY_POLICY, asked.at)) is not None:
                if (row := await self._settled(row)).state in ("applying", "applied"):
                    return _repeated(row)
                self.journal.drop(row, "it was never sent")
            decision = await self._decide(plan)  # another process wrote meanwhile
        if isinstance(decision, Refused):
            raise NotAllowed(decision.problem)
        person = isinstance(decision, NeedsApproval)
        needs = decision.reason if isinstance(decision, NeedsApproval) else ""
        facts = {**plan.proposal.facts, "workflows": await self._workflows.of(plan.writes)}
        if named := await people.given_to(self._org, plan.writes):
            facts["people"] = named
        plan = replace(
            plan, proposal=replace(plan.proposal, facts=facts | ({"asks": needs} if needs else {}))
        )
        reason = "; ".join(filter(None, (because, needs))) or looking
        self.journal.add(plan, asked, reason)
        return Submitted("waiting", plan, reason=reason, needs_person=person, ways=self._ways())

    async def _resume(self, plan_id: str, asked: Asked, propose: Propose) -> Submitted:
        row = self._row(plan_id)
        if row.principal != asker.current().principal:
            raise _unknown(plan_id)
        if row.digest != asked.digest:
            raise _unusable("OTHER_ARGUMENTS", f"Plan {plan_id} was made for other arguments.")
        if row.state in ("applying", "applied"):
            return _repeated(await self._settled(row))
        self._usable(row)
        plan = _plan(row)
        decision = await self._decide(plan)
        if isinstance(decision, Refused):
            raise NotAllowed(decision.problem)
        if isinstance(decision, NeedsApproval) and not self._agreed(row):
            if row.state == "open":
                return Submitted(
                    "waiting", plan, reason=decision.reason, needs_person=True, ways=self._ways()
                )
            alone = row.approved_by == BY_POLICY
            why = (
                "the operator's policy asks for a person now"
                if alone
                else "its approval did not come through this server"
            )
            self.journal.drop(row, why)
            return await self._submit(asked, propose, because=f"plan {plan_id} was dropped, as {why}")
        seen = await images.look(self._org, plan.writes)
        if changed := images.overtaken(plan.writes, plan.before, seen):
            if not self.journal.drop(row, f"{changed} changed"):  # somebody applies it: that is what changed
                return _repeated(await self._settled(self._row(plan_id)))
            because = f"{changed} changed since plan {plan_id} was shown, which was dropped; this is what it would do now"
            return await self._submit(asked, propose, because=because)
        if row.state == "open":
            entry = self.journal.of_row("allowed", row)
            agreed = self.state.approve(plan_id, BY_POLICY, self._now(), entry, within=self._allowance())
            if not agreed and self._row(plan_id).state == "open":  # another process wrote meanwhile
                return await self._resume(plan_id, asked, propose)
        return Submitted("applied", plan, await self._apply(plan, row.digest, [image for _, image in seen]))

    def _usable(self, row: PlanRow) -> None:
        """Raises PlanUnusable for a plan that will never be applied."""
        if row.state == "void":
            raise _unusable("PLAN_DROPPED", f"Plan {row.id} was dropped.")
        if row.state in ("open", "approved") and row.expires_at <= self._now():
            raise _unusable("PLAN_EXPIRED", f"Plan {row.id} expired: a plan waits ten minutes.")

    async def _planned(self, action: str, proposal: Proposal) -> tuple[Plan, bool]:
        """The plan, and whether there is anything to do. What needs no doing is left out of it."""
        looked = await images.look(self._org, proposal.writes)
        undoes = proposal.undoes or ("",) * len(looked)
        rows = list(zip(proposal.writes, looked, undoes, strict=True))
        kept = [(left, old, undone) for _, (left, old), undone in rows if left is not None]
        same = [record_of(write) for write, (left, _), _ in rows if left is None]
        shown = kept or [(write, old, undone) for write, (_, old), undone in rows]
        writes = tuple(write for write, _, _ in shown)
        plan = Plan(
            f"plan_{secrets.token_urlsafe(12)}",
            action,
            replace(
                proposal,
                writes=writes,
                facts={**proposal.facts, "unchanged": same} if same else proposal.facts,
                undoes=tuple(undone for _, _, undone in shown) if proposal.undoes else (),
            ),
            tuple(old for _, old, _ in shown),
            price(writes),
            self._now() + LIFE,
        )
        return plan, bool(kept)

    async def _decide(self, plan: Plan, *, dry: bool = False) -> Decision:
        """A dry run is shown although nobody could be asked to approve it."""
        at = None
        if self.policy.hours is not None:
            zone = (await self._org.catalogue.org()).time_zone
            at = self._now().astimezone(ZoneInfo(zone or "UTC"))
        return self.policy.decide(
            plan,
            toolset=self._toolset_of(plan.action),
            at=at,
            person=dry or bool(self._ways()),
            before=self._written_before(plan),
        )

    def _ways(self) -> frozenset[Way]:
        return asker.current().ways & self.policy.approval

    def _agreed(self, row: PlanRow) -> bool:
        """Whether a person said yes, so that the policy takes it."""
        by_person = row.approved_by not in ("", BY_POLICY)
        return by_person and (self.policy.from_state or self._heard.get(row.id) == row.body)

    def _written_before(self, plan: Plan) -> int:
        """Records that whoever asks wrote within the policy's window without a person."""
        since, who = self._allowance().since, asker.current().principal
        return self.state.written(self.journal.profile, who, BY_POLICY, since, but=plan.id)

    def _allowance(self) -> Allowance:
        window = self.policy.window
        if self.policy.rule("mass") == "straight":
            return Allowance(sys.maxsize, self._now())
        return Allowance(window.rows, self._now() - timedelta(minutes=window.minutes))

    async def _apply(self, plan: Plan, digest: str, seen: Sequence[Mapping[str, Any]]) -> Receipt:
        self._org.session.line.spending.afford(plan.credits)  # or it would stop half-way
        news = News()
        task = asyncio.create_task(self._send(plan, digest, seen, news))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await retold(task, news)

    async def _send(self, plan: Plan, digest: str, seen: Sequence[Mapping[str, Any]], news: News) -> Receipt:
        began = self._now()
        if not self.state.claim(plan.id, began):
            self._usable(row := self._row(plan.id))
            row = await self._settled(row)
            if row.receipt is None:
                raise _in_progress(plan.id)
            return Receipt.of(row.receipt)
        self.journal.under_way.add(plan.id)
        try:
            return await self._sent(plan, digest, seen, began, news)
        finally:
            self.journal.under_way.discard(plan.id)

    async def _sent(
        self, plan: Plan, digest: str, seen: Sequence[Mapping[str, Any]], began: datetime, news: News
    ) -> Receipt:
        try:
            keys = await intents.keys(self._org, plan.id, plan.writes)
            outcomes = await apply(
                self._org,
                plan.writes,
                seen=seen,
                keys=keys,
                now=self._now,
                told=lambda done: news.put_nowait((done, len(plan.writes))),
            )
        except ZcrmError as failed:
            nothing = (Outcome("refused", problem=failed.problem),) * len(plan.writes)
            self.journal.settle(plan, digest, Receipt(p.results(plan, nothing, iter(()))))
            raise
        if any(one.status == "unknown" for one in outcomes):
            with contextlib.suppress(ZcrmError):  # it stays unknown, which is true
                sent = r.Sent(began, self._now(), landed=False)
                outcomes = await self._lost.found_out(plan, outcomes, sent)
        receipt = Receipt(p.results(plan, outcomes, new_ids()))
        self.journal.settle(plan, digest, receipt)
        return receipt

    async def _settled(self, row: PlanRow) -> PlanRow:
        """The row once whoever claimed it has settled it, if that is soon; or once its outcome was looked for."""
        claimed = row.claimed_at or row.created_at
        if row.state in _ON_ITS_WAY and self._now() < claimed + timedelta(seconds=self._patience):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience):
                    while (row := self._row(row.id)).state in _ON_ITS_WAY:  # noqa: ASYNC110 — by another process
                        await asyncio.sleep(0.05)
        return row if row.state in ("approved", "void") else await self._lost.looked_after(row)

    def _row(self, plan_id: str) -> PlanRow:
        row = self.state.plan(plan_id)
        if row is None or row.profile != self.journal.profile:
            raise _unknown(plan_id)
        return row

    def _clock(self) -> datetime:
        return self._now()

    def _digest(self, action: str, arguments: Mapping[str, Any]) -> str:
        wanted = {name: value for name, value in arguments.items() if name not in CONTROLS}
        who = [self.journal.profile, *filter(None, [asker.current().principal])]
        text = json.dumps([*who, action, wanted], sort_keys=True, ensure_ascii=False, default=str)
        try:
            return hashlib.sha256(text.encode()).hexdigest()
        except UnicodeEncodeError:
            raise InvalidInput(_HALF) from None


def _repeated(row: PlanRow) -> Submitted:
    """What was done before. PlanUnusable while nobody knows, or once it was forgotten."""
    if row.receipt is None and row.state == "applied":
        raise _unusable("PLAN_PURGED", f"Plan {row.id} was applied, and what it wrote is no longer kept.")
    if row.receipt is None:
        raise _in_progress(row.id)
    return Submitted("applied", _plan(row), Receipt.of(row.receipt), repeated=True)


def _plan(row: PlanRow) -> Plan:
    if not row.body:
        raise _unusable("PLAN_PURGED", f"What plan {row.id} was to write is no longer kept.")
    return Plan.of(row.id, row.action, row.body, row.expires_at)


def _unknown(plan_id: str) -> PlanUnusable:
    return _unusable("UNKNOWN_PLAN", f"There is no plan {plan_id!r}.")


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
