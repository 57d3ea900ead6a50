"""How the Python face writes records: values as Python has them, through the gate and the journal like every action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zcrm_tools.client.sides import Reach
from zcrm_tools.crm import checking
from zcrm_tools.crm.reads import record_id
from zcrm_tools.crm.writes import Create, Delete, Update, Write
from zcrm_tools.errors import NOTHING_WRITTEN, NotAllowed, OutcomeUnknown, Problem
from zcrm_tools.http.refusals import api_error
from zcrm_tools.metadata.catalogue import Fields
from zcrm_tools.models.unified import MODELS
from zcrm_tools.safety.gate import Submitted
from zcrm_tools.safety.plan import Proposal, Result

Values = Mapping[str, Any]


async def creating(reach: Reach, module: str, rows: Sequence[Values]) -> tuple[Write, ...]:
    """Checked against the org's fields. Raises InvalidInput with every problem of every row."""
    names = reach.maps.get(module)
    found = await checking.checked(reach.org, module, rows, creating=True, names=names)
    return tuple(Create(module, row.values) for row in found)


async def updating(
    reach: Reach, module: str, ids: Sequence[str], rows: Sequence[Values]
) -> tuple[Write, ...]:
    names = reach.maps.get(module)
    found = await checking.checked(reach.org, module, rows, creating=False, names=names)
    return tuple(Update(module, record_id(one), row.values) for one, row in zip(ids, found, strict=True))


async def submit(
    reach: Reach,
    action: str,
    arguments: Mapping[str, Any],
    writes: Sequence[Write],
    *,
    plan_id: str = "",
    repeat: bool = False,
) -> tuple[Result, ...]:
    """The results, one per write. Raises NotAllowed, with its `plan_id`, when a person must agree first."""
    reach.check()
    given = {**arguments, **({"plan_id": plan_id} if plan_id else {}), **({"repeat": True} if repeat else {})}

    async def propose() -> Proposal:
        return Proposal(tuple(writes))

    submitted = await reach.gate.submit(action, given, propose)
    if submitted.status == "waiting":
        raise NotAllowed(_waiting(submitted), plan_id=submitted.plan.id)
    if submitted.receipt is None:
        return tuple(Result(c.kind, c.module, c.id, c.name, "done") for c in submitted.plan.changes)
    return _whole(submitted, writes)


def single(results: Sequence[Result]) -> Result:
    """The one result. Raises what a refusal or a lost answer stands for."""
    result = results[0]
    if result.status == "done":
        return result
    problem = result.problem or Problem("NOT_WRITTEN", "It was not written.", NOTHING_WRITTEN)
    if result.status == "unknown":
        raise OutcomeUnknown(problem)
    raise type(api_error(400, {"code": problem.code}, writes=True))(problem, status=400)


def delete(module: str, ids: Sequence[str]) -> tuple[Write, ...]:
    return tuple(Delete(module, record_id(one)) for one in ids)


def named(module: str, fields: Fields, given: Values, own: Mapping[str, str]) -> dict[str, Any]:
    """API names for plain ones: `last_name` is Last_Name, and `close_date` what the unified model says it is.

    A name that is neither stays as it is, for the check to refuse with the closest one.
    """
    plain = {**MODELS[module].FIELDS, **own} if module in MODELS else dict(own)
    return {
        checking.api_name_of(name, fields, own, plain): checking.json_ready(value)
        for name, value in given.items()
    }


def _waiting(submitted: Submitted) -> Problem:
    plan, cost = submitted.plan.id, submitted.plan.credits
    ways = {
        "python": f'`crm.approve("{plan}", by="who agreed")`',
        "terminal": f"`zcrm approve {plan}` at a terminal",
    }
    named = " or ".join(words for way, words in ways.items() if way in submitted.ways)
    return Problem(
        "NEEDS_APPROVAL",
        f"A person must agree: {submitted.reason}; it costs {cost} credit{'' if cost == 1 else 's'}.",
        NOTHING_WRITTEN,
        f"A yes is noted by {named or 'the program that serves this'}; then make the same call with plan_id={plan!r}.",
        fix_by="person",
    )


def _whole(submitted: Submitted, writes: Sequence[Write]) -> tuple[Result, ...]:
    """In the order asked for: updates that would have changed nothing were left out of the plan, and are done."""
    assert submitted.receipt is not None  # noqa: S101 — the caller has looked
    results = submitted.receipt.results
    if len(results) == len(writes) or not writes:
        return results
    by_id = {result.id: result for result in results}
    return tuple(
        by_id.get(w.id) or Result("update", w.module, w.id, "", "done")
        for w in writes
        if not isinstance(w, Create)
    )
