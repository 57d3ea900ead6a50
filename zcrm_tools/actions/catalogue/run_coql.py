"""COQL, checked against the org before a credit is spent."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import coql, endpoints
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.tables import Table, table
from zcrm_tools.crm import reads
from zcrm_tools.errors import QueryRefused
from zcrm_tools.metadata.schema import schema_for


class RunCoql(Input):
    """Run one COQL query (Zoho's SELECT): joins by dots (Account_Name.Industry), COUNT/SUM/AVG/MIN/MAX with GROUP BY. WHERE is mandatory (`where id is not null` is all); bracket three or more criteria in pairs; texts in single quotes; no SELECT *, no HAVING, no date functions; LIMIT at most 2000. Checked first: a refusal names the fault and the closest field, and costs nothing. Example: select Stage, COUNT(id), SUM(Amount) from Deals where Closing_Date >= '2026-01-01' group by Stage"""

    query: Annotated[str, Field(min_length=1, max_length=10_000)]


async def do(call: Call, given: RunCoql) -> Table:
    query = coql.parse(given.query)
    found = coql.check(query, await schema_for(call.org.catalogue, query))
    faults = [d for d in found if d.severity == "error"]
    if faults:
        raise QueryRefused(*(coql.to_problem(given.query, d) for d in faults))
    price = coql.price(query)
    page = await reads.query(call.org, given.query, query.module, price=price)
    columns = [selected.key for selected in query.select]
    if page.records and "id" in page.records[0] and "id" not in columns:
        columns.append("id")
    return table(
        page,
        columns,
        module=query.module,
        credits=price,
        warnings=[str(coql.to_problem(given.query, d)) for d in found],
    )


run_coql = Action(
    "run_coql",
    "Run a COQL query",
    "read",
    RunCoql,
    Table,
    do,
    calls=(endpoints.COQL, endpoints.LIST_MODULES, endpoints.LIST_FIELDS),
)
