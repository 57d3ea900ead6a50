"""Where the deals stand, and which of them stand still."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call, Input, Output
from zcrm_tools.actions.card import Known
from zcrm_tools.actions.tables import Table, table
from zcrm_tools.coql.build import COUNT, SUM, Where, every, field, select
from zcrm_tools.coql.format import condition
from zcrm_tools.coql.spelling import nearest
from zcrm_tools.crm import people, reads, times
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem
from zcrm_tools.models.metadata import Pipeline

_SLOW = ("id", "Deal_Name", "Stage", "Amount", "Closing_Date", "Owner", "Last_Activity_Time")
SLOW_SHOWN = 10
_KINDS = {"Closed Won": "won", "Closed Lost": "lost"}


class SummarizePipeline(Input):
    """Deals by stage: how many, their amounts and what they are expected to bring; totals of open, won and lost; what is overdue; and the largest open deals where nothing happened for a while. For another grouping (by owner, by month) use run_coql."""

    pipeline: Annotated[str, Known("Deals", "Pipeline"), Field(description="All when empty")] = ""
    owner: Annotated[str, Field(description="Name, e-mail, id or me")] = ""
    closing_from: Annotated[str, Field(description="YYYY-MM-DD")] = ""
    closing_to: Annotated[str, Field(description="YYYY-MM-DD, included")] = ""
    idle_days: Annotated[int, Field(ge=1, le=3650, description="Without activity for so long")] = 30


class Group(Output):
    deals: int
    amount: int | float = 0
    expected: int | float = 0


class Summary(Output):
    currency: str = ""
    where: Annotated[str, Field(description="What these deals meet, in COQL; empty for all")] = ""
    stages: Annotated[
        list[list[Any]],
        Field(description="In the pipeline's order: stage, open/won/lost, deals, amount, expected"),
    ] = []
    totals: dict[str, Group] = {}
    overdue: Annotated[Group, Field(description="Open, with a closing date in the past")] = Group(deals=0)
    idle: Annotated[Table | None, Field(description="Largest first")] = None
    note: str = ""


async def do(call: Call, given: SummarizePipeline) -> Summary:
    pipelines = await call.org.catalogue.pipelines()
    conditions = await _conditions(call, given, pipelines)
    kinds = _stages(_of(pipelines, given.pipeline))
    rows = await _grouped(call, conditions)
    zone = await times.zone(call.org)
    order = {stage: place for place, stage in enumerate(kinds)}
    names = sorted(rows, key=lambda stage: order.get(stage, len(order)))
    stages = [[s, kinds.get(s, "open"), rows[s].deals, rows[s].amount, rows[s].expected] for s in names]
    opened = [stage for stage in names if kinds.get(stage, "open") == "open"]
    shown = Summary(
        currency=await times.currency(call.org),
        where=condition(every(*conditions).condition) if conditions else "",
        stages=stages,
        totals=_totals(stages),
    )
    if not stages:
        return shown.model_copy(update={"note": "There are no such deals."})
    if opened:
        still = (*conditions, field("Stage").one_of(opened))
        shown.overdue = await _sum(
            call, (*still, field("Closing_Date") < call.now().astimezone(zone or UTC).date())
        )
        shown.idle = await _idle(call, still, given.idle_days, zone)
    return shown


async def _conditions(
    call: Call, given: SummarizePipeline, pipelines: tuple[Pipeline, ...]
) -> tuple[Where, ...]:
    found: list[Where] = []
    if given.pipeline:
        found.append(field("Pipeline") == _of(pipelines, given.pipeline)[0].actual)
    if given.owner:
        found.append(field("Owner") == (await people.find(call.org, given.owner)).id)
    if given.closing_from:
        found.append(field("Closing_Date") >= times.day(given.closing_from))
    if given.closing_to:
        found.append(field("Closing_Date") <= times.day(given.closing_to))
    return tuple(found)


def _of(pipelines: tuple[Pipeline, ...], name: str) -> tuple[Pipeline, ...]:
    """All of them, or the one of that name, as stored or as shown."""
    wanted = name.strip().casefold()
    if not wanted:
        return pipelines
    for pipeline in pipelines:
        if wanted in (pipeline.actual.casefold(), pipeline.display.casefold()):
            return (pipeline,)
    known = tuple(p.display for p in pipelines)
    raise InvalidInput(
        Problem(
            "UNKNOWN_PIPELINE",
            f"There is no pipeline {name!r}.",
            NOTHING_SENT,
            field="pipeline",
            allowed=known,
            closest=nearest(name, known) or "",
        )
    )


def _stages(pipelines: tuple[Pipeline, ...]) -> dict[str, str]:
    """Stage → open, won or lost, in the order of the pipelines."""
    every = (stage for pipeline in pipelines for stage in pipeline.stages)
    return {stage.actual: _KINDS.get(stage.forecast_type or "", "open") for stage in every}


async def _grouped(call: Call, conditions: tuple[Where, ...]) -> dict[str, Group]:
    asked = select("Stage", COUNT("id"), SUM("Amount"), SUM("Expected_Revenue")).from_("Deals")
    query = (asked.where(*conditions) if conditions else asked).group_by("Stage")
    page = await reads.query(call.org, str(query), "Deals")
    return {str(row.get("Stage") or "(none)"): _group(row) for row in page.records}


async def _sum(call: Call, conditions: tuple[Where, ...]) -> Group:
    query = select(COUNT("id"), SUM("Amount"), SUM("Expected_Revenue")).from_("Deals").where(*conditions)
    page = await reads.query(call.org, str(query), "Deals")
    return _group(page.records[0]) if page.records else Group(deals=0)


async def _idle(call: Call, still: tuple[Where, ...], days: int, zone: ZoneInfo | None) -> Table:
    since = call.now().astimezone(zone or UTC) - timedelta(days=days)
    query = select(*_SLOW).from_("Deals").where(*still, field("Last_Activity_Time") < since)
    page = await reads.query(call.org, str(query.order_by("-Amount").limit(SLOW_SHOWN)), "Deals")
    return table(page, _SLOW, module="Deals", narrow_by="owner or pipeline", zone=zone)


def _group(row: Mapping[str, Any]) -> Group:
    return Group(
        deals=int(row.get("COUNT(id)") or 0),
        amount=row.get("SUM(Amount)") or 0,
        expected=row.get("SUM(Expected_Revenue)") or 0,
    )


def _totals(stages: list[list[Any]]) -> dict[str, Group]:
    totals: dict[str, Group] = {}
    for _, kind, deals, amount, expected in stages:
        had = totals.get(kind, Group(deals=0))
        totals[kind] = Group(
            deals=had.deals + deals, amount=had.amount + amount, expected=had.expected + expected
        )
    return totals


summarize_pipeline = Action(
    "summarize_pipeline",
    "Summarize the pipeline",
    "read",
    SummarizePipeline,
    Summary,
    do,
    calls=(endpoints.COQL, endpoints.LIST_LAYOUTS, endpoints.LIST_PIPELINES, endpoints.LIST_USERS),
    modules=("Deals",),
    optional=(endpoints.GET_ORG,),
)
