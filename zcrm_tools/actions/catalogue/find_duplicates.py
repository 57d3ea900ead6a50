"""Records of a module that are likely one and the same."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call, Input, Output
from zcrm_tools.crm import coql, times
from zcrm_tools.crm.duplicates import folded
from zcrm_tools.models.record import Record, naming_field

MOST = 20_000
SHOWN = 50
_COMPARED = {
    "Leads": ("Company", "Email", "Phone", "Mobile"),
    "Contacts": ("Account_Name", "Email", "Phone", "Mobile"),
    "Accounts": ("Phone", "Website"),
    "Vendors": ("Email", "Phone"),
}
_DIGITS = 9


class FindDuplicates(Input):
    """Find records of one module that are likely the same: equal e-mails, phones or websites however they are written, or the same name at the same company. It reads up to 20,000 records, at 3 credits for 2,000. merge_records joins what it finds."""

    module: Annotated[str, Field(description="Leads, Contacts, Accounts, … by API name or label")]
    limit: Annotated[int, Field(ge=1, le=200, description="Groups to show")] = SHOWN


class Group(Output):
    why: str
    records: Annotated[list[list[Any]], Field(description="id, name, owner, created, oldest first")] = []


class Groups(Output):
    module: str
    looked_at: int
    found: Annotated[int, Field(description="Groups")]
    groups: list[Group] = []
    credits: int = 0
    note: str = ""


async def do(call: Call, given: FindDuplicates) -> Groups:
    module = (await call.org.catalogue.module(given.module)).api_name
    known = await call.org.catalogue.fields(module)
    name = naming_field(module)
    wanted = [f for f in (name, *_COMPARED.get(module, ()), "Owner", "Created_Time") if f in known]
    where = "Converted__s = 'false'" if "Converted__s" in known else "id is not null"
    query = f"select {', '.join(wanted)} from {module} where {where}"  # noqa: S608 — names of the org's own
    prepared = await coql.prepare(call.org, query, now=call.now())
    records: list[Record] = []
    spent, more = 0, False
    async for page in coql.pages(call.org, prepared, max_rows=MOST):
        records += page.records
        spent, more = spent + page.credits, page.more
        if more:
            await call.progress(len(records), MOST, f"{len(records)} records read so far")
    groups = _groups(records, name)
    zone = await times.zone(call.org)
    shown = [
        Group(
            why=why,
            records=[
                [
                    r.id,
                    r.get(name),
                    (r.get("Owner") or {}).get("name"),
                    times.local(r.get("Created_Time"), zone),
                ]
                for r in same
            ],
        )
        for why, same in groups[: given.limit]
    ]
    notes = (
        [f"{len(groups) - len(shown)} more groups; a larger limit shows them."]
        if len(groups) > len(shown)
        else []
    )
    notes += [f"Only the first {MOST} records were looked at."] if more else []
    return Groups(
        module=module,
        looked_at=len(records),
        found=len(groups),
        groups=shown,
        credits=spent,
        note=" ".join(notes),
    )


def _groups(records: Iterable[Record], name: str) -> list[tuple[str, list[Record]]]:
    """Each set of records once, under the first reason that holds it together; the largest first."""
    by_key: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        for key in _keys(record, name):
            by_key[key].append(record)
    seen: set[frozenset[str]] = set()
    found: list[tuple[str, list[Record]]] = []
    for (why, value), same in by_key.items():
        ids = frozenset(record.id for record in same)
        if len(ids) > 1 and ids not in seen:
            seen.add(ids)
            found.append((f"{why} ({value})", sorted(same, key=lambda r: str(r.get("Created_Time") or ""))))
    return sorted(found, key=lambda group: -len(group[1]))


def _keys(record: Record, name: str) -> Iterator[tuple[str, str]]:
    """What a record shares with those that are the same: why, and the value without what people write differently."""
    if email := folded(record.get("Email")):
        yield "same e-mail", email
    for phone in {re.sub(r"\D", "", str(record.get(f) or ""))[-_DIGITS:] for f in ("Phone", "Mobile")}:
        if len(phone) >= 7:
            yield "same phone", phone
    if site := re.sub(r"^https?://(www\.)?|/+$", "", folded(record.get("Website"))):
        yield "same website", site
    account = record.get("Account_Name")
    company = record.get("Company") or (account.get("name") if isinstance(account, Mapping) else "")
    if called := folded(record.get(name)):
        if company and name == "Full_Name":
            yield "same name and company", f"{called}, {folded(company)}"
        elif name != "Full_Name":
            yield "same name", called


find_duplicates = Action(
    "find_duplicates",
    "Find duplicates",
    "read",
    FindDuplicates,
    Groups,
    do,
    calls=(endpoints.COQL, endpoints.LIST_MODULES, endpoints.LIST_FIELDS),
    optional=(endpoints.GET_ORG,),
    toolset="records",
)
