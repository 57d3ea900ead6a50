"""One record, and what hangs on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions import useful
from zcrm_tools.actions.action import Action, Call, Input, Output
from zcrm_tools.actions.related import ACTIVITIES, list_named
from zcrm_tools.actions.tables import Table, table
from zcrm_tools.crm import mail, reads, timeline, times
from zcrm_tools.crm.reads import Page
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem
from zcrm_tools.models.record import Record
from zcrm_tools.safety.show import plain

RELATED_SHOWN = 20
TEXT_SHOWN = 500


class GetRecord(Input):
    """Read one record by id. `include` adds what hangs on it, 20 of each: Notes, Activities (open and closed tasks, meetings, calls), Emails, Timeline (who changed which field when), or any related list, such as Contacts or Deals of an account."""

    module: Annotated[str, Field(description="API name or label")]
    id: str
    include: Annotated[
        list[str], Field(max_length=10, description='E.g. ["Notes", "Activities", "Timeline"]')
    ] = []
    detail: Annotated[
        Literal["concise", "full"], Field(description="full: also system fields and long texts whole")
    ] = "concise"


class Happening(Output):
    at: str
    by: str = ""
    did: str
    changes: dict[str, list[Any]] = {}


class Whole(Output):
    module: str
    id: str
    name: str = ""
    fields: dict[str, Any] = {}
    related: dict[str, Table] = {}
    timeline: list[Happening] = []
    note: str = ""

    def fit(self, size: int) -> Self:
        """Each related list gets an even share of what the fields leave."""
        left = max(2_000, size - len(json.dumps(self.fields, ensure_ascii=False, default=str)))
        share = left // max(1, len(self.related))
        return self.model_copy(update={"related": {name: t.fit(share) for name, t in self.related.items()}})


async def do(call: Call, given: GetRecord) -> Whole:
    module = (await call.org.catalogue.module(given.module)).api_name
    record = await reads.get(call.org, module, given.id)
    if record is None:
        raise InvalidInput(
            Problem(
                "RECORD_NOT_FOUND",
                f"There is no {module} record {given.id} that this user can see.",
                NOTHING_SENT,
                next_step="Find it by search_records; it may be deleted or in another module.",
            )
        )
    zone, full = await times.zone(call.org), given.detail == "full"
    fields = filled(record, zone) if full else concise(filled(record, zone))
    whole = Whole(module=module, id=record.id, name=record.name, fields=fields)
    for name in dict.fromkeys(given.include):
        await _add(call, whole, name, zone)
    return whole


async def _add(call: Call, whole: Whole, name: str, zone: ZoneInfo | None) -> None:
    match name.strip().casefold():
        case "timeline":
            happened, more = await timeline.of_record(call.org, whole.module, whole.id, limit=RELATED_SHOWN)
            whole.timeline = [_happening(one, zone) for one in happened]
            whole.note = "The timeline goes further back." if more else whole.note
        case "activities":
            for kind in ACTIVITIES:
                whole.related[kind] = await _related(call, whole, kind, kind, zone)
        case "notes":
            whole.related["Notes"] = await _related(call, whole, "Notes", "Notes", zone)
        case "emails":
            mails = await mail.of_record(call.org, whole.module, whole.id)
            whole.related["Emails"] = table(mails, mail.SHOWN, module="Emails", zone=zone)
        case _:
            related, module = await list_named(call, whole.module, name, "include")
            whole.related[related] = await _related(call, whole, related, module, zone)


async def _related(call: Call, whole: Whole, related: str, module: str, zone: ZoneInfo | None) -> Table:
    columns = useful.columns(module, await call.org.catalogue.fields(module))
    page = await reads.related(call.org, whole.module, whole.id, related, columns, RELATED_SHOWN)
    short = tuple(Record(module, {k: _short(v) for k, v in r.items()}) for r in page.records)
    return table(Page(short, page.more), ("id", *columns), module=module, zone=zone)


def _happening(one: timeline.Happened, zone: ZoneInfo | None) -> Happening:
    return Happening(
        at=times.local(one.at, zone),
        by=one.by,
        did=f"{one.action} {one.what}" + (f" ({one.source})" if one.source not in ("", "crm_ui") else ""),
        changes={name: list(change) for name, change in one.changes.items()},
    )


def filled(record: Mapping[str, Any], zone: ZoneInfo | None = None) -> dict[str, Any]:
    """The fields that say something: no empty ones, no system keys, the id once."""
    return {
        name: times.local(plain(value), zone)
        for name, value in record.items()
        if name != "id" and not name.startswith("$") and value not in (None, "", [])
    }


def concise(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without what only Zoho's machinery reads, and long texts cut."""
    return {n: _short(v) for n, v in fields.items() if n not in useful.MACHINERY and v is not False}


def _short(value: Any) -> Any:
    if not isinstance(value, str) or len(value) <= TEXT_SHOWN:
        return value
    return f"{value[:TEXT_SHOWN]}… [{len(value) - TEXT_SHOWN} characters more; detail=full]"


get_record = Action(
    "get_record",
    "Get a record",
    "read",
    GetRecord,
    Whole,
    do,
    calls=(endpoints.GET_RECORD, endpoints.LIST_MODULES),
    optional=(
        endpoints.LIST_FIELDS,
        endpoints.LIST_NOTES,
        endpoints.LIST_RELATED,
        endpoints.GET_ORG,
        operations.GET_TIMELINE,
        endpoints.LIST_RELATED_LISTS,
        operations.LIST_EMAILS,
    ),
)
