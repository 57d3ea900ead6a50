"""The lists that people made of a module."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.tables import Table, of_dicts
from zcrm_tools.crm import setup


class ListCustomViews(Input):
    """List the custom views of one module, such as "My Open Deals". list_records shows the records of one."""

    module: Annotated[str, Field(description="API name or label")]


async def do(call: Call, given: ListCustomViews) -> Table:
    module = (await call.org.catalogue.module(given.module)).api_name
    views = await setup.custom_views(call.org, module)
    return of_dicts(views, ("id", "display_value", "category", "system_defined"), module=module)


list_custom_views = Action(
    "list_custom_views",
    "List custom views",
    "read",
    ListCustomViews,
    Table,
    do,
    calls=(operations.LIST_CUSTOM_VIEWS, endpoints.LIST_MODULES),
    toolset="metadata",
)
