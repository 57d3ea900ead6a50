"""Records by what people call them: an id, or a name that exactly one record has. Never a guess between two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from zcrm_tools.coql.build import field, select
from zcrm_tools.crm import people, reads
from zcrm_tools.crm.org import Org
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.metadata.catalogue import Fields
from zcrm_tools.metadata.values import Checked, check, find_field
from zcrm_tools.models.record import Record, naming_field

SHOWN = 10
_TELLING: Mapping[str, tuple[str, ...]] = {
    "Leads": ("Company", "Email"),
    "Contacts": ("Email", "Account_Name.Account_Name"),
    "Accounts": ("Website", "Billing_City"),
    "Deals": ("Stage", "Closing_Date"),
}
"""What tells records of one name apart."""


def is_id(text: object) -> bool:
    return isinstance(text, str) and text.isascii() and text.isdigit() and 15 <= len(text) <= 19


async def find(org: Org, module: str, wanted: str, *, also: tuple[str, ...] = ()) -> Record:
    """The record of that id or exact name, with its id, name and the fields of `also`.

    Raises InvalidInput when there is none, with names that are near, or more than one, with what tells them apart.
    """
    name = naming_field(module)
    telling = tuple(c for c in _TELLING.get(module, ()) if c not in also)
    if is_id(wanted):
        found = tuple((await reads.get_many(org, module, [wanted], (name, *also))).values())
        if not found:
            raise _refused("RECORD_NOT_FOUND", f"There is no {module} record {wanted}.")
        return found[0]
    asked = select("id", name, *also, *telling).from_(module)
    found = (await reads.query(org, str(asked.where(field(name) == wanted).limit(SHOWN)), module)).records
    if len(found) == 1:
        return found[0]
    if found:
        raise _refused(
            "AMBIGUOUS_NAME",
            f"{len(found)} {module} are called {wanted!r}.",
            "Give the id of the one that is meant; ask the person when it is not clear.",
            allowed=tuple(f"{r.id} ({_told(r, (*also, *telling))})" for r in found),
        )
    near = await reads.query(org, str(asked.where(field(name).contains(wanted)).limit(SHOWN)), module)
    raise _refused(
        "UNKNOWN_NAME",
        f"No {module} record is called exactly {wanted!r}.",
        "Give a full name or an id from the list."
        if near.records
        else "Find it by search_records and give its id.",
        allowed=tuple(f"{r.id} ({r.get(name)})" for r in near.records),
    )


async def checked(
    org: Org, module: str, rows: Sequence[Mapping[str, Any]], *, creating: bool, where: Sequence[str] = ()
) -> tuple[Checked, ...]:
    """Rows ready to send, names of users and records as ids. Raises InvalidInput with every problem of every row."""
    fields = await org.catalogue.fields(module)
    problems: list[Problem] = []
    found: list[Checked] = []
    for place, row in enumerate(rows):
        at = where[place] if where else f"row {place}" if len(rows) > 1 else ""
        values: dict[str, Any] = {}
        for name, value in row.items():
            try:
                values[name] = await _resolved(org, value, name, fields)
            except InvalidInput as refused:
                problems += [replace(p, where=at, field=name) for p in refused.problems]
        own = {name: value for name, value in values.items() if name.startswith("$")}
        asked = {name: value for name, value in values.items() if name not in own}
        one = check(asked, fields, creating=creating, where=at)
        problems += one.problems
        found.append(replace(one, values={**one.values, **own}))
    if problems:
        raise InvalidInput(*problems)
    return tuple(found)


async def _resolved(org: Org, value: Any, name: str, fields: Fields) -> Any:
    info = find_field(name, fields)
    text = value.get("name") if isinstance(value, Mapping) and not value.get("id") else value
    if info is None or not isinstance(text, str) or not text.strip() or is_id(text):
        return value
    if info.data_type in ("ownerlookup", "userlookup"):
        return (await people.find(org, text)).id
    if info.data_type == "lookup" and info.lookup_module:
        return (await find(org, info.lookup_module, text.strip())).id
    return value


def _told(record: Record, telling: tuple[str, ...]) -> str:
    words = (record.get(c) for c in telling)
    return (
        ", ".join(str(w["name"] if isinstance(w, Mapping) else w) for w in words if w)
        or "nothing more is known"
    )


def _refused(code: str, message: str, next_step: str = "", allowed: tuple[str, ...] = ()) -> InvalidInput:
    return InvalidInput(Problem(code, message, NOTHING_WRITTEN, next_step, allowed=allowed))
