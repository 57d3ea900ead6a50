"""What can be done in the CRM, as frozen values. Nothing here sends; `crm.apply` does, `safety` decides.

An action proposes these and nothing else. An upsert is proposed as the creates and updates that it comes to, a change
of owner and a mass update as updates, a copy of a record as a create: a person then sees what each record becomes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeAlias, get_args

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


@dataclass(frozen=True, slots=True)
class Restore:
    """Brings a record back from the recycle bin, with what was deleted along with it."""

    module: str
    id: str


@dataclass(frozen=True, slots=True)
class Tags:
    """Tags that do not exist in the module are made. Zoho tells tags apart without regard to case."""

    module: str
    id: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """Puts the record `to` into a related list, or with `remove` takes it out; both records stay.

    `values` are what the list itself keeps, such as Member_Status of a campaign.
    """

    module: str
    id: str
    related_list: str
    to: str
    remove: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Convert:
    """Makes a lead a contact, an account and perhaps a deal. `values` are Zoho's own body; nothing takes it back.

    https://www.zoho.com/crm/developer/docs/api/v8/convert-lead.html
    """

    id: str
    values: Mapping[str, Any] = field(default_factory=dict)
    module: str = "Leads"


@dataclass(frozen=True, slots=True)
class Send:
    """A mail about a record. `values` are Zoho's own body; nothing takes it back.

    https://www.zoho.com/crm/developer/docs/api/v8/send-mail.html
    """

    module: str
    id: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Merge:
    """Joins one or two `others` into the record, which keeps its values but for those of `take`: field → whose value.

    The others are gone for good. https://www.zoho.com/crm/developer/docs/api/v8/merge-records.html
    """

    module: str
    id: str
    others: tuple[str, ...]
    take: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transition:
    """Takes a transition of the record's blueprint, by its id; `values` are for the fields that it asks for."""

    module: str
    id: str
    transition: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attach:
    """A file onto a record. Its content lies in a private file (`safety.files`), and is what `digest` (SHA-256) says."""

    module: str
    id: str
    name: str
    path: str
    digest: str


@dataclass(frozen=True, slots=True)
class Detach:
    """Deletes an attachment for good."""

    module: str
    id: str
    attachment: str


@dataclass(frozen=True, slots=True)
class Request:
    """Any other call that writes, as it is. What it does is not known, so a person always looks, and nothing undoes it."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    module: str = ""
    id: str = ""


Records: TypeAlias = Create | Update | Delete
"""Written in batches, through the records' own calls."""
Write: TypeAlias = (
    Records | Restore | Tags | Link | Convert | Send | Merge | Transition | Attach | Detach | Request
)
Kind = Literal[
    "create", "update", "delete", "restore", "tags", "link", "convert", "send", "merge", "transition", "attach",
    "detach", "request",
]  # fmt: skip

_KINDS: dict[Kind, type[Any]] = {
    "create": Create,
    "update": Update,
    "delete": Delete,
    "restore": Restore,
    "tags": Tags,
    "link": Link,
    "convert": Convert,
    "send": Send,
    "merge": Merge,
    "transition": Transition,
    "attach": Attach,
    "detach": Detach,
    "request": Request,
}
_NAMES: dict[type[Any], Kind] = {made: name for name, made in _KINDS.items()}
KINDS: tuple[Kind, ...] = get_args(Kind)
_LISTS = frozenset({"add", "remove", "others"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one write.

    `unknown`: it was sent and no answer came. `not_sent`: an earlier one of the same plan stopped it. `details` are
    what Zoho told of it: ids of what a conversion made (`Contacts`, `Accounts`, `Deals`), of an `attachment`, a `message_id`.
    """

    status: Literal["done", "refused", "unknown", "not_sent"]
    id: str = ""
    problem: Problem | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def kind(write: Write) -> Kind:
    return _NAMES[type(write)]


def record_of(write: Write) -> str:
    """The id of the record it is about; "" where there is none yet."""
    return "" if isinstance(write, Create) else write.id


def values_of(write: Write) -> Mapping[str, Any]:
    """The fields it sets on its record, where it sets any."""
    return write.values if isinstance(write, Create | Update | Transition) else {}


def to_json(writes: Sequence[Write]) -> list[dict[str, Any]]:
    """As a plan row keeps them."""
    return [{"kind": kind(w), **{f.name: _plain(getattr(w, f.name)) for f in fields(w)}} for w in writes]


def from_json(rows: Sequence[Mapping[str, Any]]) -> tuple[Write, ...]:
    """The inverse of `to_json`."""
    return tuple(_from_row(row) for row in rows)


def _from_row(row: Mapping[str, Any]) -> Write:
    made = _KINDS.get(row["kind"])
    if made is None:
        raise ValueError(f"unknown write {row['kind']!r} in a stored plan")
    given = {name: value for name, value in row.items() if name != "kind"}
    lists = {name: tuple(given[name]) for name in _LISTS & given.keys() if isinstance(given[name], list)}
    write: Write = made(**(given | lists))
    return write


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value
