"""Lead, Contact, Account and Deal with plain names, for code that should not know Zoho's.

Which of Zoho's fields stands behind a name is a field map, and an org's own differences go on top of the standard one:
`read(record, {"source": "Origin"})`. Every value may be None, as every field may be empty or not fetched.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Self

from zcrm_tools.models.record import Lookup, Record

FieldMap = Mapping[str, str]
"""Plain name → API name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unified:
    """What the four have in common."""

    MODULE: ClassVar[str] = ""
    FIELDS: ClassVar[FieldMap] = {}

    id: str = ""
    owner: Lookup | None = None
    created_time: datetime | None = None
    modified_time: datetime | None = None
    description: str | None = None

    @classmethod
    def names(cls, own: FieldMap | None = None) -> dict[str, str]:
        """The field map with an org's own on top. ValueError for a plain name that the model does not have."""
        unknown = sorted((own or {}).keys() - cls.FIELDS.keys())
        if unknown:
            raise ValueError(
                f"{cls.__name__} has no {', '.join(unknown)}; its names are {', '.join(cls.FIELDS)}"
            )
        return {**cls.FIELDS, **(own or {})}

    @classmethod
    def read(cls, record: Record, own: FieldMap | None = None) -> Self:
        """From a record of the module; names whose field was not fetched are None."""
        read: dict[str, Any] = {
            plain: _READ[plain](record, api_name) if plain in _READ else record.text(api_name)
            for plain, api_name in cls.names(own).items()
            if api_name in record
        }
        return cls(**{"id": record.id, **read})

    def written(self, own: FieldMap | None = None) -> dict[str, Any]:
        """The filled, writable values by API name, ready for create and update."""
        return {
            api_name: _json(value)
            for plain, api_name in self.names(own).items()
            if plain not in _SYSTEM and (value := getattr(self, plain)) is not None
        }

    def replaced(self, **values: Any) -> Self:
        return dataclasses.replace(self, **values)


_COMMON = {
    "owner": "Owner",
    "created_time": "Created_Time",
    "modified_time": "Modified_Time",
    "description": "Description",
}
_PERSON = {"first_name": "First_Name", "last_name": "Last_Name", "email": "Email", "phone": "Phone", "mobile": "Mobile"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead(Unified):
    MODULE: ClassVar[str] = "Leads"
    FIELDS: ClassVar[FieldMap] = {
        **_PERSON,
        **_COMMON,
        "company": "Company",
        "title": "Designation",
        "source": "Lead_Source",
        "status": "Lead_Status",
        "website": "Website",
        "industry": "Industry",
        "city": "City",
        "country": "Country",
    }

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    company: str | None = None
    title: str | None = None
    source: str | None = None
    status: str | None = None
    website: str | None = None
    industry: str | None = None
    city: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Unified):
    MODULE: ClassVar[str] = "Contacts"
    FIELDS: ClassVar[FieldMap] = {
        **_PERSON,
        **_COMMON,
        "account": "Account_Name",
        "title": "Title",
        "source": "Lead_Source",
        "city": "Mailing_City",
        "country": "Mailing_Country",
    }

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    account: Lookup | None = None
    title: str | None = None
    source: str | None = None
    city: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Unified):
    MODULE: ClassVar[str] = "Accounts"
    FIELDS: ClassVar[FieldMap] = {
        **_COMMON,
        "name": "Account_Name",
        "phone": "Phone",
        "website": "Website",
        "industry": "Industry",
        "kind": "Account_Type",
        "annual_revenue": "Annual_Revenue",
        "city": "Billing_City",
        "country": "Billing_Country",
        "parent": "Parent_Account",
    }

    name: str | None = None
    phone: str | None = None
    website: str | None = None
    industry: str | None = None
    kind: str | None = None
    annual_revenue: Decimal | None = None
    city: str | None = None
    country: str | None = None
    parent: Lookup | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal(Unified):
    MODULE: ClassVar[str] = "Deals"
    FIELDS: ClassVar[FieldMap] = {
        **_COMMON,
        "name": "Deal_Name",
        "stage": "Stage",
        "pipeline": "Pipeline",
        "amount": "Amount",
        "close_date": "Closing_Date",
        "probability": "Probability",
        "account": "Account_Name",
        "contact": "Contact_Name",
        "source": "Lead_Source",
        "next_step": "Next_Step",
    }

    name: str | None = None
    stage: str | None = None
    pipeline: str | None = None
    amount: Decimal | None = None
    close_date: date | None = None
    probability: Decimal | None = None
    account: Lookup | None = None
    contact: Lookup | None = None
    source: str | None = None
    next_step: str | None = None


MODELS: dict[str, type[Unified]] = {model.MODULE: model for model in (Lead, Contact, Account, Deal)}
_SYSTEM = frozenset({"created_time", "modified_time"})
_READ: Mapping[str, Any] = {
    **dict.fromkeys(("owner", "account", "contact", "parent"), Record.lookup),
    **dict.fromkeys(("created_time", "modified_time"), Record.moment),
    **dict.fromkeys(("amount", "annual_revenue", "probability"), Record.money),
    "close_date": Record.date,
}


def _json(value: Any) -> Any:
    match value:
        case Lookup():
            return {"id": value.id}
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case date():
            return value.isoformat()
    return value
