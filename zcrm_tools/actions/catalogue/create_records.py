"""New records of any module, unless they are likely there already."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm import duplicates
from zcrm_tools.crm.checking import checked
from zcrm_tools.crm.writes import Create
from zcrm_tools.safety.plan import Proposal


class CreateRecords(WriteInput):
    """Create up to 100 records of one module, for example contacts, accounts or deals. Likely duplicates are looked for first: if there are any, nothing is written and they are shown with a plan_id. For one lead use create_lead; what a module's fields are, describe_module says."""

    module: Annotated[str, Field(description="API name or label")]
    records: Annotated[
        list[Annotated[dict[str, Any], Field(min_length=1)]],
        Field(
            min_length=1,
            max_length=100,
            description='Fields by API name; lookups and owners by id or exact name, e.g. [{"Last_Name": "Rao", "Account_Name": "Acme Ltd"}]',
        ),
    ]
    repeat: Annotated[bool, Field(description="Although the same was just created")] = False


async def propose(call: Call, given: CreateRecords) -> Proposal:
    module = (await call.org.catalogue.module(given.module)).api_name
    rows = await checked(call.org, module, given.records, creating=True)
    matches = await duplicates.among(call.org, module, [row.values for row in rows])
    hold = f"{len(matches)} likely duplicate{'s exist' if len(matches) > 1 else ' exists'}" if matches else ""
    return Proposal(
        tuple(Create(module, row.values) for row in rows),
        hold=hold,
        facts={"likely_duplicates": matches} if matches else {},
        warnings=tuple(warning for row in rows for warning in row.warnings),
    )


create_records = Action(
    "create_records",
    "Create records",
    "create",
    CreateRecords,
    Written,
    writing(propose),
    calls=(endpoints.CREATE_RECORDS, endpoints.COQL, endpoints.LIST_MODULES, endpoints.LIST_FIELDS),
    optional=(endpoints.LIST_USERS,),
)
