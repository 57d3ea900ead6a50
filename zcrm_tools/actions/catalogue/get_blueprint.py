"""Where a record is in its process, and the ways on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call, Input, Output
from zcrm_tools.crm import blueprint, reads


class GetBlueprint(Input):
    """Where one record stands in its blueprint, Zoho's guided process: the state it is in, and the transitions it may take now with the fields that each asks for. A field that a blueprint governs is moved by take_transition, not by an update."""

    module: Annotated[str, Field(description="API name or label")]
    id: str


class Way(Output):
    id: str
    name: str
    to: str = ""
    asks_for: list[str] = []
    open: Annotated[bool, Field(description="False while its conditions are not met")] = True


class Process(Output):
    blueprint: str = ""
    field: str = ""
    value: str = ""
    transitions: list[Way] = []
    note: str = ""


async def do(call: Call, given: GetBlueprint) -> Process:
    module = (await call.org.catalogue.module(given.module)).api_name
    found = await blueprint.find(call.org, module, reads.record_id(given.id))
    if found is None:
        return Process(note="This record is in no blueprint; its fields are changed by updates.")
    return Process(
        blueprint=found.name,
        field=found.field,
        value=found.value,
        transitions=[
            Way(id=t.id, name=t.name, to=t.to, asks_for=list(t.fields), open=t.open)
            for t in found.transitions
        ],
        note="" if found.transitions else "There is no way on for this user now.",
    )


get_blueprint = Action(
    "get_blueprint",
    "Get a record's blueprint",
    "read",
    GetBlueprint,
    Process,
    do,
    calls=(operations.GET_BLUEPRINT, endpoints.LIST_MODULES),
    toolset="automation",
)
