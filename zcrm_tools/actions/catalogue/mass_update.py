"""The same values for every record that a condition finds."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm import coql
from zcrm_tools.crm.checking import checked
from zcrm_tools.crm.writes import Update
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.safety.plan import Proposal

MOST = 500


class MassUpdate(WriteInput):
    """Set the same fields of all records of one module that meet a COQL condition, up to 500. The plan lists every record with old → new, and a person approves it. Example: where "Stage = 'Qualification' and Closing_Date < TODAY". For records that you name use update_records."""

    module: Annotated[str, Field(description="API name or label")]
    where: Annotated[str, Field(min_length=3, max_length=5_000, description="What follows WHERE in COQL")]
    fields: Annotated[dict[str, Any], Field(min_length=1, description="API name → value; null empties")]


async def propose(call: Call, given: MassUpdate) -> Proposal:
    module = (await call.org.catalogue.module(given.module)).api_name
    query = f"select id from {module} where {given.where}"  # noqa: S608 — parsed and checked before it is sent
    prepared = await coql.prepare(call.org, query, now=call.now())
    ids: list[str] = []
    async for page in coql.pages(call.org, prepared, max_rows=MOST + 1):
        ids += [record.id for record in page.records]
    if prepared.query.module != module or not ids or len(ids) > MOST:
        raise InvalidInput(_unfit(len(ids), prepared.text))
    (values,) = await checked(call.org, module, [given.fields], creating=False)
    return Proposal(
        tuple(Update(module, one, values.values) for one in ids),
        facts={"query": prepared.text},
        warnings=values.warnings,
        treat_as="mass",
    )


def _unfit(count: int, query: str) -> Problem:
    if not count:
        return Problem("NOTHING_FOUND", f"No record meets it: {query}", NOTHING_WRITTEN, field="where")
    return Problem(
        "TOO_MANY_RECORDS",
        f"More than {MOST} records meet it.",
        NOTHING_WRITTEN,
        "Narrow the condition, and do it in parts.",
        field="where",
    )


mass_update = Action(
    "mass_update",
    "Update by condition",
    "update",
    MassUpdate,
    Written,
    writing(propose),
    calls=(
        endpoints.UPDATE_RECORDS,
        endpoints.LIST_RECORDS,
        endpoints.COQL,
        endpoints.LIST_MODULES,
        endpoints.LIST_FIELDS,
    ),
    optional=(endpoints.LIST_USERS, endpoints.GET_ORG),
    toolset="automation",
)
