"""Setting fields of records that exist."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm.checking import checked
from zcrm_tools.crm.reads import record_id
from zcrm_tools.crm.writes import Update
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.safety.plan import Proposal


class Row(Input):
    id: Annotated[str, Field(description="Record id")]
    fields: Annotated[
        dict[str, Any],
        Field(
            min_length=1,
            description="API name → new value; null empties; lookups and owners by id or exact name",
        ),
    ]


class UpdateRecords(WriteInput):
    """Set fields of up to 100 records of one module, e.g. records [{"id": "…", "fields": {"Owner": "me", "Rating": null}}]. Answers old → new for every field; fields that already have the value are left alone. To move a deal use update_deal_stage."""

    module: Annotated[str, Field(description="API name or label")]
    records: Annotated[list[Row], Field(min_length=1, max_length=100)]


async def propose(call: Call, given: UpdateRecords) -> Proposal:
    module = (await call.org.catalogue.module(given.module)).api_name
    ids = [record_id(row.id) for row in given.records]
    if repeated := sorted({one for one in ids if ids.count(one) > 1}):
        raise InvalidInput(
            *(Problem("GIVEN_TWICE", f"Record {one} is given twice.", NOTHING_WRITTEN) for one in repeated)
        )
    rows = await checked(
        call.org,
        module,
        [row.fields for row in given.records],
        creating=False,
        where=[f"record {one}" for one in ids],
    )
    return Proposal(
        tuple(Update(module, one, row.values) for one, row in zip(ids, rows, strict=True)),
        warnings=tuple(warning for row in rows for warning in row.warnings),
    )


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
    optional=(endpoints.COQL, endpoints.LIST_LAYOUTS, endpoints.LIST_PIPELINES, endpoints.GET_ORG),
)
