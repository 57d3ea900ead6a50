"""The ways that deals go."""

from __future__ import annotations

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call, Input, Output


class ListPipelines(Input):
    """List the pipelines of deals with their stages in order: the stored value, what people see where it differs, and whether a deal in it is open, won or lost."""


class Stages(Output):
    id: str
    name: str
    stages: list[str] = []


class Pipelines(Output):
    pipelines: list[Stages] = []
    note: str = ""


async def do(call: Call, given: ListPipelines) -> Pipelines:  # noqa: ARG001 — it takes nothing
    found = await call.org.catalogue.pipelines()
    if not found:
        return Pipelines(note="This org has no pipelines; describe_module of Deals has the values of Stage.")
    return Pipelines(
        pipelines=[
            Stages(
                id=pipeline.id,
                name=pipeline.display,
                stages=[
                    f"{s.actual}{'' if s.display == s.actual else f' (shown as {s.display})'}: {s.forecast_type or 'Open'}"
                    for s in pipeline.stages
                ],
            )
            for pipeline in found
        ]
    )


list_pipelines = Action(
    "list_pipelines",
    "List pipelines",
    "read",
    ListPipelines,
    Pipelines,
    do,
    calls=(endpoints.LIST_PIPELINES, endpoints.LIST_LAYOUTS),
    modules=("Deals",),
    toolset="metadata",
)
