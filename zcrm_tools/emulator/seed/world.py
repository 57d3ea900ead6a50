"""What every part of the demo org draws from while it is being made."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from zcrm_tools.emulator.seed.firms import Firm, Firms
from zcrm_tools.emulator.seed.people import People, Phones
from zcrm_tools.emulator.seed.places import COUNTRIES, Country

if TYPE_CHECKING:
    from zcrm_tools.emulator.seed.company import Colleague, Home, Staff
    from zcrm_tools.emulator.seed.moments import Row

HISTORY = timedelta(days=1095)
"""How far back the records go."""

_EVERYWHERE = (22, 8, 18, 4, 12, 9, 7, 5, 5, 4, 3, 3, 4, 2, 7, 6, 3, 3, 6, 3, 3)


@dataclass
class World:
    rng: Random
    now: datetime
    scale: int
    home: Home
    staff: Staff
    people: People
    phones: Phones
    firms: Firms
    rows: dict[str, list[Row]]
    firms_of_leads: dict[int, Firm] = field(default_factory=dict)
    """By `id()` of the lead's row: what is known of the firm beyond what the lead's fields hold."""
    _totals: list[int] = field(default_factory=list)

    def country(self) -> Country:
        """Where the next customer is: nearly half of them in the home country, the rest mostly nearby."""
        if not self._totals:
            region = next(c.region for c in COUNTRIES if c.name == self.home.country)
            total = 0
            for country, weight in zip(COUNTRIES, _EVERYWHERE, strict=True):
                near = 110 if country.name == self.home.country else 0
                total += near + weight * (2 if country.region == region else 1)
                self._totals.append(total)
        return self.rng.choices(COUNTRIES, cum_weights=self._totals)[0]

    def money(self, dollars: float) -> float:
        """An amount in the home currency as a person would write it: three figures that matter."""
        amount = dollars * self.home.rate
        digits = len(str(int(amount)))
        step = 10 ** max(1, digits - 3)
        return float(max(step, round(amount / step) * step))

    def colleague(self, user_id: int) -> Colleague:
        return self.staff.by_id[user_id]


def stream(number: int, part: str) -> Random:
    """One source of chance for each part, so that a change in one leaves the others as they were."""
    return Random(f"kelvinmark/{number}/{part}")  # noqa: S311 - the demo must come out the same every time
