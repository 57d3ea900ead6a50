"""Quotes, sales orders, purchase orders and invoices: what the line items come to.

A line's price is its product's when it names none; its taxes are percentages of what is left after the discount. The
order's own taxes are percentages of the sum of the lines less the order's discount.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from zcrm_tools.emulator import refusals
from zcrm_tools.emulator.schema import LINE_ITEMS, LINE_TAX, ModuleDef
from zcrm_tools.emulator.store import Store, quoted

PLACES = 2


def checked_taxes(value: Any, path: str) -> list[dict[str, Any]]:
    """The taxes of a line or an order, each with a name and a percentage."""
    if not isinstance(value, list):
        raise refusals.wrong_type(path, "jsonarray")
    for at, tax in enumerate(value):
        if not isinstance(tax, dict):
            raise refusals.wrong_type(f"{path}[{at}]", "jsonobject")
        if not isinstance(tax.get("name"), str):
            raise refusals.missing_key(f"{path}[{at}].name")
        percentage = tax.get("percentage")
        if isinstance(percentage, bool) or not isinstance(percentage, (int, float)):
            raise refusals.wrong_type(f"{path}[{at}].percentage", "double")
        if not 0 <= percentage <= 100:
            raise refusals.bad_value(f"{path}[{at}].percentage", range=[0, 100])
    return value


def settle(store: Store, module: ModuleDef, record_id: int, row: Mapping[str, Any], path: str) -> None:
    """Work out the lines and the sums of an order that has just been written. `row` is the JSON it was written by."""
    items = store.modules[LINE_ITEMS[module.api_name]]
    sql = f"SELECT id FROM {quoted(items.api_name)} WHERE {quoted('Parent_Id')} = ? ORDER BY Sequence_Number IS NULL, Sequence_Number, id"  # noqa: S608
    subtotal = 0.0
    for number, (item_id,) in enumerate(store.fetch(sql, (record_id,)), start=1):
        line = _line(store, store.get(items.api_name, item_id) or {})
        subtotal += line["Net_Total"]
        store.update(items.api_name, item_id, {**line, "Sequence_Number": number})
    order = store.get(module.api_name, record_id) or {}
    taxes = json.loads(order[LINE_TAX] or "[]")
    if LINE_TAX in row:
        taxes = checked_taxes(row[LINE_TAX] or [], f"{path}.{LINE_TAX}")
    taxed = subtotal - (order["Discount"] or 0)
    shown, tax = _taxes(store, taxes, taxed)
    changes: dict[str, Any] = {"Sub_Total": round(subtotal, PLACES)}
    if taxes or LINE_TAX in row:
        changes |= {LINE_TAX: json.dumps(shown) if shown else None, "Tax": tax}
    else:
        tax = order["Tax"] or 0
    changes["Grand_Total"] = round(taxed + tax + (order["Adjustment"] or 0), PLACES)
    store.update(module.api_name, record_id, changes)


def _line(store: Store, item: Mapping[str, Any]) -> dict[str, Any]:
    price = item["List_Price"]
    if price is None:
        price = (store.get("Products", item["Product_Name"]) or {}).get("Unit_Price") or 0
    total = round((item["Quantity"] or 0) * price, PLACES)
    after = round(total - (item["Discount"] or 0), PLACES)
    taxes, tax = _taxes(store, json.loads(item["Line_Tax"] or "[]"), after)
    return {
        "List_Price": price,
        "Total": total,
        "Discount": item["Discount"] or 0,
        "Total_After_Discount": after,
        "Line_Tax": json.dumps(taxes),
        "Tax": tax,
        "Net_Total": round(after + tax, PLACES),
    }


def _taxes(store: Store, taxes: list[dict[str, Any]], amount: float) -> tuple[list[dict[str, Any]], float]:
    shown = [
        {
            "percentage": tax["percentage"],
            "name": tax["name"],
            "id": str(tax.get("id") or store.next_id()),
            "value": round(amount * tax["percentage"] / 100, PLACES),
        }
        for tax in taxes
    ]
    return shown, round(sum(tax["value"] for tax in shown), PLACES)
