"""Quotes, orders and invoices: line items are rows of a subform, and the order comes to what they come to."""

from __future__ import annotations

import pytest

QUOTES = {
    "Quotes": ("Quoted_Items", {}),
    "Sales_Orders": ("Ordered_Items", {}),
    "Invoices": ("Invoiced_Items", {}),
}


@pytest.fixture
def products(api):
    store = api.emulator.store
    made = {}
    for name, price in (("Pump", 1_000), ("Valve", 12.5)):
        made[name] = store.next_id()
        store.load("Products", [{"id": made[name], "Product_Name": name, "Unit_Price": price}])
    return {name: {"id": str(key)} for name, key in made.items()}


async def made(api, module, row, **how):
    reply = await api.write("POST", f"/{module}", row, **how)
    assert reply.status_code == 201, reply.text
    return reply.json()["data"][0]["details"]["id"]


async def one(api, module, key, **how):
    return (await api.get(f"/{module}/{key}", **how)).json()["data"][0]


@pytest.mark.parametrize("module", QUOTES)
@pytest.mark.evidence("inventory.line-items", "inventory.totals", "inventory.mandatory")
async def test_line_items_are_rows_with_ids_in_order_and_the_order_comes_to_their_sum(api, products, module):
    items, more = QUOTES[module]
    row = {
        "Subject": "Ten pumps",
        "Discount": 100,
        "Adjustment": 5,
        "$line_tax": [{"name": "Common Tax", "percentage": 1.5}],
        items: [
            {
                "Product_Name": products["Pump"],
                "Quantity": 10,
                "Discount": 500,
                "Line_Tax": [{"name": "Sales Tax", "percentage": 10}, {"name": "Vat", "percentage": 1}],
            },
            {"Product_Name": products["Valve"], "Quantity": 2, "List_Price": 10.25, "Description": "small"},
        ],
        **more,
    }
    key = await made(api, module, row)
    found = await one(api, module, key)
    first, second = found[items]
    assert first["id"] != second["id"]
    assert [first["Sequence_Number"], second["Sequence_Number"]] == [1, 2]
    assert first["Product_Name"] == {"name": "Pump", "id": products["Pump"]["id"]}
    assert first["Parent_Id"] == {"name": "Ten pumps", "id": key}
    figures = {
        "List_Price": 1000,
        "Total": 10_000,
        "Total_After_Discount": 9_500,
        "Tax": 1_045,
        "Net_Total": 10_545,
    }
    assert {name: first[name] for name in figures} == figures
    assert [(tax["name"], tax["value"]) for tax in first["Line_Tax"]] == [("Sales Tax", 950), ("Vat", 95)]
    assert (second["List_Price"], second["Net_Total"], second["Description"]) == (10.25, 20.5, "small")
    assert found["Sub_Total"] == 10_565.5
    assert [(tax["name"], tax["percentage"], tax["value"]) for tax in found["$line_tax"]] == [
        ("Common Tax", 1.5, 156.98)
    ]
    assert found["Tax"] == 156.98
    assert found["Grand_Total"] == 10_627.48
    assert found["$has_more"] == {items: False}
    rest = {k: v for k, v in row.items() if k != items}
    reply = await api.write("POST", f"/{module}", rest, {**row, items: []})
    assert reply.status_code == 400
    assert [e["details"]["api_name"] for e in reply.json()["data"]] == [items, items]
    assert [e["code"] for e in reply.json()["data"]] == ["MANDATORY_NOT_FOUND"] * 2


@pytest.mark.evidence("inventory.purchase-items", "inventory.mandatory")
async def test_a_purchase_order_takes_its_items_by_both_names_and_needs_a_vendor(api, products):
    vendor = {"id": await made(api, "Vendors", {"Vendor_Name": "Acme"})}
    lines = [{"Product_Name": products["Valve"], "Quantity": 4}]
    for name in ("Purchase_Items", "Purchased_Items"):
        key = await made(api, "Purchase_Orders", {"Subject": name, "Vendor_Name": vendor, name: lines})
        found = await one(api, "Purchase_Orders", key)
        assert [line["Net_Total"] for line in found["Purchase_Items"]] == [50]
        assert found["Grand_Total"] == 50
    reply = await api.write("POST", "/Purchase_Orders", {"Subject": "x", "Purchase_Items": lines})
    assert reply.json()["data"][0]["details"]["api_name"] == "Vendor_Name"


