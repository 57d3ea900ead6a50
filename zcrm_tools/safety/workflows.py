"""Which workflow rules a plan may set off, by name: shown to the person who is asked, so looked up only for those plans.

Zoho's list is kept for a quarter of an hour. What cannot be read is unknown, and no rule found is no promise either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from zcrm_tools.crm import setup
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import (
    Convert,
    Create,
    Delete,
    Merge,
    Request,
    Restore,
    Tags,
    Transition,
    Update,
    Write,
)
from zcrm_tools.errors import ZcrmError

KEPT = timedelta(minutes=15)
Occasion = tuple[str, Literal["create", "update", "delete"]]


@dataclass(frozen=True, slots=True)
class Workflows:
    org: Org
    now: Callable[[], datetime]
    _known: dict[Occasion, tuple[datetime, setup.Firing]] = field(default_factory=dict)

    async def of(self, writes: Sequence[Write]) -> list[str]:
        """Names of rules; with "unknown" among them where Zoho's list could not be read. Empty: none is listed."""
        found: set[str] = set()
        for occasion in dict.fromkeys(one for write in writes for one in _occasions(write)):
            firing = await self._firing(occasion)
            found |= {"unknown"} if firing == "unknown" else set(firing)
        if any(isinstance(write, Request) for write in writes):
            found.add("unknown")
        return sorted(found, key=lambda name: (name == "unknown", name))

    async def _firing(self, occasion: Occasion) -> setup.Firing:
        at, firing = self._known.get(occasion, (None, ()))
        if at is not None and self.now() < at + KEPT:
            return firing
        try:
            read: setup.Firing = await setup.may_fire(self.org, *occasion)
        except ZcrmError:
            read = "unknown"
        self._known[occasion] = (self.now(), read)
        return read


def _occasions(write: Write) -> Iterator[Occasion]:
    match write:
        case Create() | Restore():
            yield write.module, "create"
        case Update() | Tags() | Transition():
            yield write.module, "update"
        case Delete():
            yield write.module, "delete"
        case Merge():
            yield from ((write.module, "update"), (write.module, "delete"))
        case Convert(values=values):
            yield "Leads", "update"
            yield from (
                (module, "create")
                for module in ("Contacts", "Accounts", "Deals")
                if (module != "Deals" or values.get("Deals")) and "id" not in (values.get(module) or {})
            )
