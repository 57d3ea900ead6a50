"""A record as the API returned it: a light, read-only mapping of field API names to JSON values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Record(Mapping[str, Any]):
    """Not validated (that costs more than decoding); custom fields are simply there."""

    __slots__ = ("_values", "module")

    def __init__(self, module: str, values: Mapping[str, Any]) -> None:
        self.module = module
        self._values = values

    @property
    def id(self) -> str:
        return str(self._values.get("id", ""))

    @property
    def name(self) -> str:
        """The text people know the record by; empty when no naming field was fetched."""
        return display_name(self.module, self._values)

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<Record {self.module} {self.id} {self.name!r}>"


NAMING_FIELDS: dict[str, str] = {
    "Leads": "Full_Name",
    "Contacts": "Full_Name",
    "Accounts": "Account_Name",
    "Deals": "Deal_Name",
    "Tasks": "Subject",
    "Events": "Event_Title",
    "Calls": "Subject",
    "Notes": "Note_Title",
    "Cases": "Subject",
    "Products": "Product_Name",
    "Campaigns": "Campaign_Name",
    "Vendors": "Vendor_Name",
}
"""The field that names a record; custom modules use `Name`."""


def naming_field(module: str) -> str:
    return NAMING_FIELDS.get(module, "Name")


def display_name(module: str, values: Mapping[str, Any]) -> str:
    if named := values.get(naming_field(module)):
        return str(named)
    return " ".join(str(part) for name in ("First_Name", "Last_Name") if (part := values.get(name)))
