"""What people in the company talk about: a deal, an account or a lead, and the facts a note can mention."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from zcrm_tools.emulator.seed.deals import RENEWALS
from zcrm_tools.emulator.seed.moments import Row
from zcrm_tools.emulator.seed.products import PRODUCTS

if TYPE_CHECKING:
    from random import Random

    from zcrm_tools.emulator.seed.accounts import Customer
    from zcrm_tools.emulator.seed.company import Colleague
    from zcrm_tools.emulator.seed.deals import Sale
    from zcrm_tools.emulator.seed.world import World

SPOKEN = {product.code: product.spoken for product in PRODUCTS}
THINGS: dict[str, tuple[str, ...]] = {
    "hospital": ("vaccine fridges", "medicine fridges", "blood fridges", "ward fridges"),
    "pharma": ("cold rooms", "delivery vans", "pallet places", "fridges"),
    "lab": ("freezers", "incubators", "ULT freezers", "LN2 tanks"),
    "logistics": ("trailers", "reefers", "cold store zones", "trucks"),
    "grocer": ("shops", "cabinets", "cold rooms"),
    "dairy": ("milk tanks", "vans", "ripening rooms"),
    "seafood": ("trucks", "freezer tunnels", "ice stores"),
    "produce": ("trucks", "precoolers", "packhouse rooms"),
    "catering": ("kitchens", "vans", "walk-ins"),
    "reseller": ("loggers", "cold rooms", "installations a year"),
}  # fmt: skip
RIVALS = (
    "Fjordlog",
    "Arctuva",
    "Polarline",
    "NordBeacon",
    "Quicktemp",
    "their refrigeration contractor",
    "a cheap USB logger",
)
LEAD_PHASES = {
    "New": "fresh", "Not Contacted": "fresh", "Attempted to Contact": "attempted", "Lost Lead": "parked",
    "Not Qualified": "parked", "Contact in Future": "parked",
}  # fmt: skip
_EARLY = ("Qualification", "Needs Analysis")
_MIDDLE = ("Value Proposition", "Id. Decision Makers")


@dataclass
class Topic:
    module: str
    row: Row
    phase: str
    """Which sentences fit: early, middle, late, renewal, won or lost for a deal; fresh, attempted, parked or lead
    for a lead; account; contact."""
    owner: Colleague
    contact: Row | None
    start: datetime
    end: datetime
    open: bool
    facts: dict[str, object]


def deal_topic(world: World, sale: Sale) -> Topic:
    row, firm = sale.row, sale.customer.firm
    stage = row["Stage"]
    reason = row.get("Reason_For_Loss__s")
    if sale.ended is not None:
        phase = "won" if stage == "Closed Won" else "lost"
    else:
        phase = "early" if stage in _EARLY else "middle" if stage in _MIDDLE else "late"
    if sale.kind.key in RENEWALS and phase in ("early", "middle"):
        phase = "renewal"
    facts = _facts(world, sale.contact, firm.spoken, firm.city.name)
    facts |= {
        "n": sale.units,
        "things": sale.kind.things,
        "product": SPOKEN[sale.kind.product],
        "money": short_money(world, row.get("Amount")),
        "reason": reason,
        "renewal": sale.kind.key in RENEWALS,
    }
    end = sale.ended or world.now
    owner = world.colleague(row["Owner"])
    return Topic(
        "Deals", row, phase, owner, sale.contact, row["Created_Time"], end, sale.ended is None, facts
    )


def account_topic(world: World, customer: Customer) -> Topic:
    return _customer_topic(world, customer, world.rng.choice(customer.contacts), person=False)


def contact_topic(world: World, customer: Customer) -> Topic:
    return _customer_topic(world, customer, world.rng.choice(customer.contacts), person=True)


def _customer_topic(world: World, customer: Customer, contact: Row, *, person: bool) -> Topic:
    facts = _facts(world, contact, customer.firm.spoken, customer.firm.city.name)
    facts["things"] = world.rng.choice(THINGS[customer.firm.trade.key])
    module, row, phase = ("Contacts", contact, "contact") if person else ("Accounts", customer.row, "account")
    start: datetime = contact["Created_Time"]
    return Topic(module, row, phase, customer.owner, contact, start, world.now, True, facts)


def lead_topic(world: World, row: Row) -> Topic:
    company = str(row["Company"])
    firm = world.firms_of_leads.get(id(row))
    facts = _facts(world, row, firm.spoken if firm else company, firm.city.name if firm else company)
    facts["things"] = world.rng.choice(THINGS[firm.trade.key] if firm else ("loggers",))
    owner = world.colleague(row["Owner"])
    end = row.get("Converted_Date_Time") or world.now
    facts["reason"] = row["Lead_Status"]
    phase = "lead" if row["Converted__s"] else LEAD_PHASES.get(row["Lead_Status"], "lead")
    alive = phase != "parked" and not row["Converted__s"]
    return Topic("Leads", row, phase, owner, None, row["Created_Time"], end, alive, facts)


def episode(rng: Random, topic: Topic, now: datetime) -> tuple[datetime, datetime, str | None]:
    """From when to when something may have happened, and its phase where that does not follow from the moment."""
    if topic.phase in ("won", "lost") and rng.random() < 0.35:
        return topic.end, min(now, topic.end + timedelta(days=20)), topic.phase
    return topic.start, topic.end, None


def phase_at(topic: Topic, moment: datetime) -> str:
    """How far a deal was at that moment: it went through the earlier phases to get where it is."""
    passed = _PASSED.get(topic.phase)
    if passed is None:
        return topic.phase
    share = (moment - topic.start) / max(topic.end - topic.start, timedelta(seconds=1))
    if topic.facts["renewal"]:
        return "renewal" if share < 0.6 else "late"
    return passed[min(int(share * len(passed)), len(passed) - 1)]


_PASSED: dict[str, tuple[str, ...]] = {
    "middle": ("early", "middle"),
    "late": ("early", "middle", "late"),
    "won": ("early", "middle", "late"),
    "lost": ("early", "middle", "late"),
}


def _facts(world: World, person: Row, firm: str, city: object) -> dict[str, object]:
    rng = world.rng
    others = [
        p
        for p in world.staff.people
        if p.role in ("sales", "ops", "support_lead", "support", "emea", "americas", "apac")
    ]
    return {
        "first": person.get("First_Name") or person["Last_Name"],
        "full": person["Full_Name"],
        "title": str(person.get("Title") or person.get("Designation") or "buyer"),
        "firm": firm,
        "city": city,
        "product": rng.choice(("Trace loggers", "Gate gateways", "Kelvinmark Cloud")),
        "things": "loggers",
        "n": rng.randrange(4, 30),
        "money": "the usual limit",
        "rival": RIVALS[zlib.crc32(firm.encode()) % len(RIVALS)],
        "colleague": rng.choice(others).first,
        "day": rng.choice(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")),
        "month": f"{world.now + timedelta(days=rng.randrange(20, 200)):%B}",
        "weeks": rng.choice(("two", "three", "four", "six")),
    }


def short_money(world: World, amount: float | None) -> str:
    """£18.4k as it is written in a note."""
    symbol = world.home.symbol
    if amount is None:
        return "a number"
    if amount >= 1_000_000:
        return f"{symbol}{amount / 1_000_000:.1f}m"
    return f"{symbol}{amount / 1_000:.0f}k" if amount >= 10_000 else f"{symbol}{amount:,.0f}"


def worth_talking(rng: Random, sales: list[Sale], count: int) -> list[Sale]:
    """Open deals are talked about three times as much as closed ones."""
    return rng.choices(sales, [3 if sale.ended is None else 1 for sale in sales], k=count)
