"""What can be done to records, as frozen values. Nothing here sends; `crm.apply` does, `safety` decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, assert_never

from zcrm_tools.errors import Problem


@dataclass(frozen=True, slots=True)
class Create:
    module: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Update:
    """`values` are the fields to set; an explicit None clears one."""

    module: str
    id: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delete:
    """Moves the record to the recycle bin, where Zoho keeps it 60 days."""

    module: str
    id: str


Write: TypeAlias = Create | Update | Delete
Kind = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one write.

    `unknown`: it was sent and no answer came. `not_sent`: an earlier one of the same plan stopped it.
    """

    status: Literal["done", "refused", "unknown", "not_sent"]
    id: str = ""
    problem: Problem | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def kind(write: Write) -> Kind:
    match write:
        case Create():
            return "create"
        case Update():
            return "update"
        case Delete():
            return "delete"
    assert_never(write)


def to_json(writes: Sequence[Write]) -> list[dict[str, Any]]:
    """As a plan row keeps them."""
    return [
        {"kind": kind(w), "module": w.module}
        | ({} if isinstance(w, Create) else {"id": w.id})
        | ({} if isinstance(w, Delete) else {"values": dict(w.values)})
        for w in writes
    ]


def from_json(rows: Sequence[Mapping[str, Any]]) -> tuple[Write, ...]:
    """The inverse of `to_json`."""
    return tuple(_from_row(row) for row in rows)


def _from_row(row: Mapping[str, Any]) -> Write:
    match row["kind"]:
        case "create":
            return Create(row["module"], row["values"])
        case "update":
            return Update(row["module"], row["id"], row["values"])
        case "delete":
            return Delete(row["module"], row["id"])
        case other:
            raise ValueError(f"unknown write {other!r} in a stored plan")
