"""What became of the rows of an import: the plans that were noted for them say it, their receipts, and else the records.

A row is noted before its plan is sent, and forgotten once it is known that it was not written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from zcrm_tools.crm.apply import BATCH
from zcrm_tools.errors import InvalidInput
from zcrm_tools.safety.gate import Gate
from zcrm_tools.safety.plan import Receipt, Result
from zcrm_tools.transfer import reasons
from zcrm_tools.transfer.intake import Import, Row, identities, in_groups

_NOWHERE = -1
"""A source that no row is noted for."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A row with the plan that was noted for it, "" for none, and its place in that plan."""

    row: Row
    plan: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class Before:
    """Rows of the file that earlier runs wrote, or began to; such rows that are not in it any more; and its new ones."""

    written: int = 0
    gone: int = 0
    new: int = 0


def before(asked: Import, gate: Gate, *, as_new: bool = False) -> Before:
    """What earlier runs of this import did. Goes through the file once, if there were any.

    Raises InvalidInput where a new row may be a written one that looks different now, mended or by other columns, and
    would be there twice; unless such rows are to be taken `as_new`.
    """
    source = _source(asked, gate)
    noted = gate.state.noted_rows(source)
    if not noted:
        return Before(new=asked.ready)
    written = new = 0
    for some in in_groups(identities(asked)):
        known = gate.state.noted(source, [identity for _, identity in some])
        written += len(known)
        new += sum(identity not in known and number not in asked.refused for number, identity in some)
    gone = noted - written
    if gone and new and asked.creates and asked.incoming.place and not as_new:
        raise InvalidInput(reasons.written_before(written, gone, new))
    return Before(written, gone, new)


def _source(asked: Import, gate: Gate, *, afresh: bool = False) -> int:
    place, digest = asked.incoming.place, asked.incoming.digest
    return gate.state.source(asked.org.profile.identity, asked.purpose, place, digest, afresh=afresh)


class Traces:
    """Of one run. With `again` it knows of no earlier one; a `dry_run` leaves plans and notes as they are."""

    def __init__(self, asked: Import, gate: Gate, *, again: bool, dry_run: bool) -> None:
        self._gate = gate
        self._module = asked.module
        self._dry_run = dry_run
        self._source = _NOWHERE if again and dry_run else _source(asked, gate, afresh=again)
        content = f"{asked.org.profile.identity} {self._source} {asked.incoming.digest}"
        self.origin = f"import_{hashlib.blake2b(content.encode(), digest_size=6).hexdigest()}"
        """The same for all runs that bring this content in, and by it their plans are undone together."""

    async def of(self, rows: Sequence[Row]) -> list[tuple[Noted, Result | None]]:
        """Each row with what became of it; None where nothing was sent and no longer can be."""
        noted = self._gate.state.noted(self._source, [row.identity for row in rows])
        results = {plan: await self.results(plan) for plan in {plan for plan, _ in noted.values()}}
        found: list[tuple[Noted, Result | None]] = []
        for row in rows:
            plan, place = noted.get(row.identity, ("", 0))
            known = results.get(plan)
            found.append((Noted(row, plan, place), known[place] if known is not None else None))
        return found

    async def results(self, plan: str) -> Sequence[Result] | None:
        """What became of a plan's writes, as the records say; None when it was not sent and no longer can be."""
        state = self._gate.state
        row = state.plan(plan)
        if row is not None and row.state in ("open", "approved") and not self._dry_run:
            self._gate.drop(plan, "its import stopped before it was sent")
            row = state.plan(plan)
        if row is None or not row.body:
            # It was purged. The rows that it did not write were forgotten when they were refused.
            return [Result("create", self._module, "", "", "done")] * BATCH
        if row.state in ("open", "approved", "void"):
            return None
        receipt = Receipt.of(row.receipt) if row.receipt is not None else None
        if receipt is None or any(result.status == "unknown" for result in receipt.results):
            receipt = await self._gate.reconcile(row, telling=True)
        return receipt.results if receipt else [Result("create", self._module, "", "", "unknown")] * BATCH

    def note(self, plan: str, rows: Sequence[Noted]) -> bool:
        """That this plan, which was not sent yet, writes these rows. False when another process was first."""
        return self._gate.state.note_rows(self._source, plan, {one.row.identity: one.plan for one in rows})

    def forget(self, rows: Sequence[Noted]) -> None:
        """They were not written: mended or not, they are new when they come again."""
        known = {one.row.identity: one.plan for one in rows if one.plan}
        if known and not self._dry_run:
            self._gate.state.note_rows(self._source, "", known)

    def forget_unwritten(self, plan: str, rows: Sequence[Row]) -> None:
        """Of a plan that failed as a whole, the rows that it is known not to have written."""
        known = self._gate.state.plan(plan)
        if known is not None and known.receipt is not None:
            results = Receipt.of(known.receipt).results
            ended = zip(rows, results, strict=True)
            self.forget([Noted(row, plan) for row, one in ended if one.status in ("refused", "not_sent")])
