"""What a customer does, how big it is, and what it is called: drawn from the words of its country."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from zcrm_tools.emulator.seed.names import CULTURES
from zcrm_tools.emulator.seed.people import unaccented
from zcrm_tools.emulator.seed.places import City, Country
from zcrm_tools.emulator.seed.words import WORDS, Words

if TYPE_CHECKING:
    from random import Random


class Trade(NamedTuple):
    """A line of business: its share of customers, typical head count (median), and Zoho's nearest Industry."""

    key: str
    weight: int
    people: int
    industry: str
    about: str


TRADES: tuple[Trade, ...] = (
    Trade("hospital", 18, 1400, "Government/Military", "Hospital group with vaccine and blood storage"),
    Trade("pharma", 14, 320, "", "Pharmaceutical wholesaler, GDP licensed"),
    Trade("lab", 13, 140, "", "Laboratory with ultra-low freezers"),
    Trade("logistics", 17, 260, "Service Provider", "Refrigerated transport and storage"),
    Trade("grocer", 9, 900, "", "Food retailer"),
    Trade("dairy", 8, 180, "", "Dairy and ice cream"),
    Trade("seafood", 8, 110, "", "Seafood processing and export"),
    Trade("produce", 6, 150, "", "Fresh produce packing and distribution"),
    Trade("catering", 5, 210, "", "Contract catering"),
    Trade("reseller", 4, 35, "Systems Integrator", "Refrigeration contractor that fits our equipment"),
)


_LEGAL = {
    "United States": (" Inc.", " LLC", "", "", ""),
    "Canada": (" Inc.", " Ltd.", "", "", ""),
    "United Kingdom": (" Ltd", " Limited", "", "", "", " plc"),
    "Ireland": (" Ltd", " Limited", "", ""),
    "Australia": (" Pty Ltd", "", "", ""),
    "Singapore": (" Pte Ltd", "", ""),
    "Kenya": (" Ltd", ""),
}


class Firm(NamedTuple):
    name: str
    latin: str
    """The name in Latin letters without accents."""
    domain: str
    trade: Trade
    country: Country
    city: City
    employees: int
    spoken: str
    """How a salesperson writes it in a note: without legal form."""

    @property
    def industry(self) -> str:
        fallback = "Large Enterprise" if self.employees >= 500 else "Small/Medium Enterprise"
        return self.trade.industry or fallback


@cache
def _items(text: str, separator: str | None = None) -> tuple[tuple[str, str], ...]:
    """`native=latin` pairs; one of each where the text has no other script."""
    found = []
    for item in text.split(separator):
        native, _, latin = item.replace("_", " ").partition("=")
        found.append((native, latin or unaccented(native)))
    return tuple(found)


_TRADE_TOTALS = tuple(sum(t.weight for t in TRADES[: n + 1]) for n in range(len(TRADES)))


@dataclass
class Firms:
    """Draws firms; no two share a name or a web address."""

    rng: Random
    names: set[str] = field(default_factory=set)
    domains: set[str] = field(default_factory=set)

    def draw(self, country: Country) -> Firm:
        rng = self.rng
        trade = rng.choices(TRADES, cum_weights=_TRADE_TOTALS)[0]
        city = rng.choice(country.cities)
        tongue = "fr" if city.state == "QC" else country.tongue
        words = WORDS[tongue]
        if trade.key not in words.forms:
            key = rng.choice(tuple(words.forms))
            trade = next(t for t in TRADES if t.key == key)
        spoken, latin = self._spoken(words, trade)
        for attempt in range(12):
            if latin not in self.names:
                break
            spoken, latin = self._spoken(words, trade)
            if attempt >= 8 and latin in self.names:
                spoken, latin = f"{spoken} {city.name}", f"{latin} {unaccented(city.name)}"
        while latin in self.names:
            extra = rng.choice(CULTURES[words.culture].family.split()).replace("_", " ")
            spoken, latin = f"{extra} {spoken}", f"{unaccented(extra)} {latin}"
        self.names.add(latin)
        legal = (
            rng.choice(_LEGAL.get(country.name, ("",)))
            if trade.key != "hospital" and tongue in ("en", "us")
            else ""
        )
        if tongue == "en":
            spoken = spoken.replace("Center", "Centre")
        employees = _head_count(rng, trade.people)
        return Firm(spoken + legal, latin, self._domain(latin), trade, country, city, employees, spoken)

    def _spoken(self, words: Words, trade: Trade) -> tuple[str, str]:
        rng = self.rng
        native, latin = rng.choice(_items(words.forms[trade.key], ";"))
        place = rng.choice(_items(words.places))
        family = CULTURES[words.culture].family
        first, second = rng.choice(_items(family)), rng.choice(_items(family))
        facts = [{"p": place[side], "s": first[side], "t": second[side]} for side in (0, 1)]
        spoken = native.format(**facts[0])
        return spoken[0].upper() + spoken[1:], latin.format(**facts[1])

    def _domain(self, latin: str) -> str:
        plain = latin.lower().replace("'", "").replace("co-op", "coop")
        words = "".join(c if c.isalnum() else " " for c in plain).split()
        keep = [word for word in words if word not in _DROPPED]
        while len("".join(keep)) > 30 and len(keep) > 2:
            keep.pop()
        for slug in ("".join(keep), "-".join(keep), f"{'-'.join(keep)}-group"):
            if slug not in self.domains:
                break
        while slug in self.domains:
            slug = f"{slug}-{self.rng.choice(('fresh', 'hq', 'online', 'direct', 'trade'))}"
        self.domains.add(slug)
        return f"{slug}.example"


_DROPPED = frozenset(
    "gmbh kg co eg mvz bv b v ab sa s sp z o llc ltd pvt inc of for de la du des am i ek for".split()
)


def elsewhere(rng: Random, firm: Firm) -> str:
    """Another city of the firm's country, where it may have a site."""
    return rng.choice(
        [city.name for city in firm.country.cities if city.name != firm.city.name] or [firm.city.name]
    )


def _head_count(rng: Random, median: int) -> int:
    count = round(median * rng.lognormvariate(0, 0.9))
    return max(4, count if count < 60 else round(count, -1) if count < 1500 else round(count, -2))
