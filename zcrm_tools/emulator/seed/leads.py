"""Leads: people who asked, or whom we asked, and who are not customers yet.

Some became customers (converted), some are in the list twice under another spelling.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from zcrm_tools.emulator.schema import standard_modules
from zcrm_tools.emulator.seed.accounts import SOURCE_TOTALS, SOURCES, TITLES, salutation
from zcrm_tools.emulator.seed.duplicates import again, fits
from zcrm_tools.emulator.seed.inquiries import message
from zcrm_tools.emulator.seed.moments import Row, between, stamp, touch
from zcrm_tools.emulator.seed.people import address, full_name
from zcrm_tools.emulator.seed.places import DIALLING, fill, international, street
from zcrm_tools.emulator.seed.text import say

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from zcrm_tools.emulator.seed.accounts import Customer
    from zcrm_tools.emulator.seed.deals import Sale
    from zcrm_tools.emulator.seed.firms import Firm
    from zcrm_tools.emulator.seed.people import Person
    from zcrm_tools.emulator.seed.world import World

_FRESH = (("New", 60), ("Not Contacted", 28), ("Attempted to Contact", 12))
_WEEKS = (
    ("Attempted to Contact", 30),
    ("Contacted", 30),
    ("Not Contacted", 15),
    ("New", 10),
    ("Pre-Qualified", 15),
)
_OLD = (
    ("Contacted", 24), ("Contact in Future", 17), ("Lost Lead", 14), ("Pre-Qualified", 13), ("Not Qualified", 13),
    ("Attempted to Contact", 10), ("Junk Lead", 6), ("Not Contacted", 3),
)  # fmt: skip

_JUNK = (
    ("Test", "Test", "test", "test@example.com", "test"),
    ("asdf", "asdf", "asdf", "asdf@example.org", "asdfgh"),
    ("Growth", "Team", "First Page Now", "hello@firstpagenow.example", "We looked at your website and can put it on the first page of search results. Reply for a free audit."),
    ("Kelly", "Winters", "Lead Lists Direct", "kelly@leadlists.example", "Verified e-mail lists of hospital buyers, 40% off this week only."),
    ("Student", "Project", "-", "student.project@example.net", "i need information about temperature sensors for my school project thank you"),
    ("Mickey", "Nobody", "none", "no@example.com", "just want the pdf"),
)  # fmt: skip
_SCRIPTS = ("chinese", "korean", "japanese", "arabic", "hebrew", "thai", "slavic", "greek", "indian")
"""Some people write their name as they do at home, wherever they work."""


def draw_leads(world: World, customers: list[Customer], sales: list[Sale], count: int) -> None:
    converted = _converted(world, sales, count // 6)
    twice = count * 8 // 100
    statuses = [
        c.actual for c in standard_modules()["Leads"].fields["Lead_Status"].picklist if c.actual != "-None-"
    ]
    left = count - len(converted) - twice
    fresh = [_lead(world, statuses[n] if n < len(statuses) else None) for n in range(left)]
    real = [row for row in fresh if row["Lead_Status"] != "Junk Lead"]
    fitting = [[row for row in real if fits(kind, row)] for kind in range(4)]
    twins = [again(world, n % 5, fitting, customers) for n in range(twice)]
    world.rows["Leads"] = [*converted, *fresh, *twins]


def _lead(world: World, status: str | None) -> Row:
    rng = world.rng
    age = timedelta(days=0.15 + 430 * rng.random() ** 2.4)
    if status in ("New", "Not Contacted"):
        age = timedelta(days=rng.uniform(0.2, 6))
    elif status is not None:
        age = timedelta(days=rng.uniform(25, 200))
    created = between(rng, world.now - age - timedelta(hours=3), world.now - age, world.staff.one("ops").zone)
    if status is None:
        shares = _FRESH if age.days < 4 else _WEEKS if age.days < 24 else _OLD
        names, weights = zip(*shares, strict=True)
        status = rng.choices(names, weights)[0]
    if status == "Junk Lead":
        return _junk(world, created)
    firm = world.firms.draw(world.country())
    abroad = rng.random() < 0.025
    person = world.people.in_script(rng.choice(_SCRIPTS)) if abroad else world.people.draw(firm.country)
    source = rng.choices(SOURCES, cum_weights=SOURCE_TOTALS)[0]
    row = _row(world, firm, person, source)
    row["Lead_Status"] = status
    if status == "Contact in Future":
        row["Description"] = say(
            rng,
            "[Budget|Money|Project] [next year|after the summer|in the new fiscal year]; [call again then|asked us to wait].",
            {},
        )
    elif source in ("Web Form", "Website", "Chat") and rng.random() < 0.85:
        row["Description"] = message(rng, firm)
    return _owned(world, row, firm, status, created)


def _row(world: World, firm: Firm, person: Person, source: str) -> Row:
    rng = world.rng
    row: Row = {
        "First_Name": person.first,
        "Last_Name": person.last,
        "Company": firm.name if rng.random() < 0.75 else firm.spoken,
        "Email": address(rng, person, firm.domain) if rng.random() < 0.8 else _private(rng, person),
        "Phone": messy(rng, world.phones.draw(firm.city.phone), firm.country.name),
        "Lead_Source": source,
        "Converted__s": False,
        "Locked__s": False,
        "Email_Opt_Out": rng.random() < 0.03,
        "Country": firm.country.name,
    }
    if rng.random() < 0.7:
        row["Designation"] = rng.choice(TITLES[firm.trade.key])[0]
    if rng.random() < 0.6:
        row |= {"City": firm.city.name, "State": firm.city.state or None}
    if rng.random() < 0.25:
        row |= {"Street": street(rng, firm.country), "Zip_Code": fill(rng, firm.city.postcode) or None}
    if rng.random() < 0.55:
        row["Website"] = rng.choice(
            (f"https://www.{firm.domain}", f"www.{firm.domain}", f"https://{firm.domain}/")
        )
    if rng.random() < 0.5:
        row |= {"Industry": firm.industry, "No_of_Employees": firm.employees}
    if firm.country.mobile and rng.random() < 0.3:
        row["Mobile"] = world.phones.draw(firm.country.mobile)
    row["Salutation"] = salutation(rng, person, firm)
    _leave_gaps(rng, row)
    row["Full_Name"] = full_name(row.get("First_Name"), row["Last_Name"])
    world.firms_of_leads[id(row)] = firm
    return row


def _leave_gaps(rng: Random, row: Row) -> None:
    """What people leave out of a form; an address or a number always remains."""
    missing = rng.random()
    if missing < 0.13:
        row["Phone"] = None
    elif missing < 0.2:
        row["Email"] = None
    if rng.random() < 0.04:
        row["First_Name"] = None
    if rng.random() < 0.05:
        row["Country"] = None


def _private(rng: Random, person: Person) -> str:
    domain = rng.choice(
        ("example.com", "example.com", "example.org", "example.net", "mail.example", "post.example")
    )
    return address(
        rng, person, domain, style=rng.choice(("{first}.{last}", "{f}{last}", "{first}{l}", "{last}{f}"))
    )


def _owned(world: World, row: Row, firm: Firm, status: str, created: datetime) -> Row:
    rng = world.rng
    if status in ("Pre-Qualified", "Contact in Future", "Lost Lead") or rng.random() < 0.3:
        owner = world.staff.seller(rng, firm.country.name, firm.country.region)
    else:
        owner = rng.choice(world.staff.all("sdr"))
    by_form = row["Lead_Source"] in ("Website", "Web Form", "Chat", "Web Download")
    stamp(row, owner.id, created, by=world.staff.one("ops").id if by_form else None)
    if status not in ("New", "Not Contacted"):
        moved = between(rng, created, min(world.now, created + timedelta(days=30)), owner.zone)
        touch(row, moved, owner.id)
    if rng.random() < 0.15:
        row["Rating"] = "Active"
    return row


def _junk(world: World, created: datetime) -> Row:
    rng = world.rng
    first, last, company, mail, text = rng.choice(_JUNK)
    row: Row = {
        "First_Name": first,
        "Last_Name": last,
        "Full_Name": f"{first} {last}",
        "Company": company,
        "Email": mail,
        "Phone": rng.choice((None, "0000000", "123456", "(503) 555-0100")),
        "Lead_Source": rng.choice(("Web Form", "Website")),
        "Lead_Status": "Junk Lead",
        "Description": text,
        "Converted__s": False,
        "Locked__s": False,
    }
    owner = rng.choice(world.staff.all("sdr"))
    stamp(row, owner.id, created, by=world.staff.one("ops").id)
    touch(row, between(rng, created, world.now, owner.zone), owner.id)
    return row


def messy(rng: Random, number: str, country: str) -> str:
    """The number as somebody in a hurry types it. Always the same digits, but for a country's own prefix."""
    style = rng.random()
    if style < 0.55:
        return number
    if style < 0.68:
        return "".join(c for c in number if c.isdigit() or c == "+")
    if style < 0.8:
        return number.replace("(", "").replace(")", "").replace("-", ".").replace(" ", ".")
    if style < 0.88 and country not in ("United States", "Canada") and country in DIALLING:
        return international(number, country).replace(" ", " (0)", 1)[:30]
    if style < 0.96:
        return international(number, country)
    return f" {number.replace('-', ' ')} "[:30]


