"""What is written down of a plan: its row, the changes it made, and every decision about it in the audit log."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from zcrm_tools.crm.writes import record_of
from zcrm_tools.safety import asker, changes
from zcrm_tools.safety.plan import Plan, Receipt
from zcrm_tools.state.chain import Entry
from zcrm_tools.state.state import Allowance, ChangeRow, PlanRow, State

Decision = Literal["allowed", "waiting", "refused", "approved", "dropped", "applied", "undone", "found out"]
BY_POLICY = "policy"
"""Who approved what went straight through."""

RECORDS_NAMED = 100
"""At most so many records are named in one entry of the audit log; the changes name them all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of an action: its arguments as given, and their digest."""

    action: str
    arguments: Mapping[str, Any]
    digest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Journal:
    """Where one profile's plans are kept. `keep_values`: the audit log has the arguments too."""

    state: State
    profile: str
    now: Callable[[], datetime]
    keep_values: bool = False
    under_way: set[str] = field(default_factory=set)
    """Plans that this process is applying."""

    def entry(
        self,
        decision: Decision,
        outcome: str = "",
        *,
        action: str = "",
        plan: str = "",
        digest: str = "",
        records: tuple[str, ...] = (),
        values: Mapping[str, Any] | None = None,
    ) -> Entry:
        who = asker.current()
        return Entry(
            self.now(),
            self.profile,
            decision,
            outcome,
            action,
            plan,
            who.principal,
            who.client,
            digest,
            records[:RECORDS_NAMED],
            values if self.keep_values else None,
        )

    def of_plan(self, decision: Decision, plan: Plan, digest: str, outcome: str = "") -> Entry:
        records = tuple(f"{write.module}/{record_of(write)}".rstrip("/") for write in plan.writes)
        return self.entry(decision, outcome, action=plan.action, plan=plan.id, digest=digest, records=records)

    def of_asked(self, decision: Decision, asked: Asked, outcome: str) -> Entry:
        return self.entry(
            decision,
            outcome,
            action=asked.action,
            plan=str(asked.arguments.get("plan_id") or ""),
            digest=asked.digest,
            values=asked.arguments,
        )

    def of_row(self, decision: Decision, row: PlanRow, outcome: str = "") -> Entry:
        return self.entry(decision, outcome, action=row.action, plan=row.id, digest=row.digest)

    def add(self, plan: Plan, asked: Asked, reason: str) -> None:
        """Keep a plan that waits, and why it does."""
        self.state.add_plan(self._row(plan, asked), self._planned("waiting", plan, asked, reason))

    def let_through(self, plan: Plan, asked: Asked, within: Allowance, *, once: bool) -> bool:
        """Keep a plan that policy approves. False, and nothing is kept, when others wrote so much that it does not fit; or,
        with `once`, when the same was asked for at the same time and is on its way.
        """
        row = replace(self._row(plan, asked), state="approved", approved_by=BY_POLICY)
        entry = self._planned("allowed", plan, asked)
        return self.state.add_plan(row, entry, within=within, once=asked.at if once else None)

    def _row(self, plan: Plan, asked: Asked) -> PlanRow:
        who = asker.current()
        return PlanRow(
            plan.id,
            self.profile,
            plan.action,
            asked.digest,
            plan.body(),
            self.now(),
            plan.expires_at,
            principal=who.principal,
            client=who.client,
            size=len(plan.writes),
            origin=plan.proposal.origin,
        )

    def _planned(self, decision: Decision, plan: Plan, asked: Asked, outcome: str = "") -> Entry:
        entry = self.of_plan(decision, plan, asked.digest, outcome)
        return replace(entry, values=asked.arguments if self.keep_values else None)

    def settle(self, plan: Plan, digest: str, receipt: Receipt) -> None:
        """Keep what became of a plan that was claimed, and mark what it undid."""
        decision: Decision = "undone" if plan.proposal.undoes else "applied"
        entry = self.of_plan(decision, plan, digest, told(receipt))
        named = tuple(f"{r.module}/{r.id}".rstrip("/") for r in receipt.results)[:RECORDS_NAMED]
        self.state.settle(
            plan.id,
            receipt.body(),
            self.changes(plan, receipt, self.now()),
            replace(entry, records=named),
            undone=undone(plan, receipt),
        )

    def changes(self, plan: Plan, receipt: Receipt, at: datetime) -> list[ChangeRow]:
        return [
            ChangeRow(
                id=result.change,
                plan=plan.id,
                profile=self.profile,
                at=at,
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

    def approve(self, row: PlanRow, by: str) -> bool:
        """Note a yes. False when the plan does not wait any more."""
        return self.state.approve(row.id, by, self.now(), self.of_row("approved", row, by))

    def drop(self, row: PlanRow, why: str) -> bool:
        """Note a no. False when it was applied before, or dropped."""
        return self.state.void(row.id, self.of_row("dropped", row, why))


def undone(plan: Plan, receipt: Receipt) -> list[str]:
    """The changes that an applied plan took back, or may have."""
    pairs = zip(plan.proposal.undoes, receipt.results, strict=False)
    return [change for change, result in pairs if result.status in ("done", "unknown")]


def by(row: ChangeRow) -> str:
    """Who asked for it: `Claude 1.2 for ann`. The program calls itself so, and proves nothing by it."""
    return " for ".join(filter(None, (row.client or "somebody", row.principal)))


def agreed(row: ChangeRow) -> str:
    """Who or what agreed to it, "" where policy let it through."""
    return "" if row.approved_by == BY_POLICY else row.approved_by


def told(receipt: Receipt) -> str:
    """`2 done, 1 refused`."""
    counts: dict[str, int] = {}
    for result in receipt.results:
        counts[result.status] = counts.get(result.status, 0) + 1
    return ", ".join(f"{number} {status}" for status, number in counts.items())


def new_ids() -> Iterator[str]:
    """Ids of changes, without end."""
    return iter(lambda: f"chg_{secrets.token_urlsafe(9)}", "")