@pytest.mark.evidence("inventory.line-items", "inventory.only-single")
async def test_a_line_needs_a_product_and_a_quantity_and_nothing_is_written_otherwise(api, products):
    bad = (
        ({"Quantity": 1}, "MANDATORY_NOT_FOUND", "$.data[0].Quoted_Items[0].Product_Name"),
        ({"Product_Name": products["Pump"]}, "MANDATORY_NOT_FOUND", "$.data[0].Quoted_Items[0].Quantity"),
        (
            {"Product_Name": {"id": "5"}, "Quantity": 1},
            "INVALID_DATA",
            "$.data[0].Quoted_Items[0].Product_Name.id",
        ),
        (
            {"Product_Name": products["Pump"], "Quantity": "3"},
            "INVALID_DATA",
            "$.data[0].Quoted_Items[0].Quantity",
        ),
        (
            {"Product_Name": products["Pump"], "Quantity": 1, "Line_Tax": 5},
            "INVALID_DATA",
            "$.data[0].Quoted_Items[0].Line_Tax",
        ),
        (
            {
                "Product_Name": products["Pump"],
                "Quantity": 1,
                "Line_Tax": [{"name": "T", "percentage": 1e308}],
            },
            "INVALID_DATA",
            "$.data[0].Quoted_Items[0].Line_Tax[0].percentage",
        ),
        (7, "INVALID_DATA", "$.data[0].Quoted_Items[0]"),
    )
    for line, code, path in bad:
        reply = await api.write("POST", "/Quotes", {"Subject": "Q", "Quoted_Items": [line]})
        entry = reply.json()["data"][0]
        assert (entry["code"], entry["details"]["json_path"]) == (code, path)
    reply = await api.write("POST", "/Quotes", {"Subject": "Q", "Quoted_Items": {"a": 1}})
    assert reply.json()["data"][0]["details"]["expected_data_type"] == "jsonarray"
    assert api.emulator.store.count("Quotes") == api.emulator.store.count("Quoted_Items") == 0
    await made(
        api, "Quotes", {"Subject": "Q", "Quoted_Items": [{"Product_Name": products["Pump"], "Quantity": 1}]}
    )
    listed = (await api.get("/Quotes", fields="Subject,Quoted_Items,Grand_Total")).json()["data"][0]
    assert sorted(listed) == ["Grand_Total", "Subject", "id"]


@pytest.mark.evidence("subforms.update", "inventory.totals")
async def test_an_update_adds_changes_and_deletes_lines_and_the_sums_follow(api, products):
    lines = [
        {"Product_Name": products["Pump"], "Quantity": 1},
        {"Product_Name": products["Valve"], "Quantity": 2},
    ]
    key = await made(api, "Quotes", {"Subject": "Q", "Quoted_Items": lines})
    pump, valve = (await one(api, "Quotes", key))["Quoted_Items"]
    changes = [
        {"id": pump["id"], "_delete": None},
        {"id": valve["id"], "Quantity": 4},
        {"Product_Name": products["Pump"], "Quantity": 3, "List_Price": 2},
    ]
    reply = await api.write("PUT", f"/Quotes/{key}", {"Quoted_Items": changes})
    assert reply.status_code == 200, reply.text
    found = await one(api, "Quotes", key)
    assert [(line["Quantity"], line["Net_Total"]) for line in found["Quoted_Items"]] == [(4, 50), (3, 6)]
    assert found["Quoted_Items"][0]["id"] == valve["id"]
    assert found["Grand_Total"] == 56
    reply = await api.write("PUT", f"/Quotes/{key}", {"Discount": 6})
    assert (await one(api, "Quotes", key))["Grand_Total"] == 50
    reply = await api.write("PUT", f"/Quotes/{key}", {"Quoted_Items": []})
    assert reply.json()["data"][0]["code"] == "MANDATORY_NOT_FOUND"
    assert api.emulator.store.count("Quoted_Items") == 2


