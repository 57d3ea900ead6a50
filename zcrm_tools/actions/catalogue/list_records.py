"""The records of a module, as one of its custom views shows them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.settled import one_of
from zcrm_tools.actions.tables import Table, columns_asked, cursor_offset, table
from zcrm_tools.crm import reads, setup, times
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem


class ListRecords(Input):
    """List a module's records, last created first, or those of a custom view that people made, such as "My Open Deals". For conditions of your own use run_coql, for words search_records."""

    module: Annotated[str, Field(description="API name or label")]
    view: Annotated[str, Field(description="Custom view, by name or id; list_custom_views has them")] = ""
    fields: Annotated[list[str], Field(max_length=40, description="Instead of a useful few")] = []
    limit: Annotated[int, Field(ge=1, le=200)] = 20
    cursor: Annotated[str, Field(description="From the last result")] = ""


async def do(call: Call, given: ListRecords) -> Table:
    module = (await call.org.catalogue.module(given.module)).api_name
    asked = await columns_asked(call.org, module, given.fields)
    offset = cursor_offset(given.cursor)
    if offset % given.limit or offset + given.limit > 2_000:
        raise InvalidInput(
            Problem(
                "BAD_CURSOR",
                "Pages of a list are of one limit, and reach 2,000 records.",
                NOTHING_SENT,
                "Keep the limit, or page by id with run_coql.",
                field="cursor",
            )
        )
    view = ""
    if given.view:
        views = await setup.custom_views(call.org, module)
        view = one_of(views, given.view, "custom view", "view")
    page = await reads.list_page(
        call.org, module, asked[1:], page=offset // given.limit + 1, per_page=given.limit, view=view
    )
    zone = await times.zone(call.org)
    return table(page, asked, module=module, offset=offset, paged=True, narrow_by="a custom view", zone=zone)


list_records = Action(
    "list_records",
    "List records",
    "read",
    ListRecords,
    Table,
    do,
    calls=(endpoints.LIST_RECORDS, endpoints.LIST_MODULES, endpoints.LIST_FIELDS),
    optional=(operations.LIST_CUSTOM_VIEWS, endpoints.GET_ORG),
    toolset="records",
)
