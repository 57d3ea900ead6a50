"""What must outlive a process, as domain verbs. Rows hold plain JSON; what it means is known one floor up, in `safety`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from zcrm_tools.state.chain import Entry, Sealed

PlanState = Literal["open", "approved", "applying", "applied", "void"]


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A sealed preview of a write.

    `open → approved → applying → applied`; `void` when it was overtaken or dropped. `digest` is of the profile, the
    action and its arguments. `body` holds the writes, before-images and what was shown. `receipt` is set once applied.
    """

    id: str
    profile: str
    action: str
    digest: str
    body: Mapping[str, Any]
    created_at: datetime
    expires_at: datetime
    state: PlanState = "open"
    approved_by: str = ""
    receipt: Mapping[str, Any] | None = None
    claimed_at: datetime | None = None
    """When its first byte may have left."""
    principal: str = ""
    """Who asked for it, where one connection serves several; nobody else may apply it."""
    client: str = ""
    """The program it was asked for with, as that program calls itself: told to people, and no proof of anything."""
    size: int = 0
    """How many records it is about."""
    origin: str = ""
    """What it is a part of, with other plans: an import."""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One record's write that happened, or whose outcome is unknown. Before- and after-images are personal data.

    A `purged` one has lost them, and the record's name: it can only be counted.
    """

    id: str
    plan: str
    profile: str
    at: datetime
    action: str
    kind: str
    module: str
    record: str
    name: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    outcome: Literal["done", "unknown"] = "done"
    undone_by: str = ""
    purged: bool = False
    principal: str = ""
    client: str = ""
    approved_by: str = ""
    """These three are its plan's."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """No more than `rows` records within the time after `since`, of what is approved by the same and asked for by the same."""

    rows: int
    since: datetime


class State(Protocol):
    """Implementations are safe between threads and between processes: each verb is one transaction.

    An `entry` given with a verb goes into the audit log in the same transaction, and only if the verb did something.
    """

    def secret(self, name: str) -> bytes:
        """32 random bytes, made when first asked for and the same for every process from then on."""

    def add_plan(
        self,
        plan: PlanRow,
        entry: Entry | None = None,
        *,
        within: Allowance | None = None,
        once: datetime | None = None,
    ) -> bool:
        """False, and nothing kept, for a plan that `within` does not leave room for, or that has a `rival` since `once`."""

    def plan(self, plan: str) -> PlanRow | None: ...

    def waiting(self, profile: str, now: datetime) -> list[PlanRow]:
        """Open plans that have not expired, newest first."""

    def approve(
        self,
        plan: str,
        by: str,
        now: datetime,
        entry: Entry | None = None,
        *,
        within: Allowance | None = None,
    ) -> bool:
        """`open → approved`, unless expired. False when it was in any other state, or `within` leaves no room for it."""

    def rival(self, digest: str, by: str, since: datetime) -> PlanRow | None:
        """A plan with this digest and approval that is on its way, or was claimed and applied since."""

    def written(self, profile: str, principal: str, by: str, since: datetime, *, but: str = "") -> int:
        """Records that plans approved by `by` wrote since, or are about to write; without those of the plan `but`."""

    def claim(self, plan: str, now: datetime) -> bool:
        """`approved → applying`: the intent, committed before the first byte leaves. One caller ever gets True."""

    def settle(
        self,
        plan: str,
        receipt: Mapping[str, Any],
        changes: Sequence[ChangeRow],
        entry: Entry | None = None,
        *,
        undone: Sequence[str] = (),
    ) -> None:
        """`applying → applied` with its receipt, its changes, and the earlier ones that it has undone, all or nothing."""

    def void(self, plan: str, entry: Entry | None = None) -> bool:
        """An open or approved plan is dropped; False for an applied one, which stays."""

    def recent(self, digest: str, since: datetime) -> PlanRow | None:
        """The newest plan with this digest that was applied, or is being applied, since then."""

    def clarify(
        self,
        plan: str,
        receipt: Mapping[str, Any],
        changes: Sequence[ChangeRow],
        *,
        was: Mapping[str, Any] | None,
        entry: Entry | None = None,
        undone: Sequence[str] | None = None,
    ) -> bool:
        """Give a plan of unknown outcome the receipt and changes that were found out since, in place of its unknown ones.
        Of earlier changes it has undone those of `undone` and no others; None leaves that as it is.

        `was` is the receipt that this was judged from; False, and nothing changed, when it is another by now.
        """

    def unsettled(self, profile: str) -> list[PlanRow]:
        """Plans that were claimed and never settled, or settled with an unknown outcome; oldest first."""

    def recorded(self, profile: str, module: str, records: Sequence[str]) -> set[str]:
        """Those of the records that a change in the journal is about."""

    def lease(
        self,
        profile: str,
        kind: str,
        holder: str,
        used: int,
        wanted: int,
        limit: int,
        now: float,
        seconds: float,
    ) -> int:
        """Places among the calls that run at once, for a holder, from `used` to `wanted`; free again at `now + seconds`.

        A holder gets no more than an equal part of `limit` while another one wants more than it has.
        """

    def spend(self, profile: str, credits: int, now: datetime) -> None:
        """Note credits as spent in this hour."""

    def spent(self, profile: str, since: datetime) -> int:
        """Credits noted since the hour of `since` began."""

    def changes(self, profile: str, limit: int, before: str = "") -> list[ChangeRow]:
        """Newest first; `before` is a change id to continue after."""

    def change(self, change: str) -> ChangeRow | None: ...

    def changes_of(self, plan: str) -> list[ChangeRow]:
        """Those that one plan made, or all plans of one origin, in their order."""

    def audit(self, entry: Entry) -> None:
        """Append to the audit log, which is one chain for all profiles and processes."""

    def audited(self, after: int = 0, limit: int = 1_000) -> list[Sealed]:
        """Rows of the audit log by number, oldest first."""

    def purge(self, before: datetime, profile: str = "") -> int:
        """Take personal data out of what was done before: images and names of changes, bodies and receipts of plans,
        values of the audit log. What is still unsettled keeps them. The number of changes that lost theirs.
        """

    def source(self, profile: str, purpose: str, place: str, digest: str, *, afresh: bool = False) -> int:
        """The number of what rows are taken from, known by where it lies or by what is in it; noted when it is new.

        `afresh`: it is new, whatever is known of it. Rows whose plan was undone as a whole are forgotten.
        """

    def note_rows(self, source: int, plan: str, rows: Mapping[str, str]) -> bool:
        """Which rows of a source a plan is to write, in its order, noted before it is claimed; plan "" forgets them.

        Each row with the plan that was noted for it so far, "" for none. False, and nothing noted, when one has another.
        """

    def noted(self, source: int, rows: Sequence[str]) -> Mapping[str, tuple[str, int]]:
        """The plan noted for each row and its place in it. Rows that no plan is noted for are absent."""

    def noted_rows(self, source: int) -> int:
        """How many rows of a source have a plan noted for them."""

    def close(self) -> None: ...
