"""Taking back more than one plan should hold, such as a whole import: looked at first, then plan by plan, the newest first.

Each plan has 100 changes at most, and no record twice, so that an older change of a record is judged once the newer one is
taken back. Stopped at any point, what was taken back is marked, and the same request goes on from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from zcrm_tools.crm import writes as w
from zcrm_tools.crm.org import Org
from zcrm_tools.errors import NOTHING_WRITTEN, NotAllowed, PlanUnusable, Problem
from zcrm_tools.safety import undo
from zcrm_tools.safety.asker import Way
from zcrm_tools.safety.gate import Gate
from zcrm_tools.safety.journal import BY_POLICY
from zcrm_tools.safety.plan import Proposal, Result
from zcrm_tools.state.state import ChangeRow

ACTION = "undo_change"
TOGETHER = 100


@dataclass(frozen=True, slots=True)
class Ahead:
    """What would be written, by kind and module, before anything is. `problems`: what stays as it is, and why."""

    counts: Mapping[tuple[w.Kind, str], int]
    problems: tuple[Problem, ...]


def left(rows: Sequence[ChangeRow]) -> list[ChangeRow]:
    """Those that were not taken back yet, the newest first; all of them when none is left, so that this is said."""
    return [row for row in reversed(rows) if not row.undone_by] or list(reversed(rows))


async def ahead(org: Org, rows: Sequence[ChangeRow]) -> Ahead:
    """Look the records up. Of several changes of one record only the newest can be judged before it is taken back."""
    counts: Counter[tuple[w.Kind, str]] = Counter()
    problems: list[Problem] = []
    seen: set[tuple[str, str]] = set()
    for part in _parts(rows):
        newest = [row for row in part if (row.module, row.record) not in seen]
        seen |= {(row.module, row.record) for row in newest}
        try:
            proposal = await undo.proposal(org, newest[::-1]) if newest else Proposal(())
        except NotAllowed as refused:
            problems += refused.problems
            continue
        counts.update((w.kind(write), write.module) for write in proposal.writes)
        problems += proposal.warnings
    return Ahead(counts, tuple(problems))


async def run(
    gate: Gate,
    org: Org,
    rows: Sequence[ChangeRow],
    *,
    by: str = "",
    way: Way = "python",
    rest: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Result]:
    """Take the changes back, plan by plan; `by` is the person who agreed to it. The results are of all plans.

    Raises NotAllowed at the first plan with something that stays as it is, unless the `rest` is to be taken back all the
    same; and where a person must agree and none has. An outcome that is unknown is the last one.
    """
    results: list[Result] = []
    for part in _parts(rows):
        try:
            proposal = await undo.proposal(org, part[::-1])
        except NotAllowed:
            if rest:
                continue
            raise
        if proposal.warnings and not rest:
            raise NotAllowed(*proposal.warnings)
        results += await _written(gate, proposal, by, way)
        progress(len(results))
        if any(result.status == "unknown" for result in results):
            break
    return results


async def _written(gate: Gate, proposal: Proposal, by: str, way: Way) -> Sequence[Result]:
    async def propose() -> Proposal:
        return proposal

    asked = {"changes": list(proposal.undoes)}
    shown = await gate.submit(ACTION, {**asked, "dry_run": True}, propose)
    if shown.status == "unchanged":
        return ()
    plan = shown.plan.id
    if shown.needs_person and not by:
        gate.drop(plan, "nobody had agreed to it")
        raise NotAllowed(_nobody(shown.reason))
    gate.approve(plan, by or BY_POLICY, way)
    done = await gate.submit(ACTION, {**asked, "plan_id": plan}, propose)
    if done.receipt is None:
        gate.drop(done.plan.id, "to be looked at anew")
        raise PlanUnusable(_moved(done.reason))
    return done.receipt.results


def _nobody(reason: str) -> Problem:
    return Problem(
        "NEEDS_APPROVAL",
        f"A person must agree to it, as {reason}.",
        NOTHING_WRITTEN,
        "Run `zcrm changes undo` at a terminal, which asks.",
        fix_by="person",
    )


def _moved(reason: str) -> Problem:
    return Problem(
        "CHANGED_SINCE",
        f"It stopped, as {reason}.",
        "The records of this plan were not written; those of the plans before it were.",
        "Ask for the same again: it goes on with what is left.",
    )


def _parts(rows: Sequence[ChangeRow]) -> Iterator[list[ChangeRow]]:
    part: list[ChangeRow] = []
    records: set[tuple[str, str]] = set()
    for row in rows:
        if len(part) == TOGETHER or (row.module, row.record) in records:
            yield part
            part, records = [], set()
        part.append(row)
        records.add((row.module, row.record))
    if part:
        yield part
