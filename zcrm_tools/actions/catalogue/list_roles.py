"""Who reports to whom."""

from __future__ import annotations

from zcrm_tools import operations
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.tables import Table, of_dicts
from zcrm_tools.crm import setup


class ListRoles(Input):
    """List the roles of the org and which role each reports to."""


async def do(call: Call, given: ListRoles) -> Table:  # noqa: ARG001 — it takes nothing
    rows = [
        {
            "id": role.get("id"),
            "name": role.get("display_label") or role.get("name"),
            "reports_to": (role.get("reporting_to") or {}).get("name"),
            "shares_with_peers": role.get("share_with_peers"),
        }
        for role in await setup.roles(call.org)
    ]
    return of_dicts(rows, ("id", "name", "reports_to", "shares_with_peers"), module="Roles")


list_roles = Action(
    "list_roles",
    "List roles",
    "read",
    ListRoles,
    Table,
    do,
    calls=(operations.LIST_ROLES,),
    toolset="users",
)
