"""A step of a record's blueprint."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.coql.spelling import nearest
from zcrm_tools.crm import blueprint
from zcrm_tools.crm.reads import record_id
from zcrm_tools.crm.writes import Transition
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.safety.plan import Proposal


class TakeTransition(WriteInput):
    """Take one transition of a record's blueprint, with values for the fields it asks for; get_blueprint lists both."""

    module: Annotated[str, Field(description="API name or label")]
    id: str
    transition: Annotated[str, Field(min_length=1, description="By name or id")]
    fields: Annotated[dict[str, Any], Field(description="API name → value")] = {}


async def propose(call: Call, given: TakeTransition) -> Proposal:
    module = (await call.org.catalogue.module(given.module)).api_name
    found = await blueprint.find(call.org, module, record_id(given.id))
    ways = {t.id: t for t in found.transitions} if found else {}
    wanted = given.transition.strip().casefold()
    chosen = [t for t in ways.values() if wanted in (t.id, t.name.casefold())]
    names = tuple(t.name for t in ways.values())
    if len(chosen) != 1:
        raise InvalidInput(
            Problem(
                "UNKNOWN_TRANSITION" if found else "NOT_IN_A_BLUEPRINT",
                f"{given.transition!r} is no transition that this record may take now."
                if found
                else f"{module} {given.id} is in no blueprint.",
                NOTHING_WRITTEN,
                "get_blueprint lists them." if found else "Change its fields by update_records.",
                field="transition",
                allowed=names,
                closest=nearest(given.transition, names) or "",
            )
        )
    (way,) = chosen
    absent = [name for name in way.fields if name not in given.fields and name != "Notes"]
    if absent:
        raise InvalidInput(
            *(
                Problem("MANDATORY_NOT_FOUND", f"{way.name!r} asks for {name}.", NOTHING_WRITTEN, field=name)
                for name in absent
            )
        )
    return Proposal((Transition(module, given.id, way.id, given.fields),))


take_transition = Action(
    "take_transition",
    "Take a blueprint transition",
    "update",
    TakeTransition,
    Written,
    writing(propose),
    calls=(
        operations.UPDATE_BLUEPRINT,
        operations.GET_BLUEPRINT,
        endpoints.LIST_RECORDS,
        endpoints.LIST_MODULES,
    ),
    toolset="automation",
)
