"""Setting fields of records that exist."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm import people
from zcrm_tools.crm.reads import record_id
from zcrm_tools.crm.writes import Update
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.metadata import values
from zcrm_tools.safety.plan import Proposal


class Row(Input):
    id: Annotated[str, Field(description="Record id")]
    fields: Annotated[
        dict[str, Any],
        Field(
            min_length=1,
            description="API name → new value; null empties a field; lookups and owners take an id",
        ),
    ]


class UpdateRecords(WriteInput):
    """Set fields of up to 100 records of one module. Answers old → new for every field; fields that already have the value are left alone. To move a deal use update_deal_stage."""

    module: Annotated[str, Field(description="API name or label")]
    records: Annotated[list[Row], Field(min_length=1, max_length=100)]


async def propose(call: Call, given: UpdateRecords) -> Proposal:
    module = (await call.org.catalogue.module(given.module)).api_name
    fields = await call.org.catalogue.fields(module)
    repeated = {row.id for row in given.records if sum(r.id == row.id for r in given.records) > 1}
    problems = [
        Problem("GIVEN_TWICE", f"Record {i} is given twice.", NOTHING_WRITTEN) for i in sorted(repeated)
    ]
    warnings: list[Problem] = []
    writes: list[Update] = []
    for row in given.records:
        asked = dict(row.fields)
        if isinstance(owner := asked.get("Owner"), str):
            asked["Owner"] = (await people.find(call.org, owner)).id
        checked = values.check(asked, fields, creating=False, where=f"record {row.id}")
        problems += checked.problems
        warnings += checked.warnings
        writes.append(Update(module, record_id(row.id), checked.values))
    if problems:
        raise InvalidInput(*problems)
    return Proposal(tuple(writes), warnings=tuple(warnings))


update_records = Action(
    "update_records",
    "Update records",
    "update",
    UpdateRecords,
    Written,
    writing(propose),
    calls=(
        endpoints.UPDATE_RECORDS,
        endpoints.LIST_RECORDS,
        endpoints.LIST_MODULES,
        endpoints.LIST_FIELDS,
        endpoints.LIST_USERS,
    ),
)
