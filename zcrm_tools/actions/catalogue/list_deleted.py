"""What was deleted, by whom and when."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.tables import Table, table
from zcrm_tools.crm import listing, times
from zcrm_tools.crm.reads import Page
from zcrm_tools.models.record import Record

_COLUMNS = ("id", "display_name", "type", "deleted_by", "deleted_time")


class ListDeleted(Input):
    """List deleted records of one module, last deleted first: those in the recycle bin, which restore_records brings back, and those gone for good."""

    module: Annotated[str, Field(description="API name or label")]
    kind: Annotated[
        Literal["all", "recycle", "permanent"], Field(description="recycle: those that can be restored")
    ] = "recycle"
    limit: Annotated[int, Field(ge=1, le=200)] = 20


async def do(call: Call, given: ListDeleted) -> Table:
    module = (await call.org.catalogue.module(given.module)).api_name
    found: list[Record] = []
    async for page in listing.deleted(call.org, module, given.kind):
        found += page
        if len(found) > given.limit:
            break
    page_shown = Page(tuple(found[: given.limit]), len(found) > given.limit)
    return table(
        page_shown,
        _COLUMNS,
        module=module,
        narrow_by="kind or a larger limit",
        zone=await times.zone(call.org),
    )


list_deleted = Action(
    "list_deleted",
    "List deleted records",
    "read",
    ListDeleted,
    Table,
    do,
    calls=(operations.DELETED_RECORDS, endpoints.LIST_MODULES),
    optional=(endpoints.GET_ORG,),
    toolset="records",
)
