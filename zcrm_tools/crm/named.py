"""Records by what people call them: an id, or a name that exactly one record has. Never a guess between two."""

from __future__ import annotations

from collections.abc import Mapping

from zcrm_tools.coql.build import field, select
from zcrm_tools.crm import reads
from zcrm_tools.crm.org import Org
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.models.record import Record, naming_field

SHOWN = 10
TELLING: Mapping[str, tuple[str, ...]] = {
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
    telling = tuple(c for c in TELLING.get(module, ()) if c not in also)
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
            allowed=tuple(f"{r.id} ({told(r, (*also, *telling)) or 'nothing more is known'})" for r in found),
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


def told(record: Record, telling: tuple[str, ...]) -> str:
    """What a record has in the fields that tell it apart; "" when they are empty."""
    words = (record.get(c) for c in telling)
    return ", ".join(str(w["name"] if isinstance(w, Mapping) else w) for w in words if w)


def _refused(code: str, message: str, next_step: str = "", allowed: tuple[str, ...] = ()) -> InvalidInput:
    return InvalidInput(Problem(code, message, NOTHING_WRITTEN, next_step, allowed=allowed))
