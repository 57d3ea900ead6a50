"""A job that reads more than lists can."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call, Input, Output
from zcrm_tools.actions.tables import columns_asked
from zcrm_tools.crm import bulk_read


class CreateBulkRead(Input):
    """Start a job of Zoho's that reads up to 200,000 records of one module into a file. It costs 50 credits and takes minutes; get_bulk_read says how far it is. For up to some thousand records run_coql is quicker and cheaper; a person exports whole modules by `zcrm export`."""

    module: Annotated[str, Field(description="API name or label")]
    fields: Annotated[list[str], Field(max_length=200, description="All when empty")] = []
    page: Annotated[int, Field(ge=1, le=500, description="Of 200,000 records each")] = 1


class Started(Output):
    job: str
    credits: int
    next_step: str


async def do(call: Call, given: CreateBulkRead) -> Started:
    module = (await call.org.catalogue.module(given.module)).api_name
    fields = await columns_asked(call.org, module, given.fields) if given.fields else ()
    job = await bulk_read.create(call.org, module, fields, page=given.page)
    return Started(
        job=job,
        credits=operations.CREATE_BULK_READ.credits,
        next_step="get_bulk_read with this job tells its state, and shows rows once it is completed.",
    )


create_bulk_read = Action(
    "create_bulk_read",
    "Start a bulk read",
    "read",
    CreateBulkRead,
    Started,
    do,
    calls=(operations.CREATE_BULK_READ, endpoints.LIST_MODULES, endpoints.LIST_FIELDS),
    toolset="bulk",
)
