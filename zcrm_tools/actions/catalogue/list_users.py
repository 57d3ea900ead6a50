"""The people of the org."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.tables import Table, of_dicts


class ListUsers(Input):
    """List the active users: name, e-mail, role, profile, id. Wherever a tool takes an owner, a name will do."""

    text: Annotated[str, Field(max_length=100, description="Part of a name, e-mail, role or profile")] = ""


async def do(call: Call, given: ListUsers) -> Table:
    rows = [
        {
            "id": user.id,
            "name": user.full_name,
            "email": user.email,
            "role": user.role.name if user.role else "",
            "profile": user.profile.name if user.profile else "",
        }
        for user in (await call.org.catalogue.users()).values()
    ]
    wanted = given.text.casefold()
    kept = [row for row in rows if any(wanted in str(v).casefold() for k, v in row.items() if k != "id")]
    return of_dicts(kept, ("id", "name", "email", "role", "profile"), module="Users")


list_users = Action(
    "list_users",
    "List users",
    "read",
    ListUsers,
    Table,
    do,
    calls=(endpoints.LIST_USERS,),
    toolset="users",
)