@pytest.mark.evidence("inventory.stock")
async def test_orders_move_the_stock_of_their_products_as_they_come_and_go(api, products):
    pump = products["Pump"]
    vendor = {"id": await made(api, "Vendors", {"Vendor_Name": "Acme"})}

    async def stock():
        found = await one(api, "Products", pump["id"])
        return tuple(found[name] for name in ("Qty_in_Stock", "Qty_in_Demand", "Qty_Ordered"))

    def of(items, quantity, **more):
        return {"Subject": "Pumps", items: [{"Product_Name": pump, "Quantity": quantity}], **more}

    async def set_to(module, key, **changes):
        reply = await api.write("PUT", f"/{module}/{key}", changes)
        assert reply.status_code == 200, reply.text

    bought = await made(
        api, "Purchase_Orders", of("Purchase_Items", 10, Vendor_Name=vendor, Status="Created")
    )
    assert await stock() == (None, None, 10)
    await set_to("Purchase_Orders", bought, Status="Delivered")
    assert await stock() == (10, None, 0)
    sold = await made(api, "Sales_Orders", of("Ordered_Items", 3, Status="Created"))
    assert await stock() == (10, 3, 0)
    line = (await one(api, "Sales_Orders", sold))["Ordered_Items"][0]["id"]
    await set_to("Sales_Orders", sold, Ordered_Items=[{"id": line, "Quantity": 5}])
    assert await stock() == (10, 5, 0)
    await set_to("Sales_Orders", sold, Status="Delivered")
    assert await stock() == (10, 0, 0)
    billed = await made(api, "Invoices", of("Invoiced_Items", 4))
    assert await stock() == (6, 0, 0)
    await set_to("Invoices", billed, Description="late")
    assert await stock() == (6, 0, 0)
    await set_to("Invoices", billed, Status="Cancelled")
    await set_to("Purchase_Orders", bought, Status="Cancelled")
    assert await stock() == (0, 0, 0)


@pytest.mark.evidence("inventory.solutions-and-price-books")
async def test_solutions_and_price_books_are_records_like_others(api):
    key = await made(
        api, "Solutions", {"Solution_Title": "Turn it off", "Status": "Draft", "Published": True}
    )
    found = await one(api, "Solutions", key)
    assert found["Solution_Number"]
    assert (found["Published"], found["Status"]) == (True, "Draft")
    details = [{"from_range": 1, "to_range": 10, "discount": 5}]
    key = await made(api, "Price_Books", {"Price_Book_Name": "2026", "Pricing_Details": details})
    found = await one(api, "Price_Books", key)
    assert [{k: v for k, v in item.items() if k != "id"} for item in found["Pricing_Details"]] == details
    assert found["Pricing_Details"][0]["id"]
    reply = await api.write("POST", "/Price_Books", {"Price_Book_Name": "none"})
    assert reply.json()["data"][0]["details"]["api_name"] == "Pricing_Details"


@pytest.mark.evidence("inventory.metadata")
async def test_the_item_modules_are_described_as_subforms_of_their_orders(api):
    modules = {m["api_name"]: m for m in (await api.get("/settings/modules")).json()["modules"]}
    items = modules["Quoted_Items"]
    assert (items["generated_type"], items["parent_module"]["api_name"]) == ("subform", "Quotes")
    assert (items["creatable"], items["show_as_tab"]) == (False, False)
    fields = {f["api_name"]: f for f in (await api.get("/settings/fields", module="Quotes")).json()["fields"]}
    described = fields["Quoted_Items"]
    assert described["data_type"] == "subform"
    assert described["associated_module"] == {"module": "Quoted_Items", "id": items["id"]}
    assert described["subform"] == {"module": "Quoted_Items", "id": items["id"]}
    inner = {
        f["api_name"] for f in (await api.get("/settings/fields", module="Quoted_Items")).json()["fields"]
    }
    assert {"Product_Name", "Quantity", "List_Price", "Net_Total", "Parent_Id", "Sequence_Number"} <= inner


@pytest.mark.evidence("inventory.coql")
async def test_line_items_can_be_queried_by_their_order_and_product(api, products):
    lines = [
        {"Product_Name": products["Pump"], "Quantity": 1},
        {"Product_Name": products["Valve"], "Quantity": 2},
    ]
    await made(api, "Quotes", {"Subject": "First", "Quoted_Items": lines})
    await made(api, "Quotes", {"Subject": "Second", "Quoted_Items": lines[:1]})
    query = "select Quantity, Net_Total, Product_Name.Product_Name from Quoted_Items where Parent_Id.Subject = 'First'"
    rows = (await api.coql(query + " order by Sequence_Number")).json()["data"]
    assert [(r["Quantity"], r["Net_Total"], r["Product_Name.Product_Name"]) for r in rows] == [
        (1, 1000, "Pump"),
        (2, 25, "Valve"),
    ]
    query = (
        "select SUM(Net_Total) as total, Parent_Id from Quoted_Items where Quantity > 0 group by Parent_Id"
    )
    rows = (await api.coql(query)).json()["data"]
    assert sorted(row["total"] for row in rows) == [1000, 1025]


