"""A new module."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.settled import one_of
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm import setup
from zcrm_tools.crm.writes import Request
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.safety.plan import Proposal


class CreateModule(WriteInput):
    """Add a custom module to the org, for the profiles that are named. A person approves it, and only a person can remove it again, in Zoho's settings."""

    singular: Annotated[str, Field(min_length=1, max_length=25, description="For example Vehicle")]
    plural: Annotated[str, Field(min_length=1, max_length=25, description="For example Vehicles")]
    profiles: Annotated[
        list[str],
        Field(min_length=1, max_length=50, description="Names of the permission profiles that see it"),
    ] = ["Administrator"]
    display_field: Annotated[str, Field(max_length=50, description="What its records are named by")] = ""


async def propose(call: Call, given: CreateModule) -> Proposal:
    wanted = {given.singular.casefold(), given.plural.casefold()}
    for module in (await call.org.catalogue.modules()).values():
        if wanted & {module.singular.casefold(), module.plural.casefold(), module.api_name.casefold()}:
            raise InvalidInput(
                Problem(
                    "MODULE_EXISTS",
                    f"There is a module {module.plural} ({module.api_name}).",
                    NOTHING_WRITTEN,
                    field="plural",
                )
            )
    known = await setup.profiles(call.org)
    made: dict[str, Any] = {
        "singular_label": given.singular,
        "plural_label": given.plural,
        "profiles": [
            {"id": one_of(known, name, "permission profile", "profiles")} for name in given.profiles
        ],
    }
    if given.display_field:
        made["display_field"] = {"field_label": given.display_field, "data_type": "text"}
    path = f"/crm/v8/{operations.CREATE_MODULES.path}"
    return Proposal((Request("POST", path, {}, {"modules": [made]}),))


create_module = Action(
    "create_module",
    "Create a module",
    "create",
    CreateModule,
    Written,
    writing(propose),
    calls=(operations.CREATE_MODULES, operations.LIST_PROFILES, endpoints.LIST_MODULES),
    toolset="admin",
)