def _converted(world: World, sales: list[Sale], count: int) -> list[Row]:
    """The leads that became the account, contact and deal of a first sale."""
    rng = world.rng
    first = [s for s in sales if s.row["Created_Time"] == s.customer.row["Created_Time"]]
    rng.shuffle(first)
    found = []
    for sale in first[:count]:
        customer, contact = sale.customer, sale.contact
        row = _row(world, customer.firm, customer.people[0], customer.source)
        for name in ("First_Name", "Last_Name", "Full_Name", "Email", "Salutation"):
            row[name] = contact.get(name)
        when: datetime = sale.row["Created_Time"]
        asked = between(rng, when - timedelta(days=rng.randrange(4, 55)), when, customer.owner.zone)
        stamp(row, customer.owner.id, asked)
        touch(row, when, customer.owner.id)
        row |= {
            "Company": customer.firm.name,
            "Phone": contact.get("Phone") or customer.row["Phone"],
            "Designation": contact.get("Title"),
            "Lead_Status": rng.choice(("Contacted", "Pre-Qualified", "Pre-Qualified")),
            "Converted__s": True,
            "Converted_Date_Time": when,
            "Converted_Account": customer.row,
            "Converted_Contact": contact,
            "Converted_Deal": sale.row,
            "Lead_Conversion_Time": (when - asked).days,
        }
        sale.row["Lead_Conversion_Time"] = row["Lead_Conversion_Time"]
        if "Overall_Sales_Duration" in sale.row:
            sale.row["Overall_Sales_Duration"] += row["Lead_Conversion_Time"]
        found.append(row)
    return found
