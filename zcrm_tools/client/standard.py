"""The standard modules as attributes of a client."""

from __future__ import annotations

from typing import Self, overload

from zcrm_tools.client.module import AsyncModule, Module
from zcrm_tools.client.sides import AsyncSide, SyncSide


class Standard:
    """A module as an attribute of a client, exactly typed on both sides."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<the module {self.name}>"

    @overload
    def __get__(self, bound: None, owner: type) -> Self: ...
    @overload
    def __get__(self, bound: AsyncSide, owner: type) -> AsyncModule: ...
    @overload
    def __get__(self, bound: SyncSide, owner: type) -> Module: ...
    def __get__(self, bound: AsyncSide | SyncSide | None, owner: type) -> object:
        match bound:
            case AsyncSide():
                return AsyncModule(bound.reach, self.name)
            case SyncSide():
                return Module(bound.reach, self.name)
        return self


class Modules:
    """The standard modules. `crm.module(name)` gives any other."""

    leads = Standard("Leads")
    contacts = Standard("Contacts")
    accounts = Standard("Accounts")
    deals = Standard("Deals")
    tasks = Standard("Tasks")
    events = Standard("Events")
    calls = Standard("Calls")
    notes = Standard("Notes")
    cases = Standard("Cases")
    products = Standard("Products")
    campaigns = Standard("Campaigns")
    vendors = Standard("Vendors")
    quotes = Standard("Quotes")
    sales_orders = Standard("Sales_Orders")
    purchase_orders = Standard("Purchase_Orders")
    invoices = Standard("Invoices")
    price_books = Standard("Price_Books")
    solutions = Standard("Solutions")


def attributes() -> dict[str, str]:
    """API name → the client's attribute, for the modules that have one."""
    return {made.name: name for name, made in vars(Modules).items() if isinstance(made, Standard)}
