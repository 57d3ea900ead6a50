"""A lead becomes a contact, an account and, if wished, a deal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.stages import of_pipeline, stage_in
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm import convert, named, people
from zcrm_tools.crm.writes import Convert
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.metadata import values
from zcrm_tools.models.record import Record
from zcrm_tools.safety.plan import Proposal


class ConvertLead(WriteInput):
    """Convert one qualified lead into a contact and an account, with a deal when deal_name is given. Name an account or contact that exists to join it. Nothing takes a conversion back, so a person approves it."""

    lead: Annotated[str, Field(min_length=1, description="Id or exact full name")]
    deal_name: Annotated[str, Field(max_length=120)] = ""
    deal_amount: Annotated[float | None, Field(ge=0)] = None
    deal_closing_date: Annotated[str, Field(description="YYYY-MM-DD; needed for a deal")] = ""
    deal_stage: Annotated[str, Field(description="First of the pipeline when empty")] = ""
    account: Annotated[str, Field(description="Existing: id or exact name")] = ""
    contact: Annotated[str, Field(description="Existing: id or exact name")] = ""
    owner: Annotated[str, Field(description="Name, e-mail, id or me; the lead's when empty")] = ""


async def propose(call: Call, given: ConvertLead) -> Proposal:
    lead = await named.find(call.org, "Leads", given.lead, also=("Company", "Converted__s"))
    if lead.get("Converted__s"):
        raise InvalidInput(
            Problem(
                "ALREADY_CONVERTED",
                f"{lead.name} ({lead.id}) was converted before.",
                NOTHING_WRITTEN,
                "get_record on the lead names the contact, account and deal that it became.",
                field="lead",
            )
        )
    body: dict[str, Any] = {"notify_lead_owner": False, "notify_new_entity_owner": False}
    if given.owner:
        body["assign_to"] = {"id": (await people.find(call.org, given.owner)).id}
    for module, existing in (("Accounts", given.account), ("Contacts", given.contact)):
        if existing:
            body[module] = {"id": (await named.find(call.org, module, existing)).id}
    warnings: tuple[Problem, ...] = ()
    if given.deal_name:
        body["Deals"], warnings = await _deal(call, given)
    elif given.deal_amount is not None or given.deal_closing_date or given.deal_stage:
        raise InvalidInput(
            Problem(
                "DEAL_WITHOUT_NAME",
                "A deal's amount, date or stage was given without deal_name.",
                NOTHING_WRITTEN,
                "Give deal_name, or leave them out to convert without a deal.",
                field="deal_name",
            )
        )
    there = [] if given.account and given.contact else await _there_already(call, lead, body)
    return Proposal(
        (Convert(lead.id, body),), facts={"likely_duplicates": there} if there else {}, warnings=warnings
    )


async def _deal(call: Call, given: ConvertLead) -> tuple[Mapping[str, Any], tuple[Problem, ...]]:
    """Zoho wants name, date, pipeline and stage of the new deal."""
    pipelines = await call.org.catalogue.pipelines()
    of_it = {"Pipeline": pipelines[0].actual} if pipelines else {}
    stages = await of_pipeline(call, of_it.get("Pipeline", ""))
    first = stages[0].actual if stages else ""
    asked: dict[str, Any] = {
        "Deal_Name": given.deal_name,
        "Closing_Date": given.deal_closing_date or None,
        "Stage": stage_in(stages, given.deal_stage) if given.deal_stage else first,
        **of_it,
    }
    if given.deal_amount is not None:
        asked["Amount"] = given.deal_amount
    fields = await call.org.catalogue.fields("Deals")
    checked = values.check(
        asked, fields, creating=True, where="the deal", ready=frozenset({"Stage", "Pipeline"})
    )
    problems = list(checked.problems)
    if not given.deal_closing_date and not any(p.field == "Closing_Date" for p in problems):
        problems.append(
            Problem(
                "MANDATORY_NOT_FOUND",
                "A deal needs a closing date.",
                NOTHING_WRITTEN,
                field="deal_closing_date",
            )
        )
    if problems:
        raise InvalidInput(*problems)
    return checked.values, checked.warnings


async def _there_already(call: Call, lead: Record, body: Mapping[str, Any]) -> list[dict[str, str]]:
    """Accounts and contacts that Zoho itself thinks the lead may belong to and that were not named."""
    found = await convert.options(call.org, lead.id)
    return [
        {
            "module": module,
            "id": str(one.get("id", "")),
            "name": str(one.get("Full_Name") or one.get("Account_Name") or ""),
            "why": "Zoho matches it with this lead",
        }
        for module in ("Accounts", "Contacts")
        if module not in body
        for one in found.get(module) or ()
    ]


convert_lead = Action(
    "convert_lead",
    "Convert a lead",
    "update",
    ConvertLead,
    Written,
    writing(propose),
    calls=(
        operations.CONVERT_LEAD,
        operations.CONVERSION_OPTIONS,
        endpoints.LIST_RECORDS,
        endpoints.COQL,
    ),
    modules=("Leads",),
    also=(
        (endpoints.LIST_FIELDS, "Deals"),
        (endpoints.LIST_LAYOUTS, "Deals"),
        (endpoints.LIST_PIPELINES, "Deals"),
    ),
    optional=(
        endpoints.LIST_USERS,
        *(
            (call, module)
            for module in ("Accounts", "Contacts")
            for call in (endpoints.COQL, endpoints.LIST_RECORDS)
        ),
    ),
)
