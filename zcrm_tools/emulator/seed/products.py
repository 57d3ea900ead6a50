"""What the company sells, whom it buys from, and where it shows itself: Products, Vendors and Campaigns."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from zcrm_tools.emulator.seed.moments import between, stamp
from zcrm_tools.emulator.seed.places import BY_NAME, fill, street
from zcrm_tools.emulator.seed.world import HISTORY

if TYPE_CHECKING:
    from zcrm_tools.emulator.seed.world import World


class Product(NamedTuple):
    code: str
    name: str
    dollars: float
    category: str
    unit: str
    vendor: int | None
    about: str
    spoken: str


PRODUCTS: tuple[Product, ...] = (
    Product("KM-TR2", "Trace 2 data logger", 189, "Hardware", "Each", 0, "Two-channel logger, -40 to +70 °C, five-year battery.", "Trace loggers"),
    Product("KM-TR2-C", "Trace 2 Cryo data logger", 265, "Hardware", "Each", 0, "For ultra-low freezers: platinum probe to -200 °C.", "Cryo loggers"),
    Product("KM-GT-LTE", "Gate LTE gateway", 420, "Hardware", "Each", 0, "Collects up to 60 loggers; SIM included; rides out a day without power.", "Gate gateways"),
    Product("KM-GT-MINI", "Gate Mini gateway", 190, "Hardware", "Each", 0, "Wi-Fi and Ethernet, up to 12 loggers.", "Gate Mini gateways"),
    Product("KM-RD", "Rover trailer sensor", 310, "Hardware", "Each", 1, "Temperature, door and position of a trailer or van, live.", "Rover trailer sensors"),
    Product("KM-DR", "Door contact", 65, "Hardware", "Pack", 1, "Tells a warm fridge from one that was left open. Pack of four.", "door contacts"),
    Product("KM-CLD", "Kelvinmark Cloud, sensor year", 48, "Software", "Quantity", None, "Alarms, reports and audit trail (21 CFR Part 11, GDP). Per sensor and year.", "Kelvinmark Cloud"),
    Product("KM-CAL", "Annual calibration, per probe", 41, "Software", "Quantity", 3, "Three-point calibration with a traceable certificate.", "calibration"),
    Product("KM-MAP", "Temperature mapping study", 6800, "Software", "Quantity", 3, "One room, loaded and empty, with report.", "the mapping study"),
    Product("KM-INS", "Installation, per day", 950, "Software", "Hours", None, "One engineer on site for a day.", "installation"),
    Product("KM-TR1", "Trace data logger (first generation)", 149, "Hardware", "Each", 0, "Replaced by Trace 2; spares and support only.", "first-generation Trace loggers"),
)  # fmt: skip

# name, what we buy there, country, web address
VENDORS: tuple[tuple[str, str, str, str], ...] = (
    ("Halvorsen Electronics Assembly", "Contract manufacturing", "Sweden", "halvorsen-assembly.example"),
    ("Tidemark Sensors", "Components", "Germany", "tidemark-sensors.example"),
    ("Blue Alder Batteries", "Components", "United States", "bluealder.example"),
    ("Northgate Calibration Laboratory", "Calibration", "United Kingdom", "northgate-cal.example"),
    ("Sablefin Freight", "Freight", "Netherlands", "sablefin.example"),
    ("Quillon Connectivity", "SIM cards and data", "Ireland", "quillon.example"),
    ("Papermoon Print & Labels", "Packaging", "United Kingdom", "papermoon-print.example"),
    ("Kestrel Travel Desk", "Travel", "United States", "kestreldesk.example"),
)

# name ({y} the year), type, days before now when it starts, how long, budget in dollars, people reached
CAMPAIGNS: tuple[tuple[str, str, int, int, int, int], ...] = (
    ("Cold Chain Forum {y}", "Trade Show", 412, 3, 38_000, 640),
    ("Vaccine storage: what inspectors ask", "Webinar", 330, 1, 4_000, 910),
    ("Refer a pharmacist", "Referral Program", 300, 240, 6_500, 300),
    ("Lab freezer guide {y}", "Email", 221, 40, 2_800, 4_200),
    ("Fresh Logistics Expo {y}", "Trade Show", 148, 3, 44_000, 820),
    ("Trace 2 launch", "Public Relations", 120, 60, 15_000, 1_800),
    ("HACCP paperwork, gone", "Webinar", 62, 1, 3_600, 540),
    ("Winter outages: gateway offer", "Email", 20, 70, 3_200, 5_100),
    ("Pharma Distribution Days {y}", "Conference", -45, 2, 29_000, 0),
)


def products(world: World) -> None:
    admin = world.staff.one("ops").id
    start = world.now - HISTORY
    for n, product in enumerate(PRODUCTS):
        created = between(world.rng, start + timedelta(days=14), start + timedelta(days=30), "Europe/London")
        active = not product.name.endswith("(first generation)")
        row = {
            "Product_Name": product.name,
            "Product_Code": product.code,
            "Product_Active": active,
            "Product_Category": product.category,
            "Unit_Price": float(round(product.dollars * world.home.rate)),
            "Usage_Unit": product.unit,
            "Taxable": True,
            "Sales_Start_Date": created.date().isoformat(),
            "Description": product.about,
            "Handler": world.staff.one("support_lead").id,
            "Locked__s": False,
        }
        if product.vendor is not None:
            row["Vendor_Name"] = world.rows["Vendors"][product.vendor]
        if product.category == "Hardware":
            row |= {
                "Qty_in_Stock": float(world.rng.randrange(40, 900)),
                "Reorder_Level": 100.0 if n < 5 else 50.0,
            }
        if not active:
            row["Sales_End_Date"] = (world.now - timedelta(days=118)).date().isoformat()
        world.rows["Products"].append(stamp(row, admin, created))


def vendors(world: World) -> None:
    rng = world.rng
    admin = world.staff.one("ops").id
    start = world.now - HISTORY
    for name, category, where, domain in VENDORS:
        country = BY_NAME[where]
        city = rng.choice(country.cities)
        row = {
            "Vendor_Name": name,
            "Category": category,
            "Phone": world.phones.draw(city.phone),
            "Email": f"orders@{domain}",
            "Website": f"https://www.{domain}",
            "Street": street(rng, country),
            "City": city.name,
            "State": city.state or None,
            "Zip_Code": fill(rng, city.postcode) or None,
            "Country": country.name,
            "Locked__s": False,
        }
        world.rows["Vendors"].append(
            stamp(row, admin, between(rng, start, start + timedelta(days=12), country.zone))
        )


def campaigns(world: World) -> None:
    rng = world.rng
    marketing = world.staff.one("marketing")
    for name, kind, days_ago, length, budget, reached in CAMPAIGNS:
        start = world.now - timedelta(days=days_ago)
        end = start + timedelta(days=length)
        created = between(
            rng,
            min(start, world.now) - timedelta(days=70),
            min(start, world.now) - timedelta(days=30),
            marketing.zone,
        )
        status = "Complete" if end < world.now else "Active" if start <= world.now else "Planning"
        row = {
            "Campaign_Name": name.format(y=start.year),
            "Type": kind,
            "Status": status,
            "Start_Date": start.date().isoformat(),
            "End_Date": end.date().isoformat(),
            "Budgeted_Cost": world.money(budget),
            "Expected_Revenue": world.money(budget * rng.uniform(5, 9)),
            "Expected_Response": rng.randrange(4, 13),
            "Locked__s": False,
        }
        if reached:
            row["Num_sent"] = reached
        if status == "Complete":
            row["Actual_Cost"] = world.money(budget * rng.uniform(0.85, 1.2))
        world.rows["Campaigns"].append(stamp(row, marketing.id, created))


def campaign_running(world: World, moment: datetime, source: str) -> int | None:
    """Which campaign a record from that source at that time came from, if any."""
    kind = {
        "Trade Show": "Trade Show",
        "Seminar-Internal": "Webinar",
        "External Referral": "Referral Program",
    }.get(source)
    for n, (_, of_kind, days_ago, length, _, _) in enumerate(CAMPAIGNS):
        start = world.now - timedelta(days=days_ago)
        if kind == of_kind and start <= moment <= start + timedelta(days=length + 30):
            return n
    return None
