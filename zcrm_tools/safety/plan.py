"""A plan: a sealed preview of a write, as values. What is shown to a person is exactly what would be sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from zcrm_tools.crm import writes as w
from zcrm_tools.crm.writes import Kind, Outcome, Write
from zcrm_tools.errors import Problem
from zcrm_tools.safety import changes
from zcrm_tools.safety.changes import RecordChange


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an action asks for. `hold` says why a person or model should look before it is applied; "" lets it through.

    `facts` is JSON shown with the plan (likely duplicates; `people`, names of users by id). `undoes` names the change
    that each write reverses, when that is what they are for. `treat_as` is for policy, where it is more than what its writes are one by one.
    `origin` is what it is a part of: all plans of one origin can be undone together.
    """

    writes: tuple[Write, ...]
    hold: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()
    undoes: tuple[str, ...] = ()
    treat_as: Literal["", "mass", "owner"] = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """`before` has, per write, the values of the fields it touches as they were (`images`); empty for a create."""

    id: str
    action: str
    proposal: Proposal
    before: tuple[Mapping[str, Any], ...]
    credits: int
    expires_at: datetime

    @property
    def writes(self) -> tuple[Write, ...]:
        return self.proposal.writes

    @property
    def changes(self) -> tuple[RecordChange, ...]:
        people = self.proposal.facts.get("people", {})
        return tuple(
            changes.of(write, old, people) for write, old in zip(self.writes, self.before, strict=True)
        )

    def _repr_html_(self) -> str:
        from zcrm_tools.safety.show import spelled, summary
        from zcrm_tools.screens import page

        rows = [
            (c.name or c.id or c.module, f.field, f.old, spelled(f.new))
            for c in self.changes
            for f in c.fields
        ]
        price = f"{self.credits} credit{'' if self.credits == 1 else 's'}"
        note = f"{self.action}, plan {self.id}: {price}, waits until {self.expires_at:%H:%M} UTC"
        return page.differences(summary(self), note, rows, map(str, self.proposal.warnings))

    def body(self) -> dict[str, Any]:
        """As a plan row keeps it."""
        return {
            "writes": w.to_json(self.writes),
            "before": [dict(b) for b in self.before],
            "hold": self.proposal.hold,
            "facts": dict(self.proposal.facts),
            "warnings": [p.as_dict() for p in self.proposal.warnings],
            "undoes": list(self.proposal.undoes),
            "treat_as": self.proposal.treat_as,
            "credits": self.credits,
        }

    @classmethod
    def of(cls, id: str, action: str, body: Mapping[str, Any], expires_at: datetime) -> Plan:
        """The inverse of `body`."""
        proposal = Proposal(
            w.from_json(body["writes"]),
            body["hold"],
            body["facts"],
            tuple(problem(p) for p in body["warnings"]),
            tuple(body["undoes"]),
            body["treat_as"],
        )
        return cls(id, action, proposal, tuple(body["before"]), body["credits"], expires_at)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one write of an applied plan. `change` is its id in the journal, empty when nothing was written.

    `details` are what Zoho told of it, as in `Outcome`.
    """

    kind: Kind
    module: str
    id: str
    name: str
    status: str
    change: str = ""
    problem: Problem | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    results: tuple[Result, ...]

    def body(self) -> dict[str, Any]:
        return {"results": [_result_body(r) for r in self.results]}

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Receipt:
        return cls(
            tuple(
                Result(**{**r, "problem": problem(r["problem"]) if r["problem"] else None})
                for r in body["results"]
            )
        )

    @property
    def wrote(self) -> bool:
        """Whether anything was, or may have been, written."""
        return any(r.status in ("done", "unknown") for r in self.results)


def results(plan: Plan, outcomes: Iterable[Outcome], ids: Iterator[str]) -> tuple[Result, ...]:
    """Pair the plan's records with what became of them; `ids` gives change ids."""
    return tuple(
        Result(
            change.kind,
            change.module,
            outcome.id or change.id,
            change.name,
            outcome.status,
            next(ids) if outcome.status in ("done", "unknown") else "",
            outcome.problem,
            _told(outcome),
        )
        for change, outcome in zip(plan.changes, outcomes, strict=True)
    )


def _told(outcome: Outcome) -> Mapping[str, Any]:
    """What later acts need; the rest of Zoho's details is stamps."""
    kept = ("Contacts", "Accounts", "Deals", "attachment", "message_id", "job_id", "http_status", "reply")
    return {name: outcome.details[name] for name in kept if name in outcome.details}


def problem(body: Mapping[str, Any]) -> Problem:
    """A problem from its `as_dict`."""
    return Problem(**{**body, "allowed": tuple(body.get("allowed", ()))})


def _result_body(result: Result) -> dict[str, Any]:
    return {
        "kind": result.kind,
        "module": result.module,
        "id": result.id,
        "name": result.name,
        "status": result.status,
        "change": result.change,
        "problem": result.problem.as_dict() if result.problem else None,
        "details": dict(result.details),
    }
