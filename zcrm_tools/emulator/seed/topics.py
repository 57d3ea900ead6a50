"""What people in the company talk about: a deal, an account or a lead, and the facts a note can mention."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from zcrm_tools.emulator.seed.moments import Row
from zcrm_tools.emulator.seed.products import PRODUCTS

if TYPE_CHECKING:
    from random import Random

    from zcrm_tools.emulator.seed.accounts import Customer
    from zcrm_tools.emulator.seed.company import Colleague
    from zcrm_tools.emulator.seed.deals import Sale
    from zcrm_tools.emulator.seed.world import World

SPOKEN = {product.code: product.spoken for product in PRODUCTS}
RIVALS = (
    "Fjordlog",
    "Arctuva",
    "Polarline",
    "NordBeacon",
    "Quicktemp",
    "their refrigeration contractor",
    "a cheap USB logger",
)
_EARLY = ("Qualification", "Needs Analysis")
_MIDDLE = ("Value Proposition", "Id. Decision Makers")


@dataclass(slots=True)
class Topic:
    module: str
    row: Row
    phase: str
    """early, middle, late, won, lost, account or lead: which sentences fit."""
    owner: Colleague
    contact: Row | None
    start: datetime
    end: datetime
    open: bool
    facts: dict[str, object]


def deal_topic(world: World, sale: Sale) -> Topic:
    row, firm = sale.row, sale.customer.firm
    stage = row["Stage"]
    if sale.ended is not None:
        phase = "won" if stage == "Closed Won" else "lost"
    else:
        phase = "early" if stage in _EARLY else "middle" if stage in _MIDDLE else "late"
    facts = _facts(world, sale.contact, firm.spoken, firm.city.name)
    facts |= {
        "n": sale.units,
        "things": sale.kind.things,
        "product": SPOKEN[sale.kind.product],
        "money": short_money(world, row.get("Amount")),
    }
    end = sale.ended or world.now
    owner = world.colleague(row["Owner"])
    return Topic(
        "Deals", row, phase, owner, sale.contact, row["Created_Time"], end, sale.ended is None, facts
    )


def account_topic(world: World, customer: Customer) -> Topic:
    contact = world.rng.choice(customer.contacts)
    facts = _facts(world, contact, customer.firm.spoken, customer.firm.city.name)
    start = contact["Created_Time"]
    return Topic("Accounts", customer.row, "account", customer.owner, contact, start, world.now, True, facts)


def contact_topic(world: World, customer: Customer) -> Topic:
    topic = account_topic(world, customer)
    assert topic.contact is not None  # noqa: S101 - an account topic always has one
    topic.module, topic.row, topic.phase = "Contacts", topic.contact, "contact"
    return topic


def lead_topic(world: World, row: Row) -> Topic:
    company = str(row["Company"])
    facts = _facts(world, row, company, row.get("City") or company)
    owner = world.colleague(row["Owner"])
    end = row.get("Converted_Date_Time") or world.now
    alive = row["Lead_Status"] not in ("Lost Lead", "Not Qualified") and not row["Converted__s"]
    return Topic("Leads", row, "lead", owner, None, row["Created_Time"], end, alive, facts)


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
        "money": "the offer",
        "rival": rng.choice(RIVALS),
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
