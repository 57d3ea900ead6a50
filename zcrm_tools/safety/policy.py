"""What the operator allows, decided from a plan alone: a value, never a side effect. `policy_file` reads one from a file.

The mode comes first, then hours, toolset, module and field, then what the write does, then how many records it is about.
What needs a person is refused where there is no way to reach one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Any, Literal, TypeAlias, get_args

from zcrm_tools.crm import passthrough
from zcrm_tools.crm import writes as w
from zcrm_tools.crm.writes import Convert, Create, Link, Merge, Request, Tags, Write
from zcrm_tools.errors import NOTHING_WRITTEN, NotAllowed, Problem
from zcrm_tools.operations import LINK_RELATED, UNLINK_RELATED
from zcrm_tools.safety.asker import APART, WAYS, Way
from zcrm_tools.safety.plan import Plan

Weight = Literal[
    "create", "update", "tags", "link", "attach", "restore", "transition", "owner", "mass", "delete", "detach",
    "convert", "merge", "send", "request",
]  # fmt: skip
"""What a write amounts to: its kind, but for `owner` (an update that gives records away) and `mass` (more records than the row cap)."""
Rule = Literal["straight", "person", "refuse"]
"""It goes straight through, a person must agree first, or it may not happen."""
WEIGHTS: tuple[Weight, ...] = get_args(Weight)
USUAL: Mapping[Weight, Rule] = {
    weight: "straight" if place < WEIGHTS.index("transition") else "person"
    for place, weight in enumerate(WEIGHTS)
}


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
class Names:
    """`allow` None is everything; what is denied stays denied. In any case: in an address Zoho may take `leads` for Leads."""

    allow: frozenset[str] | None = None
    deny: frozenset[str] = frozenset()

    def __contains__(self, name: str) -> bool:
        asked = {name.casefold()}
        return not asked & _folded(self.deny) and (self.allow is None or bool(asked & _folded(self.allow)))

    @property
    def limits(self) -> bool:
        return self.allow is not None or bool(self.deny)


@dataclass(frozen=True, slots=True)
class Fields:
    """By `Module.Field`, or `*.Field` for every module. A module with allowed fields has no others."""

    names: Names = Names()

    def allows(self, module: str, field: str) -> bool:
        asked = _folded((f"{module}.{field}", f"*.{field}"))
        if asked & _folded(self.names.deny):
            return False
        own = self._of(module, self.names.allow or ())
        return not own or bool(asked & own)

    def limits(self, module: str) -> bool:
        return bool(self._of(module, (*(self.names.allow or ()), *self.names.deny)))

    def _of(self, module: str, names: Iterable[str]) -> set[str]:
        return {name for name in _folded(names) if name.startswith((f"{module.casefold()}.", "*."))}


def _folded(names: Iterable[str]) -> set[str]:
    return {name.casefold() for name in names}


@dataclass(frozen=True, slots=True)
class Hours:
    """When writes may happen, in the org's time zone. Days are 0 for Monday; `until` is not part of it."""

    days: frozenset[int]
    since: time
    until: time

    def include(self, at: datetime) -> bool:
        return at.weekday() in self.days and self.since <= at.time() < self.until

    def __str__(self) -> str:
        days = ", ".join(DAYS[day] for day in sorted(self.days))
        return f"{days} from {self.since:%H:%M} to {self.until:%H:%M}"


