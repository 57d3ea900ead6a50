"""Records that are updated where they exist and created where they do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.coql.build import field, select
from zcrm_tools.crm import reads
from zcrm_tools.crm.checking import checked
from zcrm_tools.crm.writes import Create, Update, Write
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.metadata.values import find_field, unknown_field
from zcrm_tools.safety.plan import Proposal

PER_QUERY = 50


class UpsertRecords(WriteInput):
    """Create or update up to 100 records of one module: a record whose match_by field has the same value is updated, any other is created. The plan says which is which. A value that several records have is refused, never guessed."""

    module: Annotated[str, Field(description="API name or label")]
    records: Annotated[
        list[Annotated[dict[str, Any], Field(min_length=1)]],
        Field(min_length=1, max_length=100, description="Fields by API name; lookups by id or exact name"),
    ]
    match_by: Annotated[str, Field(description="Field that tells records apart, for example Email")]
    repeat: Annotated[bool, Field(description="Although the same was just created")] = False


async def propose(call: Call, given: UpsertRecords) -> Proposal:
    module = (await call.org.catalogue.module(given.module)).api_name
    fields = await call.org.catalogue.fields(module)
    info = find_field(given.match_by, fields)
    if info is None:
        message, close = unknown_field(given.match_by, fields)
        raise InvalidInput(
            Problem("UNKNOWN_FIELD", message, NOTHING_WRITTEN, closest=close, field="match_by")
        )
    key = info.api_name
    values = [
        _value(row, {key, info.label, given.match_by}, place) for place, row in enumerate(given.records)
    ]
    there = await _there(call, module, key, values)
    problems = [p for place, value in enumerate(values) if (p := _doubt(place, value, values, there))]
    if problems:
        raise InvalidInput(*problems)
    writes: dict[int, Write] = {}
    warnings: list[Problem] = []
    for creating in (True, False):
        places = [n for n, value in enumerate(values) if (value.casefold() not in there) is creating]
        rows = await checked(
            call.org,
            module,
            [given.records[n] for n in places],
            creating=creating,
            where=[f"row {n}" for n in places],
        )
        for place, row in zip(places, rows, strict=True):
            known = "" if creating else there[values[place].casefold()][0]
            writes[place] = Create(module, row.values) if creating else Update(module, known, row.values)
            warnings += row.warnings
    return Proposal(tuple(writes[place] for place in sorted(writes)), warnings=tuple(warnings))


def _value(row: Mapping[str, Any], names: set[str], place: int) -> str:
    value = next((str(row[name]) for name in names if row.get(name) not in (None, "")), "")
    if value:
        return value
    raise InvalidInput(
        Problem(
            "NO_MATCH_VALUE",
            f"Row {place} has no value for {' or '.join(sorted(names))}, by which records are to be matched.",
            NOTHING_WRITTEN,
            "Give it in every row, or create the row by create_records.",
            where=f"row {place}",
        )
    )


async def _there(call: Call, module: str, key: str, values: Sequence[str]) -> dict[str, list[str]]:
    """Value without case → ids of the records that have it."""
    found: dict[str, list[str]] = {}
    for start in range(0, len(values), PER_QUERY):
        some = list(dict.fromkeys(values[start : start + PER_QUERY]))
        query = select("id", key).from_(module).where(field(key).one_of(some)).limit(200)
        for record in (await reads.query(call.org, str(query), module)).records:
            ids = found.setdefault(str(record.get(key)).casefold(), [])
            ids += [] if record.id in ids else [record.id]
    return found


def _doubt(place: int, value: str, values: Sequence[str], there: Mapping[str, list[str]]) -> Problem | None:
    ids = there.get(value.casefold(), [])
    if len(ids) > 1:
        return Problem(
            "AMBIGUOUS_MATCH",
            f"{len(ids)} records have {value!r}.",
            NOTHING_WRITTEN,
            "Update the one that is meant by update_records, with its id.",
            where=f"row {place}",
            allowed=tuple(ids[:10]),
        )
    if sum(other.casefold() == value.casefold() for other in values) > 1:
        return Problem(
            "GIVEN_TWICE", f"{value!r} is given in several rows.", NOTHING_WRITTEN, where=f"row {place}"
        )
    return None


upsert_records = Action(
    "upsert_records",
    "Create or update records",
    "update",
    UpsertRecords,
    Written,
    writing(propose),
    calls=(
        endpoints.CREATE_RECORDS,
        endpoints.UPDATE_RECORDS,
        endpoints.LIST_RECORDS,
        endpoints.COQL,
        endpoints.LIST_MODULES,
        endpoints.LIST_FIELDS,
    ),
    optional=(endpoints.LIST_USERS, endpoints.LIST_LAYOUTS),
    toolset="records",
)
