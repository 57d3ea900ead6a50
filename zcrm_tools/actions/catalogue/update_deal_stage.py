"""Moving a deal along its pipeline."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.card import Known
from zcrm_tools.actions.stages import of_pipeline, stage_in
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm import named
from zcrm_tools.crm.writes import Update
from zcrm_tools.errors import InvalidInput
from zcrm_tools.metadata import values
from zcrm_tools.models.record import Record
from zcrm_tools.safety.plan import Proposal

_NEEDED = ("Stage", "Pipeline", "Closing_Date")


class UpdateDealStage(WriteInput):
    """Move one deal to another stage of its pipeline, with its amount or closing date if they change too. Zoho sets the probability. For other fields of a deal use update_records."""

    deal: Annotated[str, Field(min_length=1, description="Id or exact name")]
    stage: Annotated[str, Known("Deals", "Stage"), Field(min_length=1, description="As people see it")]
    amount: Annotated[float | None, Field(ge=0)] = None
    closing_date: Annotated[str, Field(description="YYYY-MM-DD")] = ""


async def propose(call: Call, given: UpdateDealStage) -> Proposal:
    deal = await named.find(call.org, "Deals", given.deal, also=_NEEDED)
    asked: dict[str, Any] = {"Stage": await _stage(call, deal, given.stage)}
    if given.amount is not None:
        asked["Amount"] = given.amount
    if given.closing_date:
        asked["Closing_Date"] = given.closing_date
    fields = await call.org.catalogue.fields("Deals")
    checked = values.check(asked, fields, creating=False, ready=frozenset({"Stage"}))
    if checked.problems:
        raise InvalidInput(*checked.problems)
    return Proposal((Update("Deals", deal.id, checked.values),), warnings=checked.warnings)


async def _stage(call: Call, deal: Record, wanted: str) -> str:
    """The actual value; one that is not known is looked for once more where what we know is older."""
    pipeline, now = str(deal.get("Pipeline") or ""), str(deal.get("Stage") or "")
    try:
        return stage_in(await of_pipeline(call, pipeline), wanted, now)
    except InvalidInput:
        if not await call.org.catalogue.refreshed("Deals"):
            raise
        return stage_in(await of_pipeline(call, pipeline), wanted, now)


update_deal_stage = Action(
    "update_deal_stage",
    "Move a deal to another stage",
    "update",
    UpdateDealStage,
    Written,
    writing(propose),
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
