"""Quotes and what comes of them: sales orders, invoices, purchase orders, the price books behind, and the stock they move.

Drawn last and from a stream of its own, so that the rest of the org is as it was without them. The sums follow the
emulator's own rules for orders; a quote comes to its deal's amount before tax.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from zcrm_tools.emulator.seed.moments import Row, between, stamp, touch
from zcrm_tools.emulator.seed.products import PRODUCTS
from zcrm_tools.emulator.seed.world import stream

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from zcrm_tools.emulator.seed.deals import Sale
    from zcrm_tools.emulator.seed.world import World

ORDERS = ("Price_Books", "Quotes", "Sales_Orders", "Purchase_Orders", "Invoices")
LINES = {
    "Quotes": "Quoted_Items",
    "Sales_Orders": "Ordered_Items",
    "Purchase_Orders": "Purchase_Items",
    "Invoices": "Invoiced_Items",
}


class Book(NamedTuple):
    name: str
    about: str
    discounts: tuple[tuple[int, int, float], ...]
    """From and to how many pieces, and the percentage off."""


BOOKS: tuple[Book, ...] = (
    Book("Volume", "For everybody: the more loggers, the less each.", ((1, 49, 0.0), (50, 199, 5.0), (200, 9_999, 10.0))),
    Book("Resellers", "Partners who install and support themselves.", ((1, 19, 20.0), (20, 9_999, 25.0))),
    Book("Public health", "Hospitals under the framework agreement.", ((1, 9_999, 8.0),)),
)  # fmt: skip

_VAT = {"GB": 20.0, "NL": 21.0, "CA": 5.0, "AU": 10.0, "IN": 18.0}
"""Charged to customers at home; American sales tax is left to the accountants."""
_QUOTE_STAGES = {
    "Proposal Sent": ("Draft", "Delivered", "Delivered"),
    "Proposal/Price Quote": ("Delivered", "Delivered", "On Hold", "Negotiation"),
    "Negotiation/Review": ("Negotiation", "Negotiation", "Confirmed"),
    "Closed Won": ("Closed Won",),
    "Closed Lost": ("Closed Lost",),
    "Closed Lost to Competition": ("Closed Lost",),
}
"""By the stage of the deal; deals in other stages have no quote yet."""
_ADDRESS = ("Street", "City", "State", "Code", "Country")
_TERMS = (
    "Prices are valid for thirty days. Delivery within three weeks of your order; payment thirty days net."
)


def draw_orders(world: World, sales: list[Sale], number: int) -> None:
    """About fifty quotes for each unit of scale, half of them ordered, and the purchases that keep the shelves full."""
    rng = stream(number, "orders")
    _books(world, rng)
    ready = [sale for sale in sales if sale.row["Stage"] in _QUOTE_STAGES and sale.row.get("Amount")]
    pending = [sale for sale in ready if sale.ended is None]
    over = [sale for sale in ready if sale.ended is not None]
    chosen = [
        *rng.sample(pending, min(len(pending), 18 * world.scale)),
        *rng.sample(over, min(len(over), 32 * world.scale)),
    ]
    for sale in sorted(chosen, key=_created):
        quote = _quote(world, rng, sale)
        if sale.row["Stage"] == "Closed Won":
            _sell(world, rng, sale, quote)
    for _ in range(12 * world.scale):
        _purchase(world, rng)
    _stock(world)


def _created(sale: Sale) -> datetime:
    created: datetime = sale.row["Created_Time"]
    return created


def _books(world: World, rng: Random) -> None:
    admin = world.staff.one("ops")
    since = max(row["Created_Time"] for row in world.rows["Products"])
    for book in BOOKS:
        row = {
            "Price_Book_Name": book.name,
            "Active": True,
            "Pricing_Model": "Flat",
            "Pricing_Details": [
                {"from_range": first, "to_range": last, "discount": off}
                for first, last, off in book.discounts
            ],
            "Description": book.about,
            "Locked__s": False,
        }
        created = between(rng, since, since + timedelta(days=10), admin.zone)
        world.rows["Price_Books"].append(stamp(row, admin.id, created))


# ---- selling


def _quote(world: World, rng: Random, sale: Sale) -> Row:
    started, now = sale.row["Created_Time"], sale.ended or world.now
    books = world.rows["Price_Books"]
    known = max(started, *(book["Created_Time"] for book in books))
    created = between(
        rng, known, max(known, now - (now - started) * 0.2), world.colleague(sale.row["Owner"]).zone
    )
    row = {
        **_order(world, sale),
        "Quote_Stage": rng.choice(_QUOTE_STAGES[sale.row["Stage"]]),
        "Valid_Till": (created + timedelta(days=30)).date().isoformat(),
        "Terms_and_Conditions": _TERMS,
    }
    stamp(row, sale.row["Owner"], min(created, world.now))
    trade = sale.customer.firm.trade.key
    book = books[1] if trade == "reseller" else books[2] if trade == "hospital" else books[0]
    lines = [_line(world, code, count, book) for code, count in _wanted(sale)]
    lines += _filled(world, lines, sale)
    _add(world, "Quotes", row, lines, before_tax=sale.row["Amount"])
    return row


def _order(world: World, sale: Sale) -> Row:
    account = sale.customer.row
    return {
        "Subject": sale.row["Deal_Name"],
        "Deal_Name": sale.row,
        "Account_Name": account,
        "Contact_Name": sale.contact,
        "Tax": _VAT.get(world.home.code, 0.0) if account["Billing_Country"] == world.home.country else 0.0,
        "Locked__s": False,
        **{f"Billing_{part}": account.get(f"Billing_{part}") for part in _ADDRESS},
        **{f"Shipping_{part}": account.get(f"Billing_{part}") for part in _ADDRESS},
    }


def _wanted(sale: Sale) -> list[tuple[str, int]]:
    """The project's own product and what such a project needs beside it."""
    units, main = sale.units, sale.kind.product
    lines = [(main, units)]
    if main == "KM-GT-MINI" and sale.kind.things == "loggers":
        lines = [("KM-TR2", units), (main, 1 + units // 12)]
    elif main.startswith("KM-TR2"):
        lines += [("KM-GT-LTE", 1 + units // 40), ("KM-CLD", units)]
    elif main.startswith("KM-GT"):
        lines += [("KM-TR2", units * 6), ("KM-CLD", units * 6)]
    elif main == "KM-RD":
        lines.append(("KM-CLD", units))
    return lines


def _filled(world: World, lines: list[Row], sale: Sale) -> list[Row]:
    """Calibration and then days of installation, up to what the deal was agreed at."""
    found: list[Row] = []
    for code, most in (("KM-CAL", 2 * sale.units), ("KM-INS", 60)):
        if any(line["Product_Name"]["Product_Code"] == code for line in lines):
            continue
        open_ = sale.row["Amount"] - sum(line["Net_Total"] for line in (*lines, *found))
        count = min(most, int(open_ // _line(world, code, 1, None)["List_Price"]))
        if count > 0:
            found.append(_line(world, code, count, None))
    return found


def _line(world: World, code: str, count: int, book: Row | None) -> Row:
    product = world.rows["Products"][[one.code for one in PRODUCTS].index(code)]
    price, off = product["Unit_Price"], 0.0
    if book is not None:
        off = next(one["discount"] for one in book["Pricing_Details"] if count <= one["to_range"])
    total = round(price * count, 2)
    discount = round(total * off / 100, 2)
    return {
        "Product_Name": product,
        "Price_Book_Name": book,
        "Quantity": float(count),
        "List_Price": price,
        "Total": total,
        "Discount": discount,
        "Total_After_Discount": round(total - discount, 2),
        "Tax": 0.0,
        "Line_Tax": [],
        "Net_Total": round(total - discount, 2),
    }


def _add(world: World, module: str, row: Row, lines: list[Row], *, before_tax: float | None = None) -> None:
    """Put an order and its lines into the org. `Tax` comes as a percentage and leaves as an amount."""
    subtotal = round(sum(line["Net_Total"] for line in lines), 2)
    row["Sub_Total"] = subtotal
    row.setdefault("Discount", max(0.0, round(subtotal - (before_tax or subtotal), 2)))
    row.setdefault("Adjustment", max(0.0, round((before_tax or subtotal) - subtotal, 2)))
    taxed = subtotal - row["Discount"]
    row["Tax"] = round(taxed * row["Tax"] / 100, 2)
    row["Grand_Total"] = round(taxed + row["Tax"] + row["Adjustment"], 2)
    world.rows[module].append(row)
    times = {name: row[name] for name in ("Created_Time", "Modified_Time")}
    for place, line in enumerate(lines, start=1):
        world.rows[LINES[module]].append({**line, **times, "Parent_Id": row, "Sequence_Number": place})


def _sell(world: World, rng: Random, sale: Sale, quote: Row) -> None:
    """A won quote is ordered, and invoiced once it was delivered."""
    won = sale.ended or world.now
    seller = world.colleague(sale.row["Owner"])
    ordered = between(
        rng, max(won, quote["Created_Time"]), min(won + timedelta(days=6), world.now), seller.zone
    )
    ordered = max(ordered, quote["Created_Time"])
    due = ordered + timedelta(days=21)
    age = (world.now - ordered).days
    status = "Delivered" if age > 24 else "Approved" if age > 4 else "Created"
    if status == "Delivered" and rng.random() < 0.06:
        status = "Cancelled"
    order = {
        **_order(world, sale),
        "Quote_Name": quote,
        "Status": status,
        "Due_Date": due.date().isoformat(),
        "Carrier": rng.choice(("UPS", "DHL", "FedEX")),
        "Purchase_Order": f"PO {rng.randrange(10_000, 99_999)}",
    }
    stamp(order, seller.id, ordered)
    if status == "Delivered":
        touch(order, min(due, world.now), seller.id)
    _copy(world, "Sales_Orders", order, quote, "Quotes")
    if status == "Delivered":
        _invoice(world, rng, sale, order)


def _copy(world: World, module: str, row: Row, source: Row, of: str) -> None:
    """An order with the lines, the discount and the adjustment of the one it comes from."""
    row |= {name: source[name] for name in ("Discount", "Adjustment")}
    kept = ("Created_Time", "Modified_Time", "Parent_Id", "Sequence_Number")
    lines = [
        {name: value for name, value in line.items() if name not in kept}
        for line in world.rows[LINES[of]]
        if line["Parent_Id"] is source
    ]
    _add(world, module, row, lines)


def _invoice(world: World, rng: Random, sale: Sale, order: Row) -> None:
    accounts = world.staff.one("ops")
    sent = between(
        rng, order["Modified_Time"], min(order["Modified_Time"] + timedelta(days=3), world.now), accounts.zone
    )
    invoice = {
        **_order(world, sale),
        "Sales_Order": order,
        "Purchase_Order": order["Purchase_Order"],
        "Status": rng.choice(("Approved", "Delivered", "Delivered")),
        "Invoice_Date": sent.date().isoformat(),
        "Due_Date": (sent + timedelta(days=30)).date().isoformat(),
    }
    del invoice["Deal_Name"]
    stamp(invoice, accounts.id, sent)
    _copy(world, "Invoices", invoice, order, "Sales_Orders")


# ---- buying


def _purchase(world: World, rng: Random) -> None:
    """Hardware is bought from the vendor who makes it, at a bit over half its price."""
    buyer = world.staff.one("ops")
    since = max(row["Created_Time"] for row in (*world.rows["Products"], *world.rows["Vendors"]))
    recent = max(since, world.now - timedelta(days=500))
    created = between(rng, recent, world.now, buyer.zone)
    product = rng.choice([one for one in PRODUCTS if one.category == "Hardware" and "first" not in one.name])
    age = (world.now - created).days
    status = "Delivered" if age > 40 else "Approved" if age > 5 else "Created"
    line = _line(world, product.code, rng.choice((100, 200, 250, 500)), None)
    line["List_Price"] = float(round(line["List_Price"] * 0.55))
    line["Total"] = line["Total_After_Discount"] = line["Net_Total"] = round(
        line["List_Price"] * line["Quantity"], 2
    )
    row = {
        "Subject": f"{product.name}, {created:%B %Y}",
        "Vendor_Name": world.rows["Vendors"][product.vendor or 0],
        "PO_Number": f"KM-{created:%y%m}-{rng.randrange(100, 999)}",
        "PO_Date": created.date().isoformat(),
        "Due_Date": (created + timedelta(days=40)).date().isoformat(),
        "Status": status,
        "Tax": 0.0,
        "Locked__s": False,
    }
    stamp(row, buyer.id, created)
    if status == "Delivered":
        touch(row, min(created + timedelta(days=40), world.now), buyer.id)
    _add(world, "Purchase_Orders", row, [line])


def _stock(world: World) -> None:
    """What open orders say of the products; what lies in stock was counted already."""
    for module, column in (("Sales_Orders", "Qty_in_Demand"), ("Purchase_Orders", "Qty_Ordered")):
        waiting: defaultdict[int, float] = defaultdict(float)
        for line in world.rows[LINES[module]]:
            if line["Parent_Id"]["Status"] not in ("Delivered", "Cancelled"):
                waiting[id(line["Product_Name"])] += line["Quantity"]
        for product in world.rows["Products"]:
            product[column] = waiting[id(product)]
