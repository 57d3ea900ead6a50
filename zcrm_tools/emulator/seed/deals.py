"""Deals: what is sold to whom, how far it has come, and for how much.

Closed deals closed in the past; open ones are due in the future, but for a few that are honestly overdue.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from zcrm_tools.emulator.schema import standard_modules
from zcrm_tools.emulator.seed.firms import elsewhere
from zcrm_tools.emulator.seed.moments import Row, between, stamp, touch
from zcrm_tools.emulator.seed.products import campaign_running
from zcrm_tools.emulator.seed.text import say

if TYPE_CHECKING:
    from random import Random

    from zcrm_tools.emulator.schema import Choice
    from zcrm_tools.emulator.seed.accounts import Customer
    from zcrm_tools.emulator.seed.world import World


class Kind(NamedTuple):
    """Something we sell as one project. `units` is the median number, `dollars` the price of one, all in."""

    key: str
    trades: str
    what: str
    things: str
    dollars: float
    units: int
    product: str
    existing: bool = False
    weight: int = 10


KINDS: tuple[Kind, ...] = (
    Kind("fridges", "hospital pharma", "[monitoring for {n} vaccine fridges|{n} pharmacy fridges|alarms on {n} medicine fridges]", "fridges", 390, 46, "KM-TR2"),
    Kind("ult", "lab hospital pharma", "[{n} ULT freezers|ultra-low freezer monitoring ({n} units)|freezer alarms at -80 °C, {n} units]", "freezers", 560, 22, "KM-TR2-C"),
    Kind("blood", "hospital", "[blood bank monitoring|blood fridges and platelet incubators]", "blood fridges", 540, 17, "KM-TR2", weight=5),
    Kind("samples", "lab", "[sample store and LN2 monitoring|{n} incubators and freezers|biobank alarms]", "incubators", 480, 20, "KM-TR2-C"),
    Kind("trailers", "logistics seafood produce dairy", "[{n} reefer trailers|live tracking for {n} reefers|trailer temperature and doors ({n})]", "trailers", 640, 38, "KM-RD", weight=14),
    Kind("vans", "catering grocer pharma dairy", "[{n} delivery vans|van temperature monitoring ({n})]", "vans", 380, 21, "KM-RD"),
    Kind("coldstore", "logistics seafood produce dairy pharma", "[cold store monitoring, {city}|{other} freezer hall|wireless probes for {city} cold store|{n} cold rooms, {other}]", "zones", 2_100, 8, "KM-GT-LTE"),
    Kind("stores", "grocer", "[cabinet alarms, {n} stores|refrigeration alarms for {n} shops]", "stores", 2_300, 13, "KM-GT-MINI", weight=14),
    Kind("kitchens", "catering hospital", "[HACCP probes for {n} kitchens|digital HACCP, {n} kitchens]", "kitchens", 890, 11, "KM-TR2", weight=6),
    Kind("mapping", "pharma logistics lab", "[temperature mapping, {city} warehouse|OQ/PQ mapping {city}|seasonal mapping study]", "rooms", 6_800, 2, "KM-MAP", weight=5),
    Kind("pilot", "hospital pharma lab logistics grocer dairy seafood produce catering", "[pilot, {n} loggers|pilot in {city}|three-month trial, {n} loggers]", "loggers", 245, 11, "KM-TR2", weight=5),
    Kind("stock", "reseller", "[stock order {month}|{n} Trace loggers for stock|framework order {year}|demo kit and spares]", "loggers", 135, 90, "KM-TR2"),
    Kind("installs", "reseller", "[{n} loggers and gateway, cold room job|hotel kitchen refit, {other}|school canteens, {city}|{n} loggers for a brewery job]", "loggers", 210, 30, "KM-GT-MINI"),
    Kind("renewal", "hospital pharma lab logistics grocer dairy seafood produce catering", "[Cloud renewal {year}|Cloud subscription {year}|Cloud renewal, 3 years from {year}]", "sensors", 46, 150, "KM-CLD", existing=True, weight=16),
    Kind("calibration", "hospital pharma lab logistics dairy seafood", "[calibration contract {year}|annual calibration {year}]", "probes", 41, 95, "KM-CAL", existing=True, weight=9),
    Kind("expansion", "hospital pharma lab logistics grocer dairy seafood produce catering", "[phase 2|second site, {other}|{n} more loggers|roll-out {other}, {n} loggers|extension {month} {year}]", "loggers", 360, 30, "KM-TR2", existing=True, weight=14),
    Kind("upgrade", "hospital pharma lab logistics dairy", "[swap {n} first-generation loggers|Trace 2 upgrade, {n} units|gateway upgrade to LTE]", "loggers", 150, 48, "KM-TR2", existing=True, weight=9),
)  # fmt: skip

_OPEN_SHAPE = (
    ("Qualification",), ("Qualification", "Needs Analysis"), ("Needs Analysis", "Value Proposition"),
    ("Value Proposition", "Id. Decision Makers"), ("Id. Decision Makers", "Proposal Sent"),
    ("Proposal Sent", "Proposal/Price Quote"), ("Proposal/Price Quote", "Negotiation/Review"), ("Negotiation/Review",),
)  # fmt: skip
"""Stages a deal is likely to be in after each eighth of its expected life."""

LOSS_REASONS = (
    ("Price", 24), ("Lack of response", 18), ("Future Interest", 16), ("Expectation Mismatch", 12),
    ("Unqualified Customer", 9), ("Missed Follow Ups", 6), ("Wrong Target", 5), ("Other", 10),
)  # fmt: skip

NEXT_STEPS: dict[str, tuple[str, ...]] = {
    "Qualification": ("Discovery call", "Find out who signs", "Send intro pack", "Ask about number of sites", "Book first call"),
    "Needs Analysis": ("Site survey", "Get floor plan", "List fridges and makes with {first}", "Demo for the quality team"),
    "Value Proposition": ("Send case study", "Cost of last year's write-offs", "Business case with {first}", "Trial kit out this week"),
    "Id. Decision Makers": ("Meet finance", "Ask {first} for intro to the director", "IT security questionnaire", "Find tender threshold"),
    "Proposal Sent": ("Call {first} about the proposal", "Walk through proposal with {first}", "Answer validation questions"),
    "Proposal/Price Quote": ("Revise quote without installation", "Waiting on {first}", "Check discount with my manager", "Quote valid two more weeks"),
    "Negotiation/Review": ("Contract with their legal", "PO number from {first}", "Agree payment terms", "Confirm delivery week", "Signature"),
}  # fmt: skip

RENEWALS = ("renewal", "calibration")
RENEWAL_STEPS = (
    "Count active sensors", "Send renewal offer", "Check users with {first}", "Offer three years for two and a half",
    "Ask {first} who pays this year", "Remind {first} before the old term ends",
)  # fmt: skip


@dataclass
class Sale:
    """A deal while its activities and notes are being made up."""

    row: Row
    customer: Customer
    contact: Row
    kind: Kind
    units: int
    ended: datetime | None
    """When it closed; None while open."""


def stages() -> dict[str, Choice]:
    return {choice.actual: choice for choice in standard_modules()["Deals"].fields["Stage"].picklist}


def draw_deals(world: World, customers: list[Customer], count: int) -> list[Sale]:
    rng = world.rng
    wanted = [0] * len(customers)
    for position in rng.choices(range(len(customers)), [_appetite(rng, c) for c in customers], k=count):
        wanted[position] += 1
    known = stages()
    names: set[str] = set()
    sales: list[Sale] = []
    for customer, number in zip(customers, wanted, strict=True):
        starts = sorted(_start(world, customer, first=n == 0) for n in range(number))
        sales.extend(_deal(world, customer, known, names, created) for created in starts)
    world.rows["Deals"].extend(sale.row for sale in sales)
    return sales


def _appetite(rng: Random, customer: Customer) -> float:
    return rng.choice((0.2, 1, 1, 2, 4)) * (1 + customer.firm.employees / 2_000)


def _start(world: World, customer: Customer, *, first: bool) -> datetime:
    """An account often comes with its first deal; later ones are mostly of this year."""
    rng, now = world.rng, world.now
    since: datetime = customer.row["Created_Time"]
    if first and rng.random() < 0.45:
        return since
    recent = max(since, now - timedelta(days=rng.choice((75, 140, 240)))) if rng.random() < 0.62 else since
    return between(rng, recent, now - (now - recent) * 0.01, customer.owner.zone)


def _deal(
    world: World, customer: Customer, known: dict[str, Choice], names: set[str], created: datetime
) -> Sale:
    rng, now = world.rng, world.now
    ready = [c for c in customer.contacts if c["Created_Time"] <= created]
    contact = ready[0] if created == customer.row["Created_Time"] else rng.choice(ready)
    existing = any(won <= created for won in customer.won)
    kind, units, name = _what(world, customer, names, created, existing=existing)
    life = timedelta(days=min(300.0, rng.lognormvariate(4.15, 0.55)))
    passed = (now - created) / life
    overdue = 1.0 <= passed < 1.6 and rng.random() < 0.3
    row: Row = {
        "Deal_Name": name,
        "Pipeline": "Standard (Standard)",
        "Account_Name": customer.row,
        "Contact_Name": contact,
        "Type": "Existing Business" if existing else "New Business",
        "Lead_Source": customer.source,
        "Locked__s": False,
    }
    owner = customer.owner if rng.random() < 0.93 else rng.choice(world.staff.all(customer.owner.role))
    stamp(row, owner.id, created)
    campaign = campaign_running(world, created, customer.source)
    if campaign is not None:
        row["Campaign_Source"] = world.rows["Campaigns"][campaign]
    ended = None
    if passed >= 1 and not overdue:
        ended = _close(rng, row, customer, kind, created + life, owner.zone)
    else:
        _keep_open(world, row, contact, kind, min(passed, 0.99), created + life, overdue=overdue)
    _price(world, row, kind, units, known)
    return Sale(row, customer, contact, kind, units, ended)


def _what(
    world: World, customer: Customer, names: set[str], created: datetime, *, existing: bool
) -> tuple[Kind, int, str]:
    rng, firm = world.rng, customer.firm
    fitting = [k for k in KINDS if firm.trade.key in k.trades.split() and (existing or not k.existing)]
    weights = [k.weight * (2 if k.existing else 1) for k in fitting]
    style = ("{firm} – {what}", "{firm}: {what}", "{what} – {firm}")[customer.owner.id // 4_001 % 3]
    while True:
        kind = rng.choices(fitting, weights)[0]
        size = (firm.employees / firm.trade.people) ** 0.35
        if firm.trade.key != kind.trades.split(maxsplit=1)[0] and kind.key in (
            "trailers",
            "vans",
            "fridges",
            "coldstore",
        ):
            size *= 0.45  # a dairy has fewer trailers than a haulier
        units = max(2 if kind.units < 5 else 4, round(kind.units * size * rng.lognormvariate(0, 0.45)))
        units = round(units, -1) if units > 60 else units
        due = created + timedelta(days=80)
        facts = {
            "n": units,
            "city": firm.city.name,
            "other": elsewhere(rng, firm),
            "year": due.year,
            "month": f"{due:%B}",
        }
        what = say(rng, kind.what, facts)
        name = style.format(firm=firm.spoken, what=what)
        name = name[0].upper() + name[1:]
        if name not in names and len(name) <= 120:
            names.add(name)
            return kind, units, name
        fitting = [k for k in KINDS if firm.trade.key in k.trades.split()]
        weights = [k.weight for k in fitting]


def _close(rng: Random, row: Row, customer: Customer, kind: Kind, due: datetime, place: str) -> datetime:
    created: datetime = row["Created_Time"]
    ended = between(rng, max(created, due - timedelta(days=4)), due, place)
    won = rng.random() < (0.82 if kind.existing else 0.47)
    if won:
        row["Stage"] = "Closed Won"
        customer.won.append(ended)
        if customer.row["Account_Type"] == "Prospect":
            customer.row["Account_Type"] = "Customer"
    elif rng.random() < 0.3:
        row |= {"Stage": "Closed Lost to Competition", "Reason_For_Loss__s": "Competition"}
    else:
        reasons, weights = zip(*LOSS_REASONS, strict=True)
        row |= {"Stage": "Closed Lost", "Reason_For_Loss__s": rng.choices(reasons, weights)[0]}
    row["Closing_Date"] = ended.date().isoformat()
    days = (ended - created).days
    row |= {"Sales_Cycle_Duration": days, "Overall_Sales_Duration": days}
    touch(row, ended, row["Owner"])
    touch(customer.row, ended, row["Owner"])
    return ended


def _keep_open(
    world: World, row: Row, contact: Row, kind: Kind, passed: float, due: datetime, *, overdue: bool
) -> None:
    rng, now = world.rng, world.now
    stage = rng.choice(_OPEN_SHAPE[int(passed * len(_OPEN_SHAPE))])
    row["Stage"] = stage
    due = now - timedelta(days=rng.randrange(3, 40)) if overdue else max(due, now + timedelta(days=2))
    if overdue:
        due = max(due, row["Created_Time"] + timedelta(days=1))
    elif rng.random() < 0.35:
        due = (due.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(
            days=1
        )  # reps like month ends
    row["Closing_Date"] = due.date().isoformat()
    if rng.random() < 0.75:
        steps = RENEWAL_STEPS if kind.key in RENEWALS and stage != "Negotiation/Review" else NEXT_STEPS[stage]
        row["Next_Step"] = rng.choice(steps).format(first=contact["First_Name"])
    moved = between(rng, row["Created_Time"], now, world.colleague(row["Owner"]).zone)
    touch(row, moved, row["Owner"])


def _price(world: World, row: Row, kind: Kind, units: int, known: dict[str, Choice]) -> None:
    rng = world.rng
    chance = known[row["Stage"]].probability or 0
    row["Probability"] = chance
    if row["Stage"] == "Qualification" and rng.random() < 0.18:
        return  # nobody has named a figure yet
    discount = rng.choice((1.0, 1.0, 0.95, 0.9, 0.85))
    amount = world.money(units * kind.dollars * discount * rng.uniform(0.9, 1.15))
    row["Amount"] = amount
    row["Expected_Revenue"] = round(amount * chance / 100, 2)
