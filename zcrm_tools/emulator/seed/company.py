"""The company whose CRM this is: Kelvinmark, a maker of temperature sensors and monitoring for the cold chain.

The seed number decides where its head office is, and with it the home currency and where most customers are.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from zcrm_tools.emulator.schema import ORG_PREFIX
from zcrm_tools.emulator.seed.moments import Row
from zcrm_tools.emulator.seed.people import People, address, unaccented
from zcrm_tools.emulator.seed.places import BY_NAME, fill, street

if TYPE_CHECKING:
    from random import Random

COMPANY = "Kelvinmark"
DOMAIN = "kelvinmark.example"
_FIRST_ZUID = 760_550_000


class Home(NamedTuple):
    country: str
    city: int
    legal: str
    currency: str
    iso: str
    symbol: str
    locale: str
    rate: float
    """Home currency for one US dollar, rounded: prices are set in dollars and shown in the home currency."""
    code: str


HOMES: tuple[Home, ...] = (
    Home("United Kingdom", 0, "Kelvinmark Ltd", "British Pound", "GBP", "£", "en_GB", 0.8, "GB"),
    Home("United States", 15, "Kelvinmark Inc.", "US Dollar", "USD", "$", "en_US", 1.0, "US"),
    Home("Netherlands", 0, "Kelvinmark B.V.", "Euro", "EUR", "€", "nl_NL", 0.9, "NL"),
    Home("Canada", 0, "Kelvinmark Inc.", "Canadian Dollar", "CAD", "$", "en_CA", 1.35, "CA"),
    Home("Australia", 0, "Kelvinmark Pty Ltd", "Australian Dollar", "AUD", "$", "en_AU", 1.5, "AU"),
    Home("India", 1, "Kelvinmark Pvt Ltd", "Indian Rupee", "INR", "₹", "en_IN", 80.0, "IN"),
)


class Role(NamedTuple):
    key: str
    name: str
    reports_to: str
    about: str


ROLES: tuple[Role, ...] = (
    Role("ceo", "CEO", "", "Runs the company"),
    Role("sales", "Sales Director", "ceo", "Owns the number; all regions report here"),
    Role("americas", "Regional Manager Americas", "sales", "Americas team and pipeline review"),
    Role("emea", "Regional Manager EMEA", "sales", "Europe, Middle East and Africa"),
    Role("apac", "Regional Manager APAC", "sales", "Asia and the Pacific"),
    Role("ae_americas", "Account Executive Americas", "americas", "Sells in the Americas"),
    Role("ae_emea", "Account Executive EMEA", "emea", "Sells in EMEA"),
    Role("ae_apac", "Account Executive APAC", "apac", "Sells in APAC"),
    Role("sdr", "Sales Development", "sales", "Works new leads until there is a meeting"),
    Role("marketing", "Marketing Manager", "ceo", "Campaigns, events, the website's forms"),
    Role("support_lead", "Customer Success Manager", "ceo", "Renewals and cases"),
    Role("support", "Support Engineer", "support_lead", "Answers cases"),
    Role("ops", "CRM Administrator", "sales", "Looks after this CRM"),
)

# Role and the country the person sits in; "home" is the head office, ae_home the executive of its region.
SEATS: tuple[tuple[str, str], ...] = (
    ("ceo", "home"), ("sales", "home"), ("ops", "home"), ("marketing", "home"),
    ("americas", "United States"), ("emea", "United Kingdom"), ("apac", "Singapore"),
    ("ae_americas", "United States"), ("ae_americas", "United States"), ("ae_americas", "Canada"),
    ("ae_emea", "United Kingdom"), ("ae_emea", "Germany"), ("ae_emea", "France"),
    ("ae_apac", "Australia"), ("ae_apac", "India"), ("ae_home", "home"), ("ae_home", "home"),
    ("sdr", "home"), ("sdr", "home"), ("sdr", "home"),
    ("support_lead", "home"), ("support", "home"), ("support", "India"),
)  # fmt: skip


class Colleague(NamedTuple):
    id: int
    first: str
    last: str
    email: str
    role: str
    zone: str
    country: str
    terse: bool
    """Writes notes in fragments, not sentences."""

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


class Staff(NamedTuple):
    people: tuple[Colleague, ...]
    by_id: dict[int, Colleague]

    def all(self, *roles: str) -> tuple[Colleague, ...]:
        return tuple(p for p in self.people if p.role in roles)

    def one(self, role: str) -> Colleague:
        return self.all(role)[0]

    def seller(self, rng: Random, country: str, region: str) -> Colleague:
        """Who owns an account there: the executive in that country, or one of the region's."""
        team = self.all(f"ae_{region.lower()}")
        local = [p for p in team if p.country == country]
        return rng.choice(local) if local and rng.random() < 0.85 else rng.choice(team)


def home_of(number: int) -> Home:
    return HOMES[number % len(HOMES)]


