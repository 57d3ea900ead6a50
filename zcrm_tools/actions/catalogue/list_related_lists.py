"""What can hang on a record of a module."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.tables import Table, of_dicts
from zcrm_tools.crm import setup


class ListRelatedLists(Input):
    """List the related lists of one module: what get_record can include, and link_records can change."""

    module: Annotated[str, Field(description="API name or label")]


async def do(call: Call, given: ListRelatedLists) -> Table:
    module = (await call.org.catalogue.module(given.module)).api_name
    lists = await setup.related_lists(call.org, module)
    rows = [
        {
            "api_name": one.get("api_name"),
            "label": one.get("display_label"),
            "records_of": (one.get("module") or {}).get("api_name"),
        }
        for one in lists
    ]
    return of_dicts(rows, ("api_name", "label", "records_of"), module=module)


list_related_lists = Action(
    "list_related_lists",
    "List related lists",
    "read",
    ListRelatedLists,
    Table,
    do,
    calls=(endpoints.LIST_RELATED_LISTS, endpoints.LIST_MODULES),
    toolset="metadata",
)
