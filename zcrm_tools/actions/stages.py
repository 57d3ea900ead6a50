"""Stages of a deal by the names that people use, within the pipeline that the deal is in."""

from __future__ import annotations

from zcrm_tools.actions.action import Call
from zcrm_tools.coql.spelling import nearest
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.models.metadata import Pipeline, Stage


async def of_pipeline(call: Call, pipeline: str) -> tuple[Stage, ...]:
    """The stages of a deal's pipeline; of all when it names none, of the field's list when the org has no pipelines."""
    pipelines: tuple[Pipeline, ...] = await call.org.catalogue.pipelines()
    own = [p for p in pipelines if pipeline in (p.actual, p.display)] or list(pipelines)
    if own:
        return tuple({s.actual: s for p in own for s in p.stages}.values())
    choices = (await call.org.catalogue.fields("Deals"))["Stage"].offered
    return tuple(Stage(actual_value=c.actual, display_value=c.display) for c in choices)


def stage_in(stages: tuple[Stage, ...], wanted: str, now: str = "") -> str:
    """The stage's actual value, by what people see or what is stored, in any case. `now` is where the deal is."""
    for stage in stages:
        if wanted.strip().casefold() in (stage.actual.casefold(), stage.display.casefold()):
            return stage.actual
    names = [s.display for s in stages]
    where = f"; it is in {now!r} now" if now else ""
    raise InvalidInput(
        Problem(
            "UNKNOWN_STAGE",
            f"{wanted!r} is not a stage of this deal's pipeline{where}.",
            NOTHING_WRITTEN,
            field="Stage",
            allowed=tuple(names),
            closest=nearest(wanted, names) or "",
        )
    )
