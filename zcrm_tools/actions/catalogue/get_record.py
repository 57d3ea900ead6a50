"""One record, and what hangs on it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call, Input, Output
from zcrm_tools.actions.written import plain
from zcrm_tools.crm import reads
from zcrm_tools.errors import InvalidInput, Problem
from zcrm_tools.models.record import Record

RELATED_SHOWN = 20
_RELATED: dict[str, tuple[str, ...]] = {
    "Notes": ("Note_Title", "Note_Content", "Owner", "Created_Time"),
    "Tasks": ("Subject", "Status", "Priority", "Due_Date", "Owner"),
    "Events": ("Event_Title", "Start_DateTime", "End_DateTime", "Owner"),
    "Calls": ("Subject", "Call_Type", "Call_Start_Time", "Call_Result", "Owner"),
}


class GetRecord(Input):
    """Read one record by id: every filled field, and on request its notes, tasks, meetings and calls (20 of each)."""

    module: Annotated[str, Field(description="API name or label")]
    id: Annotated[str, Field(description="Record id, as text")]
    include: Annotated[
        list[Literal["Notes", "Tasks", "Events", "Calls"]], Field(description="Related lists to add")
    ] = []


class Whole(Output):
    module: str
    id: str
    name: str = ""
    fields: dict[str, Any] = {}
    related: dict[str, list[dict[str, Any]]] = {}
    more: list[str] = []


async def do(call: Call, given: GetRecord) -> Whole:
    module = (await call.org.catalogue.module(given.module)).api_name
    record = await reads.get(call.org, module, given.id)
    if record is None:
        raise InvalidInput(
            Problem(
                "RECORD_NOT_FOUND",
                f"There is no {module} record {given.id} that this user can see.",
                next_step="Find it by search_records; it may be deleted or in another module.",
            )
        )
    whole = Whole(module=module, id=record.id, name=record.name, fields=filled(record))
    for name in dict.fromkeys(given.include):
        page = await reads.related(call.org, module, given.id, name, _RELATED[name], RELATED_SHOWN)
        whole.related[name] = [{"id": r.id, **filled(r)} for r in page.records]
        if page.more:
            whole.more.append(f"{name}: more than {RELATED_SHOWN}; use run_coql")
    return whole


def filled(record: Record) -> dict[str, Any]:
    """The fields that say something: no empty ones, no system keys, the id once."""
    return {
        name: plain(value)
        for name, value in record.items()
        if name != "id" and not name.startswith("$") and value not in (None, "", [])
    }


get_record = Action(
    "get_record",
    "Get a record",
    "read",
    GetRecord,
    Whole,
    do,
    calls=(endpoints.GET_RECORD, endpoints.LIST_MODULES, endpoints.LIST_NOTES, endpoints.LIST_RELATED),
)
