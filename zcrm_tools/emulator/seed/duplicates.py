"""The same person once more: likely duplicates among the leads, each findable by address, number or name."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from zcrm_tools.emulator.seed.inquiries import message
from zcrm_tools.emulator.seed.moments import Row, between, stamp
from zcrm_tools.emulator.seed.names import NICKNAMES
from zcrm_tools.emulator.seed.people import full_name, unaccented
from zcrm_tools.emulator.seed.places import DIALLING

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from zcrm_tools.emulator.seed.accounts import Customer
    from zcrm_tools.emulator.seed.world import World


def again(world: World, kind: int, fitting: list[list[Row]], customers: list[Customer]) -> Row:
    """A later lead of the same person; `kind` 0 to 3 says what is spelt otherwise, 4 takes a customer's contact.

    `fitting` holds, for each kind, the leads that `fits` allows.
    """
    rng = world.rng
    if kind == 4:
        return _known_contact(world, customers)
    if not fitting[kind]:
        kind = 0
    original = rng.choice(fitting[kind])
    row = {name: value for name, value in original.items() if name not in _NOT_TYPED_AGAIN}
    world.firms_of_leads[id(row)] = world.firms_of_leads[id(original)]
    _respell(rng, kind, row)
    row["Full_Name"] = full_name(row["First_Name"], row["Last_Name"])
    created = between(rng, original["Created_Time"], world.now, world.staff.one("ops").zone)
    sources = [s for s in ("Web Form", "Website", "Trade Show", "Chat") if s != original["Lead_Source"]]
    row["Lead_Source"] = rng.choice(sources)
    fresh = (world.now - created).days < 5
    row["Lead_Status"] = (
        "New" if fresh else rng.choice(("Not Contacted", "Attempted to Contact", "Contacted"))
    )
    return stamp(row, rng.choice(world.staff.all("sdr")).id, created, by=world.staff.one("ops").id)


_NOT_TYPED_AGAIN = (
    "Description", "Rating", "Last_Activity_Time", "Street", "Zip_Code", "Website", "Salutation",
)  # fmt: skip
_LEGAL = (" Pty Ltd", " Ltd", " Inc.", " LLC", " Limited")


def _respell(rng: Random, kind: int, row: Row) -> None:
    company, mail = str(row["Company"]), row["Email"]
    match kind:
        case 0:
            row["Email"] = mail.upper() if rng.random() < 0.5 else mail.title()
            row["Phone"] = row["Phone"] and _other_spelling(row["Phone"], row.get("Country"))
        case 1:
            row["First_Name"] = NICKNAMES[row["First_Name"]]
            row["Company"] = company.removesuffix(next((x for x in _LEGAL if company.endswith(x)), ""))
            row["Phone"] = None
        case 2:
            row |= {"First_Name": unaccented(row["First_Name"]), "Last_Name": unaccented(row["Last_Name"])}
            row["Company"] = unaccented(company)
            row["Email"] = mail and mail.lower()
        case _:
            row["Company"] = _misspelt(rng, company)
            row["Phone"] = _other_spelling(row["Phone"], row.get("Country"))
            row["Email"] = None


def fits(kind: int, row: Row) -> bool:
    match kind:
        case 0:
            return bool(row["Email"])
        case 1:
            return row["First_Name"] in NICKNAMES and bool(row["Email"])
        case 2:
            name = row["Full_Name"]
            return bool(row["First_Name"]) and unaccented(name) != name and unaccented(name).isascii()
        case _:
            return bool(row["Phone"]) and bool(row["First_Name"])


def _known_contact(world: World, customers: list[Customer]) -> Row:
    """A customer's employee who filled in the form on the website."""
    rng = world.rng
    customer = rng.choice(customers)
    known = [c for c in customer.contacts if c.get("Email")]
    contact = rng.choice(known)
    row: Row = {
        "First_Name": contact["First_Name"],
        "Last_Name": contact["Last_Name"],
        "Full_Name": contact["Full_Name"],
        "Company": customer.firm.spoken,
        "Email": contact["Email"],
        "Phone": contact.get("Phone") and _other_spelling(contact["Phone"], customer.firm.country.name),
        "Lead_Source": rng.choice(("Web Form", "Website")),
        "Description": message(rng, customer.firm),
        "Country": customer.firm.country.name,
        "Converted__s": False,
        "Locked__s": False,
    }
    since: datetime = contact["Created_Time"]
    created = between(rng, max(since, world.now - timedelta(days=90)), world.now, world.staff.one("ops").zone)
    row["Lead_Status"] = "New" if (world.now - created).days < 7 else "Not Contacted"
    return stamp(row, rng.choice(world.staff.all("sdr")).id, created, by=world.staff.one("ops").id)


def _other_spelling(number: str, country: str | None) -> str:
    digits = "".join(c for c in number if c.isdigit())
    code = DIALLING.get(country or "", "")
    if number.strip().startswith("+") or not code:
        return f"+{digits}" if number.strip().startswith("+") else digits
    if code == "+1":
        return f"1-{digits[:3]}-{digits[3:6]}-{digits[6:10]}"
    return f"{code}{digits.removeprefix('0')}"


def _misspelt(rng: Random, company: str) -> str:
    for right, wrong in (
        (" & ", " and "), ("Hospital", "Hosp."), (" Limited", " Ltd"), (" GmbH", ""), ("Refrigerated", "Refridgerated"),
        ("Pharmaceuticals", "Pharmaceutical"), ("Logistics", "Logistic"), ("Laborator", "Labrator"),
    ):  # fmt: skip
        if right in company:
            return company.replace(right, wrong, 1)
    at = rng.randrange(1, max(2, len(company) - 1))
    return company[:at] + company[at + 1 :] if len(company) > 6 else company
