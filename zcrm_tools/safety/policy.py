"""What the operator allows, decided from a plan alone: a value, never a side effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from zcrm_tools.crm.writes import Kind, Update, kind
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
        if plan.proposal.undoes:
            return Allowed()
        for write in plan.writes:
            if why := _WEIGHTY.get(kind(write)):
                return NeedsApproval(f"it {why}")
            if isinstance(write, Update) and "Owner" in write.values:
                return NeedsApproval("it gives records to another owner")
        return Allowed()


_WEIGHTY: Mapping[Kind, str] = {
    "delete": "deletes records",
    "detach": "deletes attachments",
    "convert": "converts leads, which nothing takes back",
    "merge": "merges records, which nothing takes back",
    "send": "sends mail, which nothing takes back",
    "request": "makes a call of which nothing is known, so nothing undoes it",
}


READ_ONLY = Problem(
    "READ_ONLY",
    "This connection is read-only.",
    NOTHING_WRITTEN,
    "The operator allows writes by starting the server with --write (or ZCRM_WRITE=1).",
    fix_by="person",
)
