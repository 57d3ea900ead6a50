"""Moving a deal along its pipeline."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call, Known
from zcrm_tools.actions.written import WriteInput, Written, written
from zcrm_tools.coql.build import field, select
from zcrm_tools.coql.spelling import nearest
from zcrm_tools.crm import reads
from zcrm_tools.crm.writes import Update
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.metadata import values
from zcrm_tools.models.metadata import Pipeline, Stage
from zcrm_tools.models.record import Record
from zcrm_tools.safety.plan import Proposal

_NEEDED = ("Deal_Name", "Stage", "Pipeline", "Amount", "Closing_Date")
SAME_NAME_SHOWN = 10


class UpdateDealStage(WriteInput):
    """Move one deal to another stage of its pipeline, with its amount or closing date if they change too. Zoho sets the probability. With dry_run it shows old → new and a plan_id, and writes nothing."""

    deal: Annotated[str, Field(min_length=1, description="Id, or the exact Deal_Name")]
    stage: Annotated[
        str, Known("Deals", "Stage"), Field(min_length=1, description="Stage, by the name people see")
    ]
    amount: Annotated[float | None, Field(ge=0, description="In the deal's currency")] = None
    closing_date: Annotated[str, Field(description="YYYY-MM-DD")] = ""


async def do(call: Call, given: UpdateDealStage) -> Written:
    return written(await call.gate.submit(call.action, call.arguments, lambda: propose(call, given)))


async def propose(call: Call, given: UpdateDealStage) -> Proposal:
    deal = await _deal(call, given.deal)
    asked: dict[str, Any] = {"Stage": stage_in(await _stages(call, deal), given.stage, deal)}
    if given.amount is not None:
        asked["Amount"] = given.amount
    if given.closing_date:
        asked["Closing_Date"] = given.closing_date
    fields = await call.org.catalogue.fields("Deals")
    checked = values.check(asked, fields, creating=False, ready=frozenset({"Stage"}))
    if checked.problems:
        raise InvalidInput(*checked.problems)
    return Proposal((Update("Deals", deal.id, checked.values),), warnings=checked.warnings)


async def _deal(call: Call, wanted: str) -> Record:
    """One deal, by id or exact name; never a guess between several."""
    if wanted.isdigit() and len(wanted) >= 15:
        found = tuple((await reads.get_many(call.org, "Deals", [wanted], _NEEDED)).values())
    else:
        query = (
            select("id", *_NEEDED).from_("Deals").where(field("Deal_Name") == wanted).limit(SAME_NAME_SHOWN)
        )
        found = (await reads.query(call.org, str(query), "Deals")).records
    if len(found) == 1:
        return found[0]
    raise InvalidInput(
        Problem(
            "AMBIGUOUS_DEAL" if found else "UNKNOWN_DEAL",
            f"{f'{len(found)} deals are' if found else 'No deal is'} called {wanted!r}.",
            NOTHING_WRITTEN,
            "Give the deal's id." if found else "Find it by search_records or run_coql and give its id.",
            allowed=tuple(f"{d.id} ({d.get('Stage')}, {d.get('Closing_Date')})" for d in found),
        )
    )


async def _stages(call: Call, deal: Record) -> tuple[Stage, ...]:
    """The stages of the deal's own pipeline; of the field's list when the org has no pipelines."""
    pipelines: tuple[Pipeline, ...] = await call.org.catalogue.pipelines()
    own = [p for p in pipelines if deal.get("Pipeline") in (p.actual, p.display)] or list(pipelines)
    if own:
        return tuple({s.actual: s for p in own for s in p.stages}.values())
    choices = (await call.org.catalogue.fields("Deals"))["Stage"].offered
    return tuple(Stage(actual_value=c.actual, display_value=c.display) for c in choices)


def stage_in(stages: tuple[Stage, ...], wanted: str, deal: Record) -> str:
    """The stage's actual value, by what people see or what is stored, in any case."""
    for stage in stages:
        if wanted.strip().casefold() in (stage.actual.casefold(), stage.display.casefold()):
            return stage.actual
    names = [s.display for s in stages]
    raise InvalidInput(
        Problem(
            "UNKNOWN_STAGE",
            f"{wanted!r} is not a stage of this deal's pipeline; it is in {deal.get('Stage')!r} now.",
            NOTHING_WRITTEN,
            field="Stage",
            allowed=tuple(names),
            closest=nearest(wanted, names) or "",
        )
    )


update_deal_stage = Action(
    "update_deal_stage",
    "Move a deal to another stage",
    "update",
    UpdateDealStage,
    Written,
    do,
    calls=(
        endpoints.UPDATE_RECORDS,
        endpoints.LIST_RECORDS,
        endpoints.COQL,
        endpoints.LIST_FIELDS,
        endpoints.LIST_LAYOUTS,
        endpoints.LIST_PIPELINES,
    ),
    modules=("Deals",),
)
