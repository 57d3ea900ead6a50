"""COQL, checked against the org before a credit is spent, rewritten where it must be, and run page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from zcrm_tools import coql, endpoints
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.tables import Table, cell
from zcrm_tools.crm import times
from zcrm_tools.crm.coql import Prepared, pages, prepare
from zcrm_tools.models.record import Record


class RunCoql(Input):
    """Run one COQL query (Zoho's SELECT): joins by dots (Account_Name.Industry), COUNT/SUM/AVG/MIN/MAX with GROUP BY, sub-queries in IN; no JOIN, HAVING, DISTINCT. Checked first: a refusal names the fault and the closest field, and costs nothing. Also taken, and rewritten into what COQL wants: select *, no WHERE, unbracketed AND/OR, labels, TODAY, LAST 30 DAYS, THIS (FISCAL) QUARTER in the org's time zone, LIMIT above 2000; `rewrites` tells what was changed, `sent` what ran. Example: select Stage, COUNT(id), SUM(Amount) from Deals where Closing_Date = THIS QUARTER group by Stage"""

    query: Annotated[str, Field(min_length=1, max_length=10_000)]
    max_rows: Annotated[
        int, Field(ge=1, le=1_000_000, description="Up to 200 cost 1 credit, 2000 cost 3")
    ] = 200
    flat: Annotated[bool, Field(description="Lookups as two columns: name and X.id")] = False


class CoqlTable(Table):
    sent: list[str] = []
    rewrites: list[str] = []


async def do(call: Call, given: RunCoql) -> CoqlTable:
    prepared = await prepare(call.org, given.query)
    records: list[Record] = []
    sent: list[str] = []
    spent, more, note = 0, False, ""
    async for page in pages(call.org, prepared, max_rows=given.max_rows):
        records += page.records
        sent.append(page.sent)
        spent, more, note = spent + page.credits, page.more, page.note
        if more:
            await call.progress(len(records), given.max_rows, f"{len(records)} rows so far")
    columns, rows = _rows(prepared, records, await times.zone(call.org), flat=given.flat)
    masks, module = call.gate.masks, prepared.query.module
    hidden = {  # under an alias a field that the operator masks would not be known any more
        one.key: one.expression.text
        for one in prepared.query.select
        if one.alias and masks.covers(module, one.expression.text)
    }
    columns = [hidden.get(name, name) for name in columns]
    return CoqlTable(
        module=module,
        count=len(rows),
        columns=columns if rows else [],
        rows=rows,
        more=more,
        note=_note(rows, note, more=more, most=given.max_rows),
        credits=spent,
        warnings=[*prepared.notes, *(str(coql.to_problem(prepared.text, d)) for d in prepared.warnings)],
        sent=sent,
        rewrites=list(map(str, prepared.rewrites)),
    )


def _note(rows: Sequence[object], note: str, *, more: bool, most: int) -> str:
    if not rows:
        return "Nothing was found."
    if note or not more:
        return note
    return f"There are more: max_rows is {most}."


def _rows(
    prepared: Prepared, records: Sequence[Record], zone: ZoneInfo | None, *, flat: bool
) -> tuple[list[str], list[list[Any]]]:
    """In the order of the select list, the id that Zoho adds last."""
    columns = [selected.key for selected in prepared.query.select]
    if records and "id" in records[0] and "id" not in columns:
        columns.append("id")
    if not flat:
        return columns, [[cell(record.get(name), zone) for name in columns] for record in records]
    lookups = {name for record in records for name in columns if _is_lookup(record.get(name))}
    names = [part for name in columns for part in ((name, f"{name}.id") if name in lookups else (name,))]
    return names, [
        [part for name in columns for part in _cells(record.get(name), name in lookups, zone)]
        for record in records
    ]


def _is_lookup(value: object) -> bool:
    return isinstance(value, Mapping) and "id" in value


def _cells(value: Any, is_lookup: bool, zone: ZoneInfo | None) -> tuple[Any, ...]:
    if not is_lookup:
        return (cell(value, zone),)
    return (value.get("name"), value.get("id")) if isinstance(value, Mapping) else (None, None)


run_coql = Action(
    "run_coql",
    "Run a COQL query",
    "read",
    RunCoql,
    CoqlTable,
    do,
    calls=(endpoints.COQL, endpoints.LIST_MODULES, endpoints.LIST_FIELDS),
    optional=(endpoints.GET_ORG,),
)
