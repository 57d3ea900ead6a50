"""The demo org: everything drawn in order, then numbered. Same number, scale and moment: the same org, to the byte."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from zcrm_tools.emulator.schema import FIRST_RECORD_ID, ORG_PREFIX
from zcrm_tools.emulator.seed.accounts import draw_accounts, draw_contacts
from zcrm_tools.emulator.seed.activities import draw_activities
from zcrm_tools.emulator.seed.cases import draw_cases
from zcrm_tools.emulator.seed.company import hire, home_of, org_row, profile_rows, role_rows
from zcrm_tools.emulator.seed.deals import draw_deals
from zcrm_tools.emulator.seed.firms import Firms
from zcrm_tools.emulator.seed.leads import draw_leads
from zcrm_tools.emulator.seed.moments import Row
from zcrm_tools.emulator.seed.notes import draw_notes
from zcrm_tools.emulator.seed.orders import LINES, ORDERS, draw_orders
from zcrm_tools.emulator.seed.people import People, Phones
from zcrm_tools.emulator.seed.products import campaigns, products, vendors
from zcrm_tools.emulator.seed.templates import templates
from zcrm_tools.emulator.seed.world import HISTORY, World, stream

MODULES = (
    "Leads", "Accounts", "Contacts", "Deals", "Products", "Vendors", "Campaigns", "Tasks", "Events", "Calls", "Cases",
    "Notes",
)  # fmt: skip
_BELOW = (*ORDERS, *LINES.values())
"""Numbered below the others, so that the ids of records made later do not depend on them."""
_SPAN = 20_000_000
"""Room for the ids of one module."""
_SPAN_BELOW = 2_000_000
_LOOKUPS = (
    "Account_Name", "Contact_Name", "Parent_Account", "Reporting_To", "Campaign_Source", "Vendor_Name", "Product_Name",
    "Deal_Name", "Related_To", "Who_Id", "Converted_Account", "Converted_Contact", "Converted_Deal",
    "Price_Book_Name", "Quote_Name", "Sales_Order", "Parent_Id",
)  # fmt: skip
_NUMBERS = {"Quotes": "Quote_Number", "Sales_Orders": "SO_Number", "Invoices": "Invoice_Number"}
"""What Zoho numbers by itself, as it numbers ids."""


@dataclass(frozen=True)
class DemoOrg:
    """An org as `Store.load…` takes it. `rows` is by module, oldest first."""

    org: dict[str, Any]
    roles: list[Row]
    profiles: list[Row]
    users: list[Row]
    rows: dict[str, list[Row]]
    templates: list[dict[str, Any]]


def demo_org(number: int, *, scale: int = 1, now: datetime) -> DemoOrg:
    """About 2,000 records for each unit of `scale`, and the lines of its orders, as they stand at `now` (aware).

    `number` picks the org: its head office and home currency, its people, customers and sales.
    """
    if scale < 1:
        raise ValueError(f"scale must be at least 1, not {scale}")
    now = now.astimezone(UTC).replace(microsecond=0)
    home = home_of(number)
    people = People(stream(number, "people"))
    first_user = FIRST_RECORD_ID + 234_010
    staff, users = hire(stream(number, "staff"), people, home, now, first_user)
    world = World(
        rng=stream(number, "records"),
        now=now,
        scale=scale,
        home=home,
        staff=staff,
        people=people,
        phones=Phones(stream(number, "phones")),
        firms=Firms(stream(number, "firms")),
        rows={module: [] for module in (*MODULES, *_BELOW)},
    )
    vendors(world)
    products(world)
    campaigns(world)
    customers = draw_accounts(world, 220 * scale)
    draw_contacts(world, customers, 480 * scale)
    sales = draw_deals(world, customers, 320 * scale)
    draw_leads(world, customers, sales, 300 * scale)
    draw_cases(world, sales, 60 * scale)
    draw_activities(world, customers, sales)
    draw_notes(world, customers, sales, 200 * scale)
    draw_orders(world, sales, number)
    _number(world.rows)
    return DemoOrg(
        org=org_row(stream(number, "org"), home, staff, now),
        roles=role_rows(),
        profiles=profile_rows(now - HISTORY),
        users=users,
        rows=world.rows,
        templates=templates(home.legal),
    )


def _number(rows: dict[str, list[Row]]) -> None:
    """Ids grow with the time of creation; then every lookup gets the id of the row it holds."""
    firsts = {module: place * _SPAN for place, module in enumerate(MODULES, start=1)}
    firsts |= {module: place * _SPAN_BELOW for place, module in enumerate(_BELOW, start=1)}
    for module, first in firsts.items():
        next_id = ORG_PREFIX + first + 1_003
        rows[module].sort(key=_created)
        for at, row in enumerate(rows[module]):
            row["id"] = next_id
            if module in _NUMBERS:
                row[_NUMBERS[module]] = next_id + 1
            next_id += 3 + at * 7 % 11
    for module_rows in rows.values():
        for row in module_rows:
            for name in _LOOKUPS:
                target = row.get(name)
                if isinstance(target, dict):
                    row[name] = target["id"]
            for participant in row.get("Participants", ()):
                participant["participant"] = str(participant["participant"]["id"])
            for name in ("What_Id", "Parent_Id"):
                if isinstance(row.get(name), tuple):
                    module, target = row[name]
                    row[name] = (module, target["id"])


def _created(row: Row) -> datetime:
    created: datetime = row["Created_Time"]
    return created