@pytest.mark.evidence("subforms.delete")
async def test_line_items_go_with_their_order_and_are_not_written_by_themselves(api, products):
    lines = [{"Product_Name": products["Pump"], "Quantity": 1}]
    key = await made(api, "Quotes", {"Subject": "Q", "Quoted_Items": lines})
    reply = await api.write("POST", "/Quoted_Items", lines[0])
    assert reply.json()["data"][0]["code"] == "NOT_SUPPORTED"
    listed = await api.get("/Quoted_Items", fields="Quantity")
    assert len(listed.json()["data"]) == 1
    await api.call("DELETE", f"/Quotes/{key}")
    assert api.emulator.store.count("Quoted_Items") == 0


@pytest.mark.evidence("inventory.convert", "inventory.stock")
async def test_a_quote_becomes_an_order_and_the_order_an_invoice_once(api, products):
    lines = [{"Product_Name": products["Pump"], "Quantity": 3, "Discount": 100}]
    row = {
        "Subject": "Pumps",
        "Account_Name": {"id": str(api.ids["acme"])},
        "Adjustment": 5,
        "Quoted_Items": lines,
    }
    quote = await made(api, "Quotes", {**row, "Tag": [{"name": "hot"}], "Quote_Stage": "Confirmed"})

    async def convert(module, key, *wishes):
        body = {"data": [{"convert_to": list(wishes)}]}
        return await api.call("POST", f"/{module}/{key}/actions/convert", json=body)

    reply = await convert("Quotes", quote, {"module": {"api_name": "Sales_Orders"}})
    assert reply.status_code == 200, reply.text
    (item,) = reply.json()["data"]
    assert item["message"] == "The record has been converted successfully"
    assert item["details"]["Sales_Orders"]["name"] == "Pumps"
    order = item["details"]["Sales_Orders"]["id"]
    found = await one(api, "Sales_Orders", order)
    assert (found["Grand_Total"], found["Status"]) == (2_905, "Created")
    assert found["Quote_Name"] == {"name": "Pumps", "id": quote}
    assert found["Account_Name"]["id"] == str(api.ids["acme"])
    assert [tag["name"] for tag in found["Tag"]] == ["hot"]
    again = await convert("Quotes", quote, {"module": {"api_name": "Invoices"}})
    assert (again.status_code, again.json()["code"]) == (400, "ID_ALREADY_CONVERTED")

    wish = {"module": {"api_name": "Invoices"}, "carry_over_tags": False}
    reply = await convert("Sales_Orders", order, wish)
    invoice = await one(api, "Invoices", reply.json()["data"][0]["details"]["Invoices"]["id"])
    assert (invoice["Grand_Total"], invoice["Tag"]) == (2_905, None)
    assert invoice["Sales_Order"]["id"] == order
    assert (await one(api, "Sales_Orders", order))["Status"] == "Delivered"
    pump = await one(api, "Products", products["Pump"]["id"])
    assert (pump["Qty_in_Stock"], pump["Qty_in_Demand"]) == (-3, 0)


@pytest.mark.evidence("inventory.convert")
async def test_what_cannot_be_converted_stays_as_it_is(api, products, refused):
    quote = await made(
        api, "Quotes", {"Subject": "Q", "Quoted_Items": [{"Product_Name": products["Pump"], "Quantity": 1}]}
    )
    path = f"/Quotes/{quote}/actions/convert"
    for wishes, code, where in (
        (None, "MANDATORY_NOT_FOUND", "$.data[0].convert_to"),
        ([], "INVALID_DATA", "$.data[0].convert_to"),
        ([{}], "MANDATORY_NOT_FOUND", "$.data[0].convert_to[0].module"),
        ([{"module": {"api_name": "Deals"}}], "INVALID_DATA", "$.data[0].convert_to[0].module.api_name"),
        (
            [{"module": {"api_name": "Invoices"}}] * 2,
            "INVALID_DATA",
            "$.data[0].convert_to[1].module.api_name",
        ),
    ):
        reply = await api.write("POST", path, {} if wishes is None else {"convert_to": wishes})
        (item,) = reply.json()["data"]
        assert (item["code"], item["details"]["json_path"]) == (code, where)
    assert api.emulator.store.count("Invoices") == 0
    refused(
        await api.write("POST", f"/Deals/{api.ids['pumps']}/actions/convert", {"convert_to": []}),
        "NOT_SUPPORTED",
    )
