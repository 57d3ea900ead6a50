"""Leads and contacts that are likely the same person as one about to be created.

Zoho only refuses exact repeats of unique fields. Here an e-mail in another case, a phone in another notation, or the
same name (accents aside) at the same company counts; each match says which.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from zcrm_tools.coql.build import Where, field, select, some
from zcrm_tools.crm import reads
from zcrm_tools.crm.org import Org
from zcrm_tools.models.record import Record, naming_field

CANDIDATES = 200
ONE_BY_ONE = 10
PER_QUERY = 50
PEOPLE = ("Leads", "Contacts")
NEVER = frozenset({"Tasks", "Events", "Calls", "Notes"})
_PHONE_DIGITS = 9
_LEGAL_FORMS = frozenset(
    "inc ltd llc llp gmbh ag sa sas srl bv nv plc co corp company limited pvt pty oy ab as kk the".split()
)
_LEAD = ("id", "Full_Name", "First_Name", "Last_Name", "Company", "Email", "Phone", "Mobile")
_CONTACT = (
    "id",
    "Full_Name",
    "First_Name",
    "Last_Name",
    "Account_Name.Account_Name",
    "Email",
    "Phone",
    "Mobile",
)


async def likely(org: Org, values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Up to ten matches for a lead's values, each with module, id, name and why."""
    found: list[dict[str, str]] = []
    for module, fields in (("Leads", _LEAD), ("Contacts", _CONTACT)):
        conditions = _candidates(values)
        if not conditions:
            return []
        query = select(*fields).from_(module).where(some(*conditions)).order_by("-id").limit(CANDIDATES)
        page = await reads.query(org, str(query), module)
        found += [_match(r, why) for r in page.records if (why := " and ".join(_reasons(values, r)))]
    return found[:10]


async def among(org: Org, module: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The same for rows of any module. People as `likely` does, by e-mail alone when there are more than ten; other
    records by their name, deals of one account only; activities and notes never.
    """
    if module in PEOPLE and len(rows) <= ONE_BY_ONE:
        each = [await likely(org, row) for row in rows]
        return list({match["id"]: match for matches in each for match in matches}.values())
    compared = "Email" if module in PEOPLE else naming_field(module)
    wanted = {folded(row[compared]): str(row[compared]) for row in rows if isinstance(row.get(compared), str)}
    if module in NEVER or not wanted:
        return []
    found: list[dict[str, str]] = []
    names = list(wanted.values())
    for start in range(0, len(names), PER_QUERY):
        some_names = names[start : start + PER_QUERY]
        accounts = ("Account_Name",) if module == "Deals" else ()
        columns = dict.fromkeys(("id", naming_field(module), compared, *accounts))
        query = select(*columns).from_(module).where(field(compared).one_of(some_names)).limit(CANDIDATES)
        page = await reads.query(org, str(query), module)
        found += [_same(r, compared) for r in page.records if module != "Deals" or _of_account(r, rows)]
    return found


def _same(record: Record, compared: str) -> dict[str, str]:
    why = "same e-mail" if compared == "Email" else "same name"
    return {
        "module": record.module,
        "id": record.id,
        "name": record.name or str(record.get(compared)),
        "why": why,
    }


def _of_account(deal: Record, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a deal of that name, for the same account or for none, is among the rows."""
    theirs = (deal.get("Account_Name") or {}).get("id")
    ours = [row for row in rows if folded(row.get("Deal_Name")) == folded(deal.get("Deal_Name"))]
    return any((row.get("Account_Name") or {}).get("id") in (None, theirs) for row in ours)


def _match(record: Record, why: str) -> dict[str, str]:
    return {
        "module": record.module,
        "id": record.id,
        "name": str(record.get("Full_Name") or ""),
        "company": _company(record),
        "email": str(record.get("Email") or ""),
        "why": why,
    }


def _candidates(values: Mapping[str, Any]) -> list[Where]:
    """Loose conditions that a server can answer; `_reasons` then judges each row."""
    conditions: list[Where] = []
    if email := values.get("Email"):
        conditions.append(field("Email") == str(email))
    if last_name := values.get("Last_Name"):
        conditions.append(field("Last_Name") == str(last_name))
    for phone in ("Phone", "Mobile"):
        digits = _digits(values.get(phone))[-4:]
        if len(digits) == 4:
            conditions += [field("Phone").contains(digits), field("Mobile").contains(digits)]
    return conditions


def _reasons(values: Mapping[str, Any], record: Record) -> Iterator[str]:
    if values.get("Email") and str(values["Email"]).casefold() == str(record.get("Email") or "").casefold():
        yield "same e-mail"
    theirs = {_digits(record.get(f))[-_PHONE_DIGITS:] for f in ("Phone", "Mobile")} - {""}
    ours = {_digits(values.get(f))[-_PHONE_DIGITS:] for f in ("Phone", "Mobile")} - {""}
    if any(len(number) >= 7 for number in ours & theirs):
        yield "same phone"
    if folded(values.get("Last_Name")) == folded(record.get("Last_Name")) and _firsts_agree(values, record):
        mine, their_company = _words(values.get("Company")), _words(_company(record))
        if mine and mine & their_company and (mine <= their_company or their_company <= mine):
            yield "same name and company"


def _firsts_agree(values: Mapping[str, Any], record: Record) -> bool:
    """Equal, absent on one side, or one the beginning of the other (`Alex`, `Alexandra`)."""
    mine, theirs = folded(values.get("First_Name")), folded(record.get("First_Name"))
    return not mine or not theirs or mine.startswith(theirs) or theirs.startswith(mine)


def _company(record: Record) -> str:
    return str(record.get("Company") or record.get("Account_Name.Account_Name") or "")


def _digits(value: Any) -> str:
    return re.sub(r"\D", "", str(value or ""))


def _words(value: Any) -> frozenset[str]:
    """The words of a company's name that tell it apart."""
    return frozenset(re.findall(r"\w+", folded(value))) - _LEGAL_FORMS


def folded(value: Any) -> str:
    """Without case and accents."""
    letters = unicodedata.normalize("NFKD", str(value or "").casefold().strip())
    return "".join(c for c in letters if not unicodedata.combining(c))
