"""The audit log's chain: each row seals the one before it, so that none can be changed, taken out or put between unseen.

The values of a row are sealed by their digest only, so that they can be taken out later without breaking the chain.
That the newest rows were cut off shows only to someone who has noted an earlier `head`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision about a write. `records` are `module/id`; `values` are personal data, and None unless the operator keeps them.

    `digest` is of the profile, the action and its arguments. `outcome` says more: a code, who approved, what was done.
    """

    at: datetime
    profile: str
    decision: str
    outcome: str = ""
    action: str = ""
    plan: str = ""
    principal: str = ""
    client: str = ""
    digest: str = ""
    records: tuple[str, ...] = ()
    values: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry in the chain, numbered from 1 without gaps. `values_digest` stays when the values are taken out."""

    number: int
    entry: Entry
    values_digest: str
    previous: str
    seal: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`broken` is the number of the first bad row, 0 when all are good; `head` the last good seal."""

    rows: int
    head: str
    broken: int = 0
    why: str = ""


def seal(number: int, entry: Entry, values_digest: str, previous: str) -> str:
    told = [
        number,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.profile,
        entry.decision,
        entry.outcome,
        entry.action,
        entry.plan,
        entry.principal,
        entry.client,
        entry.digest,
        list(entry.records),
        values_digest,
        previous,
    ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def digest_of(values: Mapping[str, Any] | None) -> str:
    """Empty of none."""
    if values is None:
        return ""
    return hashlib.sha256(json.dumps(values, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def verify(rows: Iterable[Sealed], head: str = "") -> Verdict:
    """Go through the whole chain. With `head`, a seal noted before must be among its rows."""
    last, count, met = "", 0, not head
    for row in rows:
        if why := _fault(row, count + 1, last):
            return Verdict(count, last, row.number, why)
        last, count = row.seal, count + 1
        met = met or last == head
    return (
        Verdict(count, last)
        if met
        else Verdict(count, last, count + 1, "The noted head is not in the log: rows were cut off.")
    )


def _fault(row: Sealed, number: int, previous: str) -> str:
    if row.number != number:
        return f"Row {number} is missing."
    if row.previous != previous:
        return f"Row {number} does not follow the one before it."
    if row.entry.values is not None and digest_of(row.entry.values) != row.values_digest:
        return f"The values of row {number} were changed."
    if row.seal != seal(row.number, row.entry, row.values_digest, row.previous):
        return f"Row {number} was changed."
    return ""
