"""What groups of users may do."""

from __future__ import annotations

from zcrm_tools import operations
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.tables import Table, of_dicts
from zcrm_tools.crm import setup


class ListProfiles(Input):
    """List the permission profiles of the org, such as Administrator and Standard."""


async def do(call: Call, given: ListProfiles) -> Table:  # noqa: ARG001 — it takes nothing
    rows = await setup.profiles(call.org)
    return of_dicts(rows, ("id", "display_label", "custom", "description"), module="Profiles")


list_profiles = Action(
    "list_profiles",
    "List permission profiles",
    "read",
    ListProfiles,
    Table,
    do,
    calls=(operations.LIST_PROFILES,),
    toolset="users",
)
