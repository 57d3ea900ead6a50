"""Plans whose outcome nobody knows: an answer was lost, or the process died. The records say what happened.

Nothing is written to Zoho here. What is found out is noted, so that journal, undo and repeats go by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from zcrm_tools.crm import intents
from zcrm_tools.crm import reconcile as r
from zcrm_tools.crm.apply import batches
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import Outcome
from zcrm_tools.errors import ZcrmError
from zcrm_tools.safety import plan as p
from zcrm_tools.safety.journal import Journal, new_ids, told, undone
from zcrm_tools.safety.plan import Plan, Receipt, Result
from zcrm_tools.state.state import PlanRow

NEWS = "news"
"""In a kept receipt: it was found out after somebody was told that nobody knows."""
MADE_ONCE = frozenset({"create", "attach", "send", "request"})
"""What makes something new each time: the same asked for again soon is answered with the earlier receipt."""


@dataclass(frozen=True, slots=True)
class Tracing:
    """Where to look (the org), where to note it, and the field that a create's key is in."""

    org: Org
    journal: Journal

    async def reconcile(self, row: PlanRow, *, telling: bool = False) -> Receipt | None:
        """Find out what became of a plan of unknown outcome. Its receipt as known now; None while it may be under way.

        Unless it is told to whoever asked for the plan (`telling`), it stays news: the next one who asks for the same
        is told first, and nothing is written. Raises ZcrmError when Zoho cannot be asked.
        """
        journal = self.journal
        plan = Plan.of(row.id, row.action, row.body, row.expires_at)
        old = Receipt.of(row.receipt) if row.receipt is not None else None
        now, claimed = journal.now(), row.claimed_at or row.created_at
        parts = 1 + sum(1 for _ in batches(plan.writes))
        landed = now >= claimed + r.LANDING * parts
        if row.id in journal.under_way or (old is None and not landed):
            return old
        unheard = [Outcome("unknown")] * len(plan.writes)
        known = old.results if old else p.results(plan, unheard, new_ids())
        sent = r.Sent(claimed, min(now, claimed + r.LANDING * parts), landed)
        outcomes = await self.found_out(plan, [_outcome(k) for k in known], sent)
        results = tuple(map(_renewed, known, p.results(plan, outcomes, new_ids())))
        judged = {k.change for k in known if k.status == "unknown"}
        receipt = Receipt(results)
        changes = [c for c in journal.changes(plan, receipt, claimed) if c.id in judged]
        news = {} if telling or any(result.status == "unknown" for result in results) else {NEWS: True}
        entry = journal.of_plan("found out", plan, row.digest, told(receipt)) if receipt != old else None
        journal.state.clarify(
            plan.id,
            receipt.body() | news,
            changes,
            was=row.receipt,
            entry=entry,
            undone=undone(plan, receipt),
        )
        return receipt

    async def reconcile_all(self) -> None:
        """Look after every plan of this profile whose outcome is unknown. Raises ZcrmError when Zoho cannot be asked."""
        for row in self.journal.state.unsettled(self.journal.profile):
            await self.reconcile(row)

    async def looked_after(self, row: PlanRow) -> PlanRow:
        """The row as it is once its outcome has been looked for; as it was when Zoho cannot be asked now."""
        if row.receipt is not None and not any(
            one.status == "unknown" for one in Receipt.of(row.receipt).results
        ):
            return row
        try:
            await self.reconcile(row, telling=True)
        except ZcrmError:
            return row
        return self.journal.state.plan(row.id) or row

    async def found_out(self, plan: Plan, outcomes: Sequence[Outcome], sent: r.Sent) -> tuple[Outcome, ...]:
        """The outcomes, with what the records say in place of `unknown`."""
        lost = [
            r.Lost(place, write, old)
            for place, (outcome, write, old) in enumerate(
                zip(outcomes, plan.writes, plan.before, strict=True)
            )
            if outcome.status == "unknown"
        ]
        keys = await intents.keys(self.org, plan.id, plan.writes)
        ours = {outcome.id for outcome in outcomes if outcome.status == "done"}

        def taken(module: str, ids: Sequence[str]) -> set[str]:
            return ours | self.journal.state.recorded(self.journal.profile, module, ids)

        found = await r.reconcile(self.org, lost, sent, keys=keys, taken=taken)
        return tuple(found.get(place, outcome) for place, outcome in enumerate(outcomes))

    async def earlier(self, digest: str, life: timedelta, *, repeat: bool) -> PlanRow | None:
        """The same done before, where that is the answer. With `repeat` only one that nobody knows the end of is.

        A row without a receipt is under way, or was when its process died.
        """
        state = self.journal.state
        lost = [one for one in state.unsettled(self.journal.profile) if one.digest == digest]
        row = lost[-1] if lost else state.recent(digest, datetime.min.replace(tzinfo=UTC))
        if row is None or not any(w["kind"] in MADE_ONCE for w in row.body.get("writes", ())):
            return None
        if lost:
            row = await self.looked_after(row)
        elif row.receipt is not None and row.receipt.get(NEWS):
            heard = {name: value for name, value in row.receipt.items() if name != NEWS}
            state.clarify(row.id, heard, (), was=row.receipt)
        elif repeat or row.created_at < self.journal.now() - life:
            return None
        if row.receipt is None:
            return row
        receipt = Receipt.of(row.receipt)
        return None if not receipt.wrote or (repeat and _asked_person(receipt)) else row


def _outcome(result: Result) -> Outcome:
    status: Any = result.status
    return Outcome(status, result.id, result.problem, result.details)


def _renewed(known: Result, found: Result) -> Result:
    """What was known, unless it was unknown; a change keeps its id."""
    if known.status != "unknown":
        return known
    return replace(found, change=known.change if found.change else "")


def _asked_person(receipt: Receipt) -> bool:
    """Whether all that is left unknown is a question put to a person, which `repeat` answers."""
    unknown = [result for result in receipt.results if result.status == "unknown"]
    return bool(unknown) and all(u.problem is not None and u.problem.code == "WHICH_ONE" for u in unknown)
