"""What the operator allows, decided from a plan alone: a value, never a side effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from zcrm_tools.errors import NOTHING_WRITTEN, Problem
from zcrm_tools.safety.plan import Plan


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may go straight through."""


@dataclass(frozen=True, slots=True)
class NeedsApproval:
    """A person must agree first."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It may not happen at all."""

    problem: Problem


Decision: TypeAlias = Allowed | NeedsApproval | Refused


@dataclass(frozen=True, slots=True)
class Policy:
    """The operator's mode. Read-only unless `write`; more than `row_cap` records at once, and deletes, need a person."""

    write: bool = False
    row_cap: int = 20

    def decide(self, plan: Plan) -> Decision:
        if not self.write:
            return Refused(READ_ONLY)
        if len(plan.writes) > self.row_cap:
            return NeedsApproval(
                f"it changes {len(plan.writes)} records, and more than {self.row_cap} need a person"
            )
        deletes = any(c.kind == "delete" for c in plan.changes)
        if deletes and not plan.proposal.undoes:
            return NeedsApproval("it deletes records")
        return Allowed()


READ_ONLY = Problem(
    "READ_ONLY",
    "This connection is read-only.",
    NOTHING_WRITTEN,
    "The operator allows writes by starting the server with --write (or ZCRM_WRITE=1).",
    fix_by="person",
)
