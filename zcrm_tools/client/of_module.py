"""What every operation of a module starts from: its API name, and fields by what people call them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zcrm_tools.client import writing
from zcrm_tools.client.sides import Bound, Reach
from zcrm_tools.endpoints import API_VERSION
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem
from zcrm_tools.metadata import values
from zcrm_tools.metadata.catalogue import Fields
from zcrm_tools.models.record import naming_field

Names = Sequence[str]
_LISTED = 50
_UNLISTED = frozenset({"subform", "multiselectlookup", "multiuserlookup", "profileimage", "ALARM", "RRULE"})
"""Types that lists leave out or that say nothing there."""


class OfModule(Bound):
    """Knows its module's API name and fields, once asked."""

    def __init__(self, reach: Reach, name: str, version: str = API_VERSION) -> None:
        super().__init__(reach)
        self.name = name
        self.version = version

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    async def _module(self) -> str:
        """The API name. A standard module's is known; another's is looked up by name or label."""
        if self.name not in STANDARD:
            self.name = (await self.reach.org.catalogue.module(self.name)).api_name
        return self.name

    async def _fields(self) -> Fields:
        return await self.reach.org.catalogue.fields(await self._module())

    async def _names(self, asked: Names) -> list[str]:
        """API names of the fields asked for, also in one text with commas; without any, as many as one list gives."""
        known = await self._fields()
        if isinstance(asked, str):
            asked = [name.strip() for name in asked.split(",") if name.strip()]
        if not asked:
            useful = [f.api_name for f in known.values() if f.data_type not in _UNLISTED]
            first = [naming_field(self.name)] if naming_field(self.name) in known else []
            return list(dict.fromkeys([*first, *useful]))[:_LISTED]
        found = list(writing.named(self.name, known, dict.fromkeys(asked), self._map()))
        unknown = [name for name in found if name not in known and not _beyond(name)]
        if unknown:
            raise InvalidInput(*(no_field(name, known) for name in unknown))
        return found

    def _map(self) -> Mapping[str, str]:
        return self.reach.maps.get(self.name, {})


STANDARD = frozenset(
    "Leads Contacts Accounts Deals Tasks Events Calls Notes Cases Products Campaigns Vendors Quotes Sales_Orders "
    "Purchase_Orders Invoices Price_Books Solutions".split()
)
"""API names that need no looking up."""


def _beyond(name: str) -> bool:
    """Names that the list of fields does not hold and lists take all the same."""
    return name == "id" or name.startswith("$") or "." in name


def no_field(name: str, known: Fields) -> Problem:
    message, close = values.unknown_field(name, known)
    return Problem("UNKNOWN_FIELD", message, NOTHING_SENT, field=name, closest=close)
