"""What orders do to the stock of their products: quantities in stock, in demand and ordered.

A purchase order counts as ordered until it is delivered, which puts it in stock, or cancelled; a sales order counts as
demand until it is delivered or cancelled; an invoice takes from the stock until it is cancelled.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from zcrm_tools.emulator.schema import LINE_ITEMS
from zcrm_tools.emulator.store import quoted

if TYPE_CHECKING:
    from zcrm_tools.emulator.store import Store

Held = Counter[tuple[int, str]]
"""How much an order adds to a column of a product, by product and column."""

_OPEN: Final = {
    "Purchase_Orders": ("Qty_Ordered", 1),
    "Sales_Orders": ("Qty_in_Demand", 1),
    "Invoices": ("Qty_in_Stock", -1),
}
_DELIVERED: Final = {
    "Purchase_Orders": ("Qty_in_Stock", 1),
    "Sales_Orders": None,
    "Invoices": ("Qty_in_Stock", -1),
}


def held(store: Store, module: str, record_id: int) -> Held:
    """What an order as it is stored says of its products."""
    found: Held = Counter()
    order = store.get(module, record_id) if module in _OPEN else None
    if order is None or order["Status"] == "Cancelled":
        return found
    effect = (_DELIVERED if order["Status"] == "Delivered" else _OPEN)[module]
    if effect is not None:
        column, sign = effect
        sql = f"SELECT Product_Name, Quantity FROM {quoted(LINE_ITEMS[module])} WHERE Parent_Id = ?"  # noqa: S608
        for product, quantity in store.fetch(sql, (record_id,)):
            found[product, column] += sign * (quantity or 0)
    return found


def move(store: Store, before: Held, after: Held) -> None:
    """Bring the products from what an order said before a write to what it says after."""
    for product, column in before.keys() | after.keys():
        change = after[product, column] - before[product, column]
        if change:
            sql = f"UPDATE {quoted('Products')} SET {column} = coalesce({column}, 0) + ? WHERE id = ?"  # noqa: S608
            store.execute(sql, (change, product))