@dataclass(frozen=True, slots=True)
class Window:
    """How many records one principal may write within so many minutes before a person must agree to more.

    What a person agreed to does not count: it is the sum of what nobody saw that is limited.
    """

    rows: int = 60
    minutes: int = 60


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Policy:
    """Read-only unless `write`. More than `row_cap` records at once need a person, and more than `window` lets through by and
    by; more than `most` at once are refused.

    `approval` are the ways by which a person may agree. `keep_days` is how long before-images are kept, 0 for ever; with `keep_values` the audit log holds arguments too.
    `mask` are fields whose values are shown as tokens. `source` is the file it was read from.
    """

    write: bool = False
    row_cap: int = 20
    most: int = 1_000
    window: Window = Window()
    approval: frozenset[Way] = WAYS
    effects: Mapping[Weight, Rule] = field(default_factory=dict)
    toolsets: Names = Names()
    modules: Names = Names()
    fields: Fields = Fields()
    hours: Hours | None = None
    keep_days: int = 0
    keep_values: bool = False
    mask: frozenset[str] = frozenset()
    source: str = ""

    @property
    def limits(self) -> bool:
        """Whether it says more than mode, sizes and who must agree: then nothing may be written beside a plan."""
        return (
            self.modules.limits
            or self.fields.names.limits
            or self.hours is not None
            or "refuse" in self.effects.values()
        )

    def beside_plans(self) -> None:
        """For writes that no plan covers, of the operator's own code. Raises NotAllowed where a plan would be held to more."""
        if not self.write:
            raise NotAllowed(READ_ONLY)
        if self.limits:
            raise NotAllowed(
                self._no(
                    "POLICY_UNSEEN",
                    "No plan covers this call, so it cannot be held to what the operator's policy limits.",
                )
            )

    def takes(self, way: Way) -> None:
        """Raises NotAllowed for a way of agreeing that the operator does not take; nothing was approved then."""
        if way not in self.approval:
            raise NotAllowed(
                Problem(
                    "APPROVAL_ELSEWHERE",
                    f"The operator's policy takes no approval {_AGREED[way]}, only {self.where()}.",
                    "Nothing was approved.",
                    f"Approve it {self.where()}, or ask the operator to change `approval` in the policy{self._told}.",
                    fix_by="person",
                )
            )

    def where(self) -> str:
        """How a person may agree, in words."""
        return " or ".join(words for way, words in _AGREED.items() if way in self.approval) or "nowhere"

    @property
    def from_state(self) -> bool:
        """Whether a yes counts that this process knows from the state alone. Whoever can write the file could forge it."""
        return bool(self.approval & APART)

    @property
    def _told(self) -> str:
        return f" ({self.source})" if self.source else ""

    def rule(self, weight: Weight) -> Rule:
        return self.effects.get(weight, USUAL[weight])

    def decide(
        self,
        plan: Plan,
        *,
        toolset: str = "",
        at: datetime | None = None,
        person: bool = True,
        before: int = 0,
    ) -> Decision:
        """`at` is now in the org's time zone; `person`: whether there is a way to ask one. `before` is how many records were
        written within the window without one.
        """
        if (forbidden := self._forbidden(plan, toolset, at)) is not None:
            return Refused(forbidden)
        for weight in (weights := list(dict.fromkeys(self._weights(plan, before)))):
            if self.rule(weight) == "refuse":
                return Refused(self._refusal(weight, plan, before))
        asking = [weight for weight in weights if self.rule(weight) == "person"]
        if not asking:
            return Allowed()
        reason = self._reason(asking[0], plan, before)
        if person:
            return NeedsApproval(reason)
        return Refused(
            Problem(
                "NOBODY_TO_ASK",
                f"A person must approve this, as {reason}, and through this client nobody can be asked.",
                NOTHING_WRITTEN,
                "Use a client that can ask its user (elicitation), or a server on the person's own machine;"
                " or the operator lets it through in the policy file.",
                fix_by="person",
            )
        )

    def _weights(self, plan: Plan, before: int) -> Iterator[Weight]:
        """Taking something back weighs what the same write would weigh by itself: who may not delete may not un-create."""
        if len(plan.writes) > self.row_cap or self._beyond(plan, before):
            yield "mass"
        if plan.proposal.treat_as:
            yield plan.proposal.treat_as
        for write in plan.writes:
            if not isinstance(write, Create) and any(name == "Owner" for _, name in _fields(write)):
                yield "owner"
            yield w.kind(write)

    def _beyond(self, plan: Plan, before: int) -> bool:
        return before + len(plan.writes) > self.window.rows

    def _reason(self, weight: Weight, plan: Plan, before: int) -> str:
        if weight == "mass" and len(plan.writes) > self.row_cap:
            return f"it changes {len(plan.writes)} records, and more than {self.row_cap} need a person"
        if weight == "mass" and self._beyond(plan, before):
            return (
                f"with it {before + len(plan.writes)} records would be written within {self.window.minutes} minutes"
                f" without a person, and more than {self.window.rows} need one"
            )
        return f"it {_DOES[weight]}"

    def _refusal(self, weight: Weight, plan: Plan, before: int) -> Problem:
        """What was done through the tools may have to be taken back by hand."""
        if weight == "mass" and not plan.proposal.treat_as:
            why = self._reason(weight, plan, before)
            return self._no("POLICY_EFFECT", f"The operator's policy refuses many records at once: {why}.")
        said = f"The operator's policy refuses what {_DOES[weight]}"
        if not plan.proposal.undoes:
            return self._no("POLICY_EFFECT", f"{said}.")
        return replace(
            self._no("POLICY_EFFECT", f"{said}, and taking this back would."),
            next_step="Have a person do it in Zoho CRM itself, or ask the operator to change the policy"
            f"{self._told}. Of several changes, those that it does not refuse can be taken back one by one.",
        )

    def _forbidden(self, plan: Plan, toolset: str, at: datetime | None) -> Problem | None:
        if not self.write:
            return READ_ONLY
        if self.hours is not None and at is not None and not self.hours.include(at):
            now = f"{DAYS[at.weekday()]} {at:%H:%M}"
            return self._no(
                "POLICY_HOURS", f"Writes are allowed on {self.hours}; in the org it is {now}.", "wait"
            )
        if toolset and toolset not in self.toolsets:
            return self._no(
                "POLICY_TOOLSET", f"The operator's policy keeps the toolset {toolset!r} from writing."
            )
        if len(plan.writes) > self.most:
            return self._no(
                "POLICY_ROWS",
                f"It changes {len(plan.writes)} records, and the operator's policy ends at {self.most}.",
            )
        return next((said for write in plan.writes if (said := self._off_limits(write)) is not None), None)

    def _off_limits(self, write: Write) -> Problem | None:
        modules = list(_modules(write))
        for module in modules:
            if module not in self.modules:
                return self._no("POLICY_MODULE", f"The operator's policy keeps {module} from being written.")
        if isinstance(write, Request) and self._cannot_see_into(write):
            return self._no(
                "POLICY_UNSEEN",
                f"What {write.method} {write.path} would write cannot be held to the modules and fields that the operator's policy limits.",
            )
        for module, name in _fields(write):
            if not self.fields.allows(module, name):
                return self._no(
                    "POLICY_FIELD", f"The operator's policy keeps {module}.{name} from being written."
                )
        return None

    def _cannot_see_into(self, write: Request) -> bool:
        module = passthrough.meant(write.method, write.path)[1]
        if not module:
            return self.modules.limits or self.fields.names.limits
        return self.fields.limits(module)

    def _no(self, code: str, message: str, fix_by: Literal["wait", "person"] = "person") -> Problem:
        step = "Wait, or ask" if fix_by == "wait" else "Do without it, or ask"
        return Problem(
            code,
            message,
            NOTHING_WRITTEN,
            f"{step} the operator to change the policy{self._told}.",
            fix_by=fix_by,
        )


