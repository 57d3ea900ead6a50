"""The tags that a module has."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.tables import Table, of_dicts
from zcrm_tools.crm import tags


class ListTags(Input):
    """List the tags that one module has. Records with a tag are found by search_records for its name."""

    module: Annotated[str, Field(description="API name or label")]


async def do(call: Call, given: ListTags) -> Table:
    module = (await call.org.catalogue.module(given.module)).api_name
    found = await tags.of_module(call.org, module)
    return of_dicts([{"id": tag.id, "name": tag.name} for tag in found], ("id", "name"), module=module)


list_tags = Action(
    "list_tags",
    "List tags",
    "read",
    ListTags,
    Table,
    do,
    calls=(operations.LIST_TAGS, endpoints.LIST_MODULES),
    toolset="automation",
)
