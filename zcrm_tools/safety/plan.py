"""A plan: a sealed preview of a write, as values. What is shown to a person is exactly what would be sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from zcrm_tools.crm import writes as w
from zcrm_tools.crm.writes import Create, Delete, Kind, Outcome, Update, Write
from zcrm_tools.errors import Problem
from zcrm_tools.models.record import display_name


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an action asks for. `hold` says why a person or model should look before it is applied; "" lets it through.

    `facts` is JSON shown with the plan (likely duplicates, for one). `undoes` names the change that this reverses.
    """

    writes: tuple[Write, ...]
    hold: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()
    undoes: str = ""


@dataclass(frozen=True, slots=True)
class FieldChange:
    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class RecordChange:
    """What one write does to one record. `id` is empty for a create."""

    kind: Kind
    module: str
    id: str
    name: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """`before` has, per write, the values of the fields it touches as they were; empty for a create."""

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
        return tuple(_change(write, old) for write, old in zip(self.writes, self.before, strict=True))

    def body(self) -> dict[str, Any]:
        """As a plan row keeps it."""
        return {
            "writes": w.to_json(self.writes),
            "before": [dict(b) for b in self.before],
            "hold": self.proposal.hold,
            "facts": dict(self.proposal.facts),
            "warnings": [p.as_dict() for p in self.proposal.warnings],
            "undoes": self.proposal.undoes,
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
            body["undoes"],
        )
        return cls(id, action, proposal, tuple(body["before"]), body["credits"], expires_at)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one write of an applied plan. `change` is its id in the journal, empty when nothing was written."""

    kind: Kind
    module: str
    id: str
    name: str
    status: str
    change: str = ""
    problem: Problem | None = None


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


_SIDE_EFFECTS: Mapping[tuple[str, str], tuple[str, ...]] = {("Deals", "Stage"): ("Probability",)}


def touched(write: Update) -> set[str]:
    """The fields an update sets, and those that Zoho sets because of it: what a before-image must hold."""
    effects = (_SIDE_EFFECTS.get((write.module, name), ()) for name in write.values)
    return {*write.values, *(f for some in effects for f in some)}


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
        )
        for change, outcome in zip(plan.changes, outcomes, strict=True)
    )


def after(write: Write) -> Mapping[str, Any]:
    """The values a record has once the write happened; empty for a delete."""
    return {} if isinstance(write, Delete) else write.values


def problem(body: Mapping[str, Any]) -> Problem:
    """A problem from its `as_dict`."""
    return Problem(**{**body, "allowed": tuple(body.get("allowed", ()))})


def _change(write: Write, before: Mapping[str, Any]) -> RecordChange:
    match write:
        case Create():
            new = tuple(FieldChange(name, None, value) for name, value in write.values.items())
            return RecordChange("create", write.module, "", display_name(write.module, write.values), new)
        case Update():
            name = display_name(write.module, before)
            changed = tuple(FieldChange(f, before.get(f), v) for f, v in write.values.items())
            return RecordChange("update", write.module, write.id, name, changed)
        case Delete():
            gone = tuple(
                FieldChange(f, v, None) for f, v in before.items() if f != "id" and v not in (None, "", [])
            )
            return RecordChange("delete", write.module, write.id, display_name(write.module, before), gone)


def _result_body(result: Result) -> dict[str, Any]:
    return {
        "kind": result.kind,
        "module": result.module,
        "id": result.id,
        "name": result.name,
        "status": result.status,
        "change": result.change,
        "problem": result.problem.as_dict() if result.problem else None,
    }
