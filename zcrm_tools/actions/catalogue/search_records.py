"""Zoho's own search over any module."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.tables import Table, columns_asked, cursor_offset, table
from zcrm_tools.crm import reads, times
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem

SHORTEST = 2
"""Characters that Zoho's word search wants at least."""


class SearchRecords(Input):
    """Full-text search in one module: words anywhere in a record, an e-mail address or a phone number. The index may lag some minutes behind writes. For exact conditions, counts or joins use run_coql; for leads search_leads."""

    module: Annotated[str, Field(description="API name or label, e.g. Contacts")]
    text: Annotated[
        str, Field(min_length=2, max_length=200, description="Words, an e-mail address or a phone number")
    ]
    fields: Annotated[list[str], Field(max_length=40, description="Instead of a useful few")] = []
    limit: Annotated[int, Field(ge=1, le=200)] = 20
    cursor: Annotated[str, Field(description="From the last result")] = ""


async def do(call: Call, given: SearchRecords) -> Table:
    module = (await call.org.catalogue.module(given.module)).api_name
    asked = await columns_asked(call.org, module, given.fields)
    offset = cursor_offset(given.cursor)
    if offset % given.limit:
        raise InvalidInput(Problem("BAD_CURSOR", "The cursor belongs to another limit.", NOTHING_SENT))
    kind = _kind(given.text)
    text = _searchable(given.text) if kind == "word" else given.text
    found = await reads.search(
        call.org,
        module,
        kind,
        text,
        asked[1:],
        limit=given.limit,
        page=offset // given.limit + 1,
    )
    return table(
        found,
        asked,
        module=module,
        offset=offset,
        paged=True,
        narrow_by="more words",
        zone=await times.zone(call.org),
        warnings=[f"Zoho's search takes no special characters: {text!r} was searched for."]
        if text != given.text
        else (),
    )


def _kind(text: str) -> Literal["email", "phone", "word"]:
    if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        return "email"
    return "phone" if re.fullmatch(r"[+(\d][\d\s().+/-]{5,}", text) else "word"


def _searchable(text: str) -> str:
    """The longest part without characters that Zoho's word search refuses."""
    part = max(re.split(r"[^\w\s@.\-]+", text), key=len).strip()
    if len(part) < SHORTEST:
        raise InvalidInput(
            Problem(
                "NO_WORD",
                f"{text!r} has no word of {SHORTEST} characters that Zoho's search could look for.",
                NOTHING_SENT,
                "Give a longer word, or ask run_coql with like.",
                field="text",
            )
        )
    return part


search_records = Action(
    "search_records",
    "Search any module",
    "read",
    SearchRecords,
    Table,
    do,
    calls=(endpoints.SEARCH_RECORDS, endpoints.LIST_MODULES, endpoints.LIST_FIELDS),
    optional=(endpoints.GET_ORG,),
)
