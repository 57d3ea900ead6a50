"""Accounts and the people who work there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from zcrm_tools.emulator.seed.firms import elsewhere
from zcrm_tools.emulator.seed.moments import Row, between, stamp
from zcrm_tools.emulator.seed.people import address, address_style
from zcrm_tools.emulator.seed.places import fill, international, street
from zcrm_tools.emulator.seed.world import HISTORY

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from zcrm_tools.emulator.seed.company import Colleague
    from zcrm_tools.emulator.seed.firms import Firm
    from zcrm_tools.emulator.seed.people import Person
    from zcrm_tools.emulator.seed.world import World

SOURCES: tuple[str, ...] = (
    "Website", "Web Form", "Trade Show", "External Referral", "Cold Call", "Partner", "Web Download", "Chat",
    "Seminar-Internal", "Advertisement", "Employee Referral", "Web Research",
)  # fmt: skip
SOURCE_TOTALS: tuple[int, ...] = (18, 36, 51, 62, 72, 79, 86, 91, 95, 97, 99, 100)

# Title and department, buyers first.
TITLES: dict[str, tuple[tuple[str, str], ...]] = {
    "hospital": (
        ("Chief Pharmacist", "Pharmacy"), ("Head of Biomedical Engineering", "Engineering"),
        ("Procurement Manager", "Procurement"), ("Estates and Facilities Manager", "Facilities"),
        ("Blood Bank Manager", "Pathology"), ("Immunisation Lead Nurse", "Nursing"),
        ("Quality and Compliance Lead", "Quality"), ("IT Infrastructure Manager", "IT"), ("Chief Operating Officer", "Management"),
    ),
    "pharma": (
        ("Responsible Person, GDP", "Quality"), ("Quality Manager", "Quality"), ("Operations Director", "Operations"),
        ("Warehouse Manager", "Warehouse"), ("Head of Logistics", "Logistics"), ("Purchasing Manager", "Purchasing"),
        ("Validation Engineer", "Quality"), ("Managing Director", "Management"),
    ),
    "lab": (
        ("Laboratory Manager", "Laboratory"), ("Head of Sample Management", "Biobank"), ("Principal Scientist", "Research"),
        ("Facilities Manager", "Facilities"), ("Quality Assurance Manager", "Quality"), ("Lab Operations Lead", "Laboratory"),
        ("Chief Scientific Officer", "Management"), ("Purchasing Officer", "Finance"),
    ),
    "logistics": (
        ("Fleet Manager", "Fleet"), ("Operations Director", "Operations"), ("Transport Manager", "Transport"),
        ("Cold Store Manager", "Warehouse"), ("Quality and Food Safety Manager", "Quality"), ("IT Manager", "IT"),
        ("Commercial Director", "Sales"), ("Owner", "Management"),
    ),
    "grocer": (
        ("Head of Store Operations", "Operations"), ("Refrigeration Engineer", "Engineering"), ("Food Safety Manager", "Quality"),
        ("Energy Manager", "Property"), ("Head of Procurement", "Procurement"), ("Regional Manager", "Retail"), ("Store Manager", "Retail"),
    ),
    "dairy": (
        ("Production Manager", "Production"), ("Technical Manager", "Technical"), ("Quality Manager", "Quality"),
        ("Plant Engineer", "Engineering"), ("Supply Chain Manager", "Logistics"), ("Managing Director", "Management"),
    ),
    "seafood": (
        ("Operations Manager", "Operations"), ("Export Manager", "Sales"), ("HACCP Coordinator", "Quality"),
        ("Cold Store Supervisor", "Warehouse"), ("Owner", "Management"), ("Plant Manager", "Production"),
    ),
    "produce": (
        ("Packhouse Manager", "Production"), ("Supply Chain Manager", "Logistics"), ("Technical Manager", "Technical"),
        ("Farm Director", "Management"), ("Dispatch Manager", "Logistics"),
    ),
    "catering": (
        ("Executive Chef", "Kitchen"), ("Food Safety Officer", "Quality"), ("Operations Manager", "Operations"),
        ("Purchasing Manager", "Purchasing"), ("General Manager", "Management"),
    ),
    "reseller": (
        ("Managing Director", "Management"), ("Service Manager", "Service"), ("Sales Engineer", "Sales"), ("Purchasing Manager", "Purchasing"),
    ),
}  # fmt: skip


@dataclass
class Customer:
    """An account while the rest of its history is being made up."""

    firm: Firm
    row: Row
    owner: Colleague
    contacts: list[Row]
    people: list[Person]
    source: str
    won: list[datetime]
    """When its won deals were won."""


def draw_accounts(world: World, count: int) -> list[Customer]:
    found: list[Customer] = []
    rng = world.rng
    for _ in range(count):
        parent = rng.choice(found) if found and rng.random() < 0.045 else None
        site = None if parent is None or "Parent_Account" in parent.row else _site_of(world, parent.firm)
        if parent is not None and site is not None:
            created = between(
                rng, parent.row["Created_Time"], world.now - timedelta(days=1), parent.owner.zone
            )
            row = _account(world, site, parent.owner, created)
            row["Parent_Account"] = parent.row
            customer = Customer(site, row, parent.owner, [], [], parent.source, [])
        else:
            firm = world.firms.draw(world.country())
            age = HISTORY * (0.012 + 0.955 * rng.random() ** 1.25)
            created = between(rng, world.now - age - timedelta(days=5), world.now - age, firm.country.zone)
            owner = world.staff.seller(rng, firm.country.name, firm.country.region)
            source = rng.choices(SOURCES, cum_weights=SOURCE_TOTALS)[0]
            customer = Customer(firm, _account(world, firm, owner, created), owner, [], [], source, [])
        found.append(customer)
        world.rows["Accounts"].append(customer.row)
    return found


def _site_of(world: World, firm: Firm) -> Firm | None:
    """Another site of the same firm, in another city of the country."""
    others = [city for city in firm.country.cities if city.name != firm.city.name]
    if not others or firm.trade.key == "hospital":
        return None
    city = world.rng.choice(others)
    name = f"{firm.spoken} – {city.name}"
    if name in world.firms.names:
        return None
    world.firms.names.add(name)
    return firm._replace(name=name, spoken=name, city=city, employees=max(6, firm.employees // 4))


def _account(world: World, firm: Firm, owner: Colleague, created: datetime) -> Row:
    rng = world.rng
    turnover = firm.employees * 120_000 * rng.lognormvariate(0, 0.5)
    where = {
        "Street": street(rng, firm.country),
        "City": firm.city.name,
        "State": firm.city.state or None,
        "Code": fill(rng, firm.city.postcode) or None,
        "Country": firm.country.name,
    }
    row: Row = {
        "Account_Name": firm.name,
        "Phone": phone_of(world, firm),
        "Website": f"https://www.{firm.domain}",
        "Account_Type": "Reseller" if firm.trade.key == "reseller" else "Prospect",
        "Ownership": "Government"
        if firm.trade.industry == "Government/Military"
        else rng.choice(("Private", "Private", "Privately Held", "Public", "Subsidiary")),
        "Industry": firm.industry,
        "Employees": firm.employees,
        "Annual_Revenue": world.money(turnover) if rng.random() < 0.7 else None,
        "Rating": "Active" if rng.random() < 0.5 else None,
        "Description": firm.trade.about if rng.random() < 0.4 else None,
        "Locked__s": False,
    }
    row |= {f"Billing_{part}": value for part, value in where.items()}
    if rng.random() < 0.6:
        row |= {f"Shipping_{part}": value for part, value in where.items()}
    return stamp(row, owner.id, created)


def phone_of(world: World, firm: Firm) -> str:
    """A number as our people write it down: in full for another country, mostly."""
    number = world.phones.draw(firm.city.phone)
    abroad = firm.country.name != world.home.country and world.rng.random() < 0.8
    return international(number, firm.country.name) if abroad else number


_COUNTS = (1, 2, 3, 4, 5, 7)
_COUNT_WEIGHTS = (36, 30, 19, 9, 4, 2)


def draw_contacts(world: World, customers: list[Customer], count: int) -> None:
    """`count` contacts in all; every account has one made on the day of the account, bigger ones have more."""
    wanted = [world.rng.choices(_COUNTS, _COUNT_WEIGHTS)[0] for _ in customers]
    excess = sum(wanted) - count
    while excess:
        n = world.rng.randrange(len(wanted))
        if excess > 0 and wanted[n] > 1:
            wanted[n] -= 1
            excess -= 1
        elif excess < 0:
            wanted[n] += 1
            excess += 1
    used: set[str] = set()
    for customer, number in zip(customers, wanted, strict=True):
        style = address_style(world.rng)
        titles = _titles(world.rng, customer.firm, number)
        for n in range(number):
            _contact(world, customer, titles[n], style, used, first=n == 0)


def _titles(rng: Random, firm: Firm, number: int) -> list[tuple[str, str]]:
    listed = TITLES[firm.trade.key]
    lead = listed[0] if rng.random() < 0.45 else rng.choice(listed[:3])
    rest = [t for t in listed if t != lead]
    rng.shuffle(rest)
    return [lead, *rest, *rest, *rest][:number]


def _contact(
    world: World, customer: Customer, title: tuple[str, str], style: str, used: set[str], *, first: bool
) -> None:
    rng, firm, account = world.rng, customer.firm, customer.row
    person = world.people.draw(firm.country)
    mail = address(rng, person, firm.domain, style=style)
    while mail in used:
        person = world.people.draw(firm.country)
        mail = address(rng, person, firm.domain, style="{first}.{last}")
    used.add(mail)
    since: datetime = account["Created_Time"]
    created = since if first else between(rng, since, since + (world.now - since) * 0.85, customer.owner.zone)
    row: Row = {
        "First_Name": person.first,
        "Last_Name": person.last,
        "Full_Name": person.full,
        "Salutation": salutation(rng, person, firm),
        "Account_Name": account,
        "Title": title[0],
        "Department": title[1],
        "Lead_Source": customer.source,
        "Email_Opt_Out": rng.random() < 0.04,
        "Locked__s": False,
        **{f"Mailing_{to}": account[f"Billing_{of}"] for to, of in _ADDRESS},
    }
    if first or rng.random() < 0.93:
        row["Email"] = mail
    if rng.random() < 0.72:
        row["Phone"] = phone_of(world, firm)
    if firm.country.mobile and rng.random() < 0.5:
        row["Mobile"] = world.phones.draw(firm.country.mobile)
    if customer.contacts and rng.random() < 0.3:
        row["Reporting_To"] = customer.contacts[0]
    if rng.random() < 0.12:
        row["Description"] = rng.choice(_ABOUT).format(site=elsewhere(rng, firm))
    customer.contacts.append(stamp(row, customer.owner.id, created))
    customer.people.append(person)
    world.rows["Contacts"].append(row)


_ADDRESS = (
    ("Street", "Street"),
    ("City", "City"),
    ("State", "State"),
    ("Zip", "Code"),
    ("Country", "Country"),
)
_ABOUT = (
    "Signs orders below the tender threshold.",
    "Prefers e-mail. Answers late in the evening.",
    "Champion for the pilot; knows every fridge in the building.",
    "Technical contact only, no budget.",
    "Has to be copied on anything about validation.",
    "Moved over from the {site} site last year.",
    "Call before 10, on the floor for the rest of the day.",
    "Sceptical about cloud; wants data kept in the country.",
    "Met at the trade show, remembered us from a previous job.",
    "On leave every August.",
    "Handles goods-in and knows what fails first.",
)


def salutation(rng: Random, person: Person, firm: Firm) -> str | None:
    if firm.trade.key in ("hospital", "lab") and rng.random() < 0.3:
        return rng.choice(("Dr.", "Dr.", "Dr.", "Prof."))
    if rng.random() < 0.3:
        return "Ms." if person.woman else "Mr."
    return None
