"""What an edition allows: credits in a rolling day and calls at once. Counted in this process and not in the file.

https://www.zoho.com/crm/developer/docs/api/v8/api-limits.html
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from zcrm_tools.emulator.replies import Refusal
from zcrm_tools.emulator.store import epoch

if TYPE_CHECKING:
    from zcrm_tools.emulator.credits import Price
    from zcrm_tools.emulator.store import Store

DAY = 86_400
HEAVY_AT_ONCE = 10
HEADER = "X-API-CREDITS-REMAINING"


@dataclass(frozen=True, slots=True)
class Edition:
    """`most` 0: the credits have no upper bound."""

    base: int
    per_user: int
    most: int
    at_once: int


EDITIONS: Mapping[str, Edition] = {
    "free": Edition(5_000, 0, 5_000, 5),
    "standard": Edition(50_000, 250, 100_000, 10),
    "professional": Edition(50_000, 500, 3_000_000, 15),
    "enterprise": Edition(50_000, 1_000, 5_000_000, 20),
    "ultimate": Edition(50_000, 2_000, 0, 25),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """None: what the edition says. `active_tokens` and the rest are of Zoho Accounts."""

    edition: str = "enterprise"
    credits: int | None = None
    at_once: int | None = None
    heavy_at_once: int | None = None
    active_tokens: int = 10
    mints: int = 10
    refresh_tokens: int = 20
    codes: int = 10


BULK: Mapping[str, str] = {"jobs_at_once": "0 or 1", "bulk_read_page": "a number of rows from 1"}
"""Not of an edition but of this org's bulk jobs, and kept as they are: whether a job is done in the call that creates
it, and how many rows a page of a bulk read has; null is Zoho's own."""


class BadLimit(ValueError):
    """A limit that cannot be; the text says why."""


class Limits:
    """The settings lie in the database, and survive a reset; what was used is forgotten with the process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.settings = Settings(**json.loads(store.meta("limits") or "{}"))
        self._spent: deque[tuple[int, int]] = deque()
        self._total = 0
        self._running: Counter[str] = Counter()
        self._heavy: Counter[str] = Counter()

    def change(self, given: Mapping[str, Any]) -> None:
        """Set some limits. Raises BadLimit."""
        known = {field.name for field in fields(Settings)} | BULK.keys()
        bulk = {name: value for name, value in given.items() if name in BULK}
        for name, value in given.items():
            if name not in known:
                raise BadLimit(f"There is no limit {name!r}; there are {', '.join(sorted(known))}.")
            if name in BULK:
                _check_bulk(name, value)
            elif name == "edition":
                if value not in EDITIONS:
                    raise BadLimit(f"An edition is one of {', '.join(EDITIONS)}, not {value!r}.")
            elif value is None:
                if getattr(Settings(), name) is not None:
                    raise BadLimit(f'"{name}" is a number.')
            elif not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise BadLimit(f'"{name}" is a number from 0.')
        self.settings = replace(self.settings, **{k: v for k, v in given.items() if k not in BULK})
        self._store.set_meta("limits", json.dumps(asdict(self.settings)))
        for name, value in bulk.items():
            self._store.set_meta(name, value or 0)

    def reset(self) -> None:
        """Nothing was used yet."""
        self._spent.clear()
        self._total = 0

    @property
    def daily(self) -> int:
        """Credits in any 24 hours."""
        if self.settings.credits is not None:
            return self.settings.credits
        edition = EDITIONS[self.settings.edition]
        ((users,),) = self._store.fetch("SELECT count(*) FROM \"Users\" WHERE status = 'active'")
        found = edition.base + edition.per_user * int(users)
        return min(found, edition.most) if edition.most else found

    @property
    def used(self) -> int:
        since = epoch(self._store.clock.now()) - DAY
        while self._spent and self._spent[0][0] <= since:
            self._total -= self._spent.popleft()[1]
        return self._total

    def header(self) -> str | None:
        """What is left, once half is used."""
        used, daily = self.used, self.daily
        return str(max(daily - used, 0)) if used * 2 >= daily else None

    @contextmanager
    def admitted(self, app: str, price: Price) -> Iterator[None]:
        """Hold a client's place while its call runs. Raises Zoho's 429, which costs nothing."""
        edition = EDITIONS[self.settings.edition]
        at_once = edition.at_once if self.settings.at_once is None else self.settings.at_once
        heavy = HEAVY_AT_ONCE if self.settings.heavy_at_once is None else self.settings.heavy_at_once
        if (
            self.used + price.credits > self.daily
            or self._running[app] + price.places > at_once
            or (price.heavy and self._heavy[app] >= heavy)
        ):
            raise too_many()
        self._spend(price.credits)
        self._running[app] += price.places
        self._heavy[app] += price.heavy
        try:
            yield
        finally:
            self._running[app] -= price.places
            self._heavy[app] -= price.heavy

    def report(self) -> dict[str, Any]:
        edition = EDITIONS[self.settings.edition]
        return {
            **asdict(self.settings),
            "at_once": edition.at_once if self.settings.at_once is None else self.settings.at_once,
            "heavy_at_once": HEAVY_AT_ONCE
            if self.settings.heavy_at_once is None
            else self.settings.heavy_at_once,
            **{name: self._store.meta(name) or None for name in BULK},
            "credits": self.daily,
            "used": self.used,
        }

    def _spend(self, credits: int) -> None:
        now, before = epoch(self._store.clock.now()), 0
        if self._spent and self._spent[-1][0] == now:
            before = self._spent.pop()[1]
        self._spent.append((now, before + credits))
        self._total += credits


def _check_bulk(name: str, value: object) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if value is not None and not (whole and (name != "jobs_at_once" or value in (0, 1))):
        raise BadLimit(f'"{name}" is {BULK[name]}, or null.')


def too_many() -> Refusal:
    """One body for the day's credits and for calls at once: Zoho does not tell them apart."""
    message = (
        "Number of API requests for the 24 hour period is exceeded or the concurrency limit of the user for the app"
        " is exceeded"
    )
    return Refusal("TOO_MANY_REQUESTS", message, status=429)
