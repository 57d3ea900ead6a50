"""How the Python face writes records: values as Python has them, through the gate and the journal like every action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from zcrm_tools.client.sides import Reach
from zcrm_tools.crm import people, reads
from zcrm_tools.crm.reads import record_id
from zcrm_tools.crm.writes import Create, Delete, Update, Write
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, NotAllowed, OutcomeUnknown, Problem
from zcrm_tools.http.refusals import api_error
from zcrm_tools.metadata import values
from zcrm_tools.metadata.catalogue import Fields
from zcrm_tools.models.record import Lookup, Record, naming_field
from zcrm_tools.models.unified import MODELS
from zcrm_tools.safety.gate import Submitted
from zcrm_tools.safety.plan import Proposal, Result

Values = Mapping[str, Any]


async def creating(reach: Reach, module: str, rows: Sequence[Values]) -> tuple[Write, ...]:
    """Checked against the org's fields. Raises InvalidInput with every problem of every row."""
    return tuple(Create(module, row) for row in await _checked(reach, module, rows, creating=True))


async def updating(
    reach: Reach, module: str, ids: Sequence[str], rows: Sequence[Values]
) -> tuple[Write, ...]:
    checked = await _checked(reach, module, rows, creating=False)
    return tuple(Update(module, record_id(one), row) for one, row in zip(ids, checked, strict=True))


async def submit(
    reach: Reach,
    action: str,
    arguments: Mapping[str, Any],
    writes: Sequence[Write],
    *,
    plan_id: str = "",
    repeat: bool = False,
) -> tuple[Result, ...]:
    """The results, one per write. Raises NotAllowed, with the plan's id, when a person must agree first."""
    given = {**arguments, **({"plan_id": plan_id} if plan_id else {}), **({"repeat": True} if repeat else {})}

    async def propose() -> Proposal:
        return Proposal(tuple(writes))

    submitted = await reach.gate.submit(action, given, propose)
    if submitted.status == "waiting":
        raise NotAllowed(_waiting(submitted))
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
    found = {}
    for name, value in given.items():
        info = None if name in own else values.find_field(name, fields)
        found[info.api_name if info else plain.get(name, name)] = _json(value)
    return found


async def _checked(reach: Reach, module: str, rows: Sequence[Values], *, creating: bool) -> list[Values]:
    fields = await reach.org.catalogue.fields(module)
    problems: list[Problem] = []
    checked: list[Values] = []
    for number, row in enumerate(rows):
        given = named(module, fields, row, reach.maps.get(module, {}))
        if isinstance(owner := given.get("Owner"), str):
            given["Owner"] = (await people.find(reach.org, owner)).id
        beside = _beside(row, given)
        where = f"row {number}" if len(rows) > 1 else ""
        problems += await _by_name(reach, fields, given, where)
        one = values.check(given, fields, creating=creating, where=where)
        problems += one.problems
        checked.append({**one.values, **beside})
    if problems:
        raise InvalidInput(*problems)
    return checked


async def _by_name(reach: Reach, fields: Fields, given: dict[str, Any], where: str) -> list[Problem]:
    """Lookups given as a record's name become its id, when exactly one record has it."""
    problems: list[Problem] = []
    for name, value in given.items():
        info = fields.get(name)
        if info is None or info.data_type != "lookup" or not isinstance(value, str) or value.isdigit():
            continue
        module = info.lookup_module
        found = await reads.same(reach.org, module, naming_field(module), value)
        if len(found) == 1:
            given[name] = {"id": found[0].id}
        else:
            said = "Several" if found else "No"
            problems.append(
                Problem(
                    "AMBIGUOUS_LOOKUP" if found else "UNKNOWN_LOOKUP",
                    f"{said} {module} have the name {value!r}.",
                    NOTHING_WRITTEN,
                    "Give the record or its id.",
                    field=name,
                    where=where,
                    allowed=tuple(record.id for record in found),
                )
            )
    for problem in problems:
        given.pop(problem.field)
    return problems


def _beside(row: Values, given: dict[str, Any]) -> dict[str, Any]:
    """Zoho's own keys, such as $se_module, which are no fields; taken out of what is checked.

    A task says by $se_module which module it is about, which a record given as What_Id tells of itself.
    """
    about = row.get("What_Id", row.get("what_id"))
    told = {"$se_module": about.module} if isinstance(about, Record | Lookup) and about.module else {}
    return told | {name: given.pop(name) for name in [*given] if name.startswith("$")}


def _json(value: Any) -> Any:
    match value:
        case Record() | Lookup():
            return {"id": value.id}
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime():
            return value.isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case Mapping():
            return {key: _json(one) for key, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_json(one) for one in value]
    return value


def _waiting(submitted: Submitted) -> Problem:
    return Problem(
        "NEEDS_APPROVAL",
        f"A person must agree: {submitted.reason}.",
        NOTHING_WRITTEN,
        f"Run `zcrm approve {submitted.plan.id}`, then make the same call with plan_id={submitted.plan.id!r}.",
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
