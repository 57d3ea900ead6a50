"""What a write does to its record, field by field, as a person is shown it before and the journal keeps it after.

A before-image holds the touched fields of a record as they were, by API name. What is no field of the record is noted
under names that begin with `$`: what `images` read of the other side of a link, of an attachment, of a blueprint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from zcrm_tools.crm import writes as w
from zcrm_tools.crm.traces import FIELD, TARGET
from zcrm_tools.crm.writes import (
    Attach,
    Convert,
    Create,
    Delete,
    Detach,
    Kind,
    Link,
    Merge,
    Request,
    Restore,
    Send,
    Tags,
    Transition,
    Update,
    Write,
)
from zcrm_tools.models.record import display_name
from zcrm_tools.state.state import ChangeRow

NAME, OTHER, OTHERS, LINKED = "$name", "$other", "$others", "$linked"
"""In a before-image: the record's name where its fields do not tell; the record or file at the other end; the records
that are merged into this one; whether two records were linked."""
DETAILS = "$details"
"""In an after-image: what Zoho told of it."""

LASTING: frozenset[Kind] = frozenset({"convert", "send", "merge", "transition", "detach", "request"})
"""What nothing takes back."""


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


def of(write: Write, before: Mapping[str, Any], people: Mapping[str, str] | None = None) -> RecordChange:
    """`people` has the names of users by id, for those that the write gives by id alone."""
    known = write.values if isinstance(write, Create) else before
    name = str(before.get(NAME) or display_name(write.module, known))
    shown = tuple(
        FieldChange(name, old, _named(new, people or {})) for name, old, new in _rows(write, before)
    )
    return RecordChange(w.kind(write), write.module, w.record_of(write), name, shown)


def _named(value: Any, people: Mapping[str, str]) -> Any:
    known = isinstance(value, Mapping) and value.keys() == {"id"} and people.get(str(value["id"]))
    return {**value, "name": known} if known else value


def _rows(write: Write, before: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    match write:
        case Create(values=values):
            yield from ((name, None, value) for name, value in values.items())
        case Update(values=values):
            yield from ((name, before.get(name), value) for name, value in values.items())
        case Delete():
            yield from (
                (name, value, None)
                for name, value in before.items()
                if name != "id" and not name.startswith("$") and value not in (None, "", [])
            )
        case Restore():
            yield "In the recycle bin", True, False
        case Tags():
            yield "Tag", before.get("Tag", []), tags_after(write, before)
        case Link(related_list=listed, values=values):
            other = before.get(OTHER) or {"id": write.to}
            if write.remove or not before.get(LINKED):
                yield (listed, other, None) if write.remove else (listed, None, other)
            yield from ((f"{listed}.{name}", before.get(name), value) for name, value in values.items())
        case Convert(values=values):
            yield "Converted", False, True
            yield from _flat(values)
        case Send(values=values):
            yield from ((name, None, value) for name, value in values.items())
        case Merge(others=others, take=take):
            named = before.get(OTHERS) or {}
            names = [{"id": one, "name": (named.get(one) or {}).get(NAME, "")} for one in others]
            yield "Merged into it, then gone", None, names
            yield from ((f, before.get(f), (named.get(one) or {}).get(f)) for f, one in take.items())
        case Transition(values=values):
            if before.get(FIELD):
                yield before[FIELD], before.get(before[FIELD]), before.get(TARGET)
            yield from ((name, before.get(name), value) for name, value in values.items())
        case Attach(name=name):
            yield "Attachments", None, name
        case Detach(attachment=attachment):
            yield "Attachments", before.get(OTHER) or {"id": attachment}, None
        case Request(method=method, path=path, query=query, body=body):
            yield "request", None, f"{method} {path}"
            yield from ((f"?{name}", None, value) for name, value in query.items())
            yield from [("body", None, body)] if body is not None else []


def _flat(values: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """The fields of a new deal each by itself."""
    for name, value in values.items():
        if name == "Deals" and isinstance(value, Mapping):
            yield from ((f"Deals.{field}", None, one) for field, one in value.items())
        else:
            yield name, None, value


def tags_after(write: Tags, before: Mapping[str, Any]) -> list[str]:
    gone = {name.casefold() for name in write.remove}
    return [name for name in before.get("Tag", ()) if name.casefold() not in gone] + list(write.add)


_SIDE_EFFECTS: Mapping[tuple[str, str], tuple[str, ...]] = {("Deals", "Stage"): ("Probability",)}


def touched(write: Write) -> set[str]:
    """The fields a write sets, and those that Zoho sets because of it: what a before-image must hold."""
    names = w.values_of(write)
    effects = (_SIDE_EFFECTS.get((write.module, name), ()) for name in names)
    return {*names, *(f for some in effects for f in some)}


def has_rows(value: Any) -> bool:
    """Whether it is a subform's: rows of their own, that an update adds to and changes one by one."""
    return isinstance(value, list) and any(isinstance(one, Mapping) for one in value)


def after(write: Write, details: Mapping[str, Any]) -> Mapping[str, Any]:
    """As the journal keeps it: the values a record has then; of other acts all that tells what was done, and what came of it."""
    match write:
        case Create() | Update():
            return write.values
        case Delete():
            return {}
    said = w.to_json([write])[0]
    told = {DETAILS: dict(details)} if details else {}
    return {name: value for name, value in said.items() if name not in ("kind", "module", "id")} | told


def done(row: ChangeRow) -> Write:
    """The write that a change in the journal was."""
    given: dict[str, Any] = {"kind": row.kind, "module": row.module, "id": row.record}
    match row.kind:
        case "create":
            given = {"kind": row.kind, "module": row.module, "values": row.after}
        case "update":
            given["values"] = row.after
        case _:
            given |= {name: value for name, value in row.after.items() if name != DETAILS}
    (write,) = w.from_json([given])
    return write


def was(row: ChangeRow) -> RecordChange:
    """What a change in the journal did, as it was shown before it was done; without its fields once it was purged."""
    if row.purged:
        kind: Any = row.kind
        return RecordChange(kind, row.module, row.record, row.name, ())
    return of(done(row), row.before)
