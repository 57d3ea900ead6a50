"""A record as the API returned it: a light, read-only mapping of field API names to JSON values.

Nothing is validated when it arrives, as that costs more than decoding it; the accessors read a value when it is asked
for. A custom field or a type nobody knew is simply there, as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Lookup:
    """Another record or a user, as a field points to it. `email` only of users, `module` only where Zoho names it."""

    id: str
    name: str = ""
    email: str = ""
    module: str = ""

    @classmethod
    def of(cls, value: Any) -> Lookup | None:
        """From JSON: an object with an id, or an id alone as COQL and old versions give it."""
        if isinstance(value, Mapping) and value.get("id"):
            module = value.get("module")
            api_name = module.get("api_name") if isinstance(module, Mapping) else module
            return cls(
                str(value["id"]),
                str(value.get("name") or ""),
                str(value.get("email") or ""),
                str(api_name or ""),
            )
        return cls(str(value)) if isinstance(value, str | int) and str(value).isdigit() else None


class Record(Mapping[str, Any]):
    """Read a value by `record["Field"]`, or with its type by the methods; each gives None for an empty field.

    KeyError for a field that was not fetched, from the methods too: absent and empty are not the same.
    """

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

    @property
    def owner(self) -> Lookup | None:
        return self.lookup("Owner")

    @property
    def created_time(self) -> datetime | None:
        return self.moment("Created_Time")

    @property
    def modified_time(self) -> datetime | None:
        return self.moment("Modified_Time")

    @property
    def created_by(self) -> Lookup | None:
        return self.lookup("Created_By")

    @property
    def modified_by(self) -> Lookup | None:
        return self.lookup("Modified_By")

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(str(tag["name"]) for tag in self._values["Tag"] or ())

    def text(self, field: str) -> str | None:
        value = self._values[field]
        return None if value is None else str(value)

    def lookup(self, field: str) -> Lookup | None:
        """ValueError when the field holds something that points nowhere."""
        value = self._values[field]
        if value is None or value == "":
            return None
        found = Lookup.of(value)
        if found is None:
            raise ValueError(f"{field} is no lookup: {value!r}")
        return found

    def date(self, field: str) -> date | None:
        """ValueError when the field holds no date."""
        value = self._values[field]
        return date.fromisoformat(str(value)) if value else None

    def moment(self, field: str) -> datetime | None:
        """With its offset, which is that of the signed-in user's time zone. ValueError when it is no moment."""
        value = self._values[field]
        return datetime.fromisoformat(str(value)) if value else None

    def money(self, field: str) -> Decimal | None:
        """Also for other numbers: the digits that Zoho sent, up to the 15 that JSON numbers are sure to keep.

        decimal.InvalidOperation when it is no number.
        """
        value = self._values[field]
        return None if value is None or value == "" else Decimal(str(value))

    def choices(self, field: str) -> tuple[str, ...]:
        """The values of a multi-select; `a;b` as COQL and CSV give them is read too."""
        value = self._values[field]
        if isinstance(value, str):
            return tuple(part for part in value.split(";") if part)
        return tuple(str(part) for part in value or ())

    def rows(self, field: str) -> tuple[Record, ...]:
        """The rows of a subform, which come only with a single record. Written back, a row with its id is updated."""
        return tuple(Record(field, row) for row in self._values[field] or ())

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<Record {self.module} {self.id}{f' {self.name!r}' if self.name else ''}>"

    def _repr_html_(self) -> str:
        from zcrm_tools.screens import page

        shown = {name: value for name, value in self._values.items() if not name.startswith("$")}
        return page.facts(self.name or self.id, f"{self.module} {self.id}", shown)


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
    "Quotes": "Subject",
    "Sales_Orders": "Subject",
    "Purchase_Orders": "Subject",
    "Invoices": "Subject",
    "Price_Books": "Price_Book_Name",
    "Solutions": "Solution_Title",
}
"""The field that names a record; custom modules use `Name`."""


def naming_field(module: str) -> str:
    return NAMING_FIELDS.get(module, "Name")


def display_name(module: str, values: Mapping[str, Any]) -> str:
    if named := values.get(naming_field(module)):
        return str(named)
    return " ".join(str(part) for name in ("First_Name", "Last_Name") if (part := values.get(name)))
