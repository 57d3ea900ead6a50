"""Duplicates become one record."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm.reads import record_id
from zcrm_tools.crm.writes import Merge
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.metadata.values import find_field, unknown_field
from zcrm_tools.safety.plan import Proposal


class MergeRecords(WriteInput):
    """Merge one or two duplicates into the record that is kept, with their notes, files and activities. The others are gone for good, so a person approves it. The record that is kept keeps its values but for those of `take`."""

    module: Annotated[str, Field(description="Leads, Contacts, Accounts, … by API name or label")]
    keep: Annotated[str, Field(description="Id of the record that stays")]
    others: Annotated[list[str], Field(min_length=1, max_length=2, description="Ids of those that go")]
    take: Annotated[dict[str, str], Field(description="Field → id of the other whose value it gets")] = {}


async def propose(call: Call, given: MergeRecords) -> Proposal:
    module = (await call.org.catalogue.module(given.module)).api_name
    fields = await call.org.catalogue.fields(module)
    others = tuple(map(record_id, dict.fromkeys(given.others)))
    problems: list[Problem] = []
    if given.keep in others:
        problems.append(
            Problem(
                "GIVEN_TWICE",
                "The record that stays is among those that go.",
                NOTHING_WRITTEN,
                field="others",
            )
        )
    take: dict[str, str] = {}
    for name, whose in given.take.items():
        info = find_field(name, fields)
        if info is None:
            message, close = unknown_field(name, fields)
            problems.append(Problem("UNKNOWN_FIELD", message, NOTHING_WRITTEN, field=name, closest=close))
        elif whose not in others:
            problems.append(
                Problem(
                    "NOT_ONE_OF_THEM",
                    f"{whose!r} is none of the records that go.",
                    NOTHING_WRITTEN,
                    field=name,
                    allowed=others,
                )
            )
        else:
            take[info.api_name] = whose
    if problems:
        raise InvalidInput(*problems)
    return Proposal((Merge(module, record_id(given.keep), others, take),))


merge_records = Action(
    "merge_records",
    "Merge duplicates",
    "delete",
    MergeRecords,
    Written,
    writing(propose),
    calls=(operations.MERGE_RECORDS, endpoints.LIST_RECORDS, endpoints.LIST_MODULES, endpoints.LIST_FIELDS),
    toolset="records",
)