def role_rows() -> list[Row]:
    ids = {role.key: ORG_PREFIX + 26_005 + 3 * n for n, role in enumerate(ROLES)}
    return [
        {
            "id": ids[role.key],
            "name": role.name,
            "reporting_to": ids.get(role.reports_to),
            "share_data_with_peers": role.key in ("ceo", "sdr", "support"),
            "description": role.about,
        }
        for role in ROLES
    ]


def profile_rows(founded: datetime) -> list[Row]:
    listed = (
        ("Administrator", "This profile will have all the permissions.", False),
        ("Standard", "Everything a salesperson needs; no set-up.", False),
        ("Support", "Cases, contacts and notes; deals to read.", True),
    )
    return [
        {
            "id": ORG_PREFIX + 26_105 + 6 * n,
            "name": name,
            "description": about,
            "custom": custom,
            "created_time": founded,
            "modified_time": founded,
        }
        for n, (name, about, custom) in enumerate(listed)
    ]


def hire(rng: Random, people: People, home: Home, now: datetime, first_id: int) -> tuple[Staff, list[Row]]:
    """The colleagues, and the same people as rows of Users. The first is the CEO, an administrator."""
    staff: list[Colleague] = []
    known: set[str] = set()
    for n, (wanted, place) in enumerate(SEATS):
        country = BY_NAME[home.country if place == "home" else place]
        role = wanted if wanted != "ae_home" else f"ae_{country.region.lower()}"
        person = people.draw(country, native=False)
        while {person.first, person.last} & known:
            person = people.draw(country, native=False)
        known |= {person.first, person.last}
        mail = address(rng, person, DOMAIN, style="{first}.{last}")
        seat = first_id + 4_001 * n
        staff.append(
            Colleague(seat, person.first, person.last, mail, role, country.zone, country.name, n % 3 == 1)
        )
    rows = [_user(rng, n, staff, home, now - timedelta(days=1400)) for n in range(len(staff))]
    return Staff(tuple(staff), {p.id: p for p in staff}), rows


def _user(rng: Random, n: int, staff: list[Colleague], home: Home, founded: datetime) -> Row:
    who = staff[n]
    role = next(role for role in ROLES if role.key == who.role)
    profile = {"ceo": 0, "ops": 0, "support": 2, "support_lead": 2}.get(who.role, 1)
    joined = founded + timedelta(days=17 * n, hours=n)
    city = BY_NAME[who.country].cities[home.city if who.country == home.country else 0]
    return {
        "id": who.id,
        "first_name": who.first,
        "last_name": who.last,
        "full_name": who.name,
        "email": who.email,
        "role": role_rows()[ROLES.index(role)]["id"],
        "profile": profile_rows(founded)[profile]["id"],
        "Reporting_To": next((p.id for p in staff if p.role == role.reports_to), None),
        "status": "active",
        "confirm": True,
        "zuid": str(_FIRST_ZUID + 1_237 * n),
        "time_zone": who.zone,
        "locale": home.locale,
        "country": who.country,
        "phone": fill(rng, city.phone),
        "alias": unaccented(who.first),
        "created_by": staff[0].id,
        "Modified_By": staff[0].id,
        "created_time": joined,
        "Modified_Time": joined + timedelta(days=2),
    }


def org_row(rng: Random, home: Home, staff: Staff, now: datetime) -> Row:
    country = BY_NAME[home.country]
    city = country.cities[home.city]
    ceo = staff.one("ceo")
    founded = (now - timedelta(days=1400)).astimezone(UTC)
    return {
        "id": str(ORG_PREFIX + 15_041),
        "zgid": str(808_144_210),
        "company_name": home.legal,
        "alias": COMPANY,
        "primary_email": ceo.email,
        "primary_zuid": str(_FIRST_ZUID),
        "phone": fill(rng, city.phone),
        "website": f"https://www.{DOMAIN}",
        "description": "Sensors, gateways and software that watch over vaccines, samples and fresh food.",
        "currency": f"{home.currency} - {home.iso}",
        "currency_symbol": home.symbol,
        "currency_locale": home.locale,
        "iso_code": home.iso,
        "time_zone": country.zone,
        "country_code": home.code,
        "street": street(rng, country),
        "city": city.name,
        "state": city.state or None,
        "zip": fill(rng, city.postcode),
        "country": country.name,
        "employee_count": "140",
        "type": "production",
        "domain_name": "org808144210",
        "mc_status": False,
        "privacy_settings": False,
        "hipaa_compliance_enabled": False,
        "gapps_enabled": False,
        "translation_enabled": False,
        "license_details": {
            "paid": True,
            "paid_type": "enterprise",
            "paid_expiry": (now + timedelta(days=240)).isoformat(timespec="seconds"),
            "trial_type": None,
            "trial_expiry": None,
            "trial_action": None,
            "users_license_purchased": len(SEATS) + 4,
            "portal_users_license_purchased": 0,
        },
        "hierarchy_preferences": {"type": "Role_Hierarchy"},
        "photo_id": None,
        "created_time": founded.isoformat(timespec="seconds"),
    }
