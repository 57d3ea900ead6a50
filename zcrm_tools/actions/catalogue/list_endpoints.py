"""The calls of Zoho's API that have no action of their own."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools.actions import zoho_v8
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.tables import Table, of_dicts


class ListEndpoints(Input):
    """Search the 405 calls of Zoho CRM's API v8 by words of their path or name, for example "scoring rules" or "territories". read_api makes those with GET, call_api the others. Use them only for what no other tool does."""

    text: Annotated[str, Field(min_length=1, max_length=100)]


async def do(call: Call, given: ListEndpoints) -> Table:  # noqa: ARG001 — the list is ours
    rows = [
        {"method": row.method, "path": row.path, "does": row.words, "scopes": " and ".join(row.scopes)}
        for row in zoho_v8.find(given.text)
    ]
    return of_dicts(rows, ("method", "path", "does", "scopes"))


list_endpoints = Action(
    "list_endpoints",
    "Search Zoho's API",
    "read",
    ListEndpoints,
    Table,
    do,
    toolset="passthrough",
)