def _modules(write: Write) -> Iterator[str]:
    match write:
        case Convert(values=values):
            yield from ("Leads", "Contacts", "Accounts", *(["Deals"] if values.get("Deals") else []))
        case Link(related_list=related):
            yield from (write.module, related)
        case Request(method=method, path=path):
            endpoint, module, _ = passthrough.meant(method, path)
            yield from filter(None, [module])
            if endpoint.name in (LINK_RELATED.name, UNLINK_RELATED.name):
                yield endpoint.path.rpartition("/")[2]
        case _:
            yield write.module


def _fields(write: Write) -> Iterator[tuple[str, str]]:
    match write:
        case Convert(values=values):
            yield from _named("Deals", values.get("Deals") or {})
            if values.get("assign_to"):
                yield from ((module, "Owner") for module in _modules(write) if module != "Leads")
        case Tags():
            yield write.module, "Tag"
        case Merge(take=take):
            yield from _named(write.module, take)
        case Link(related_list=related, values=values):
            yield from _named(related, values)
        case _:
            yield from _named(write.module, w.values_of(write))


def _named(module: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Module and field. The rows of a subform are of a module too, which is called as the field is."""
    for name, value in values.items():
        yield module, name
        for row in value if isinstance(value, list) else ():
            if isinstance(row, Mapping):
                yield from ((name, inner) for inner in row if inner != "id")


_AGREED: Mapping[Way, str] = {
    "client": "in the assistant's own program",
    "page": "on the server's approval page",
    "terminal": "at a terminal",
    "python": "in Python or a notebook",
}

_DOES: Mapping[Weight, str] = {
    "create": "creates records",
    "update": "updates records",
    "tags": "changes tags",
    "link": "links records",
    "attach": "attaches files",
    "restore": "restores records",
    "transition": "moves records on in their blueprint, which nothing takes back",
    "owner": "gives records to another owner",
    "mass": "changes many records at once",
    "delete": "deletes records",
    "detach": "deletes attachments for good",
    "convert": "converts leads, which nothing takes back",
    "merge": "merges records, which nothing takes back",
    "send": "sends mail, which nothing takes back",
    "request": "makes a call of which nothing is known, so nothing takes it back",
}

READ_ONLY = Problem(
    "READ_ONLY",
    "This connection is read-only.",
    NOTHING_WRITTEN,
    "A person allows writes: connect(write=True) in Python, --write for the server, or ZCRM_WRITE=1.",
    fix_by="person",
)
