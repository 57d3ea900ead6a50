"""Who a mail may come from."""

from __future__ import annotations

from zcrm_tools import operations
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.tables import Table, of_dicts
from zcrm_tools.crm import setup


class ListFromAddresses(Input):
    """List the addresses that this user may send e-mail from; send_email takes the first unless told otherwise."""


async def do(call: Call, given: ListFromAddresses) -> Table:  # noqa: ARG001 — it takes nothing
    found = await setup.from_addresses(call.org)
    return of_dicts([{"name": one.name, "email": one.email} for one in found], ("name", "email"))


list_from_addresses = Action(
    "list_from_addresses",
    "List sender addresses",
    "read",
    ListFromAddresses,
    Table,
    do,
    calls=(operations.LIST_FROM_ADDRESSES,),
    toolset="email",
)
