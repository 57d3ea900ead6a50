"""Whatever is sent to shape the org or to fill its rows is answered as Zoho would, never by an error inside."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zcrm_tools.emulator.customize import DATA_TYPES

JUNK = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**20), 10**20),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=8),
        st.sampled_from(["Accounts", "double", "${Amount} + 1", "count", "Closed Won", "554023000001000001"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                "id api_name module type expression return_type start_number _delete name percentage".split()
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)
PARTS = (
    "length decimal_place unique textarea pick_list_values global_picklist auto_number formula currency lookup"
    " multiselectlookup multiuserlookup rollup_summary api_name system_mandatory tooltip external"
).split()
FIELDS = st.one_of(
    JUNK,
    st.builds(
        lambda label, kind, parts: {"field_label": label, "data_type": kind, **parts},
        st.one_of(st.text(max_size=12), JUNK),
        st.one_of(st.sampled_from(DATA_TYPES), JUNK),
        st.dictionaries(st.sampled_from(PARTS), JUNK, max_size=4),
    ),
)
MODULES = st.dictionaries(
    st.sampled_from("plural_label singular_label profiles api_name display_field id".split()),
    JUNK,
    max_size=5,
)
QUIETLY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def sound(reply):
    assert reply.status_code < 500, reply.text
    assert reply.json()
    return reply.json()


@pytest.mark.evidence("custom-fields.refusals")
@QUIETLY
@given(st.lists(FIELDS, max_size=3))
async def test_no_body_breaks_the_making_and_changing_of_fields(api, rows):
    known = api.emulator.store.modules["Deals"].fields
    body = sound(await api.call("POST", "/settings/fields?module=Deals", json={"fields": rows}))
    made = [entry["details"]["id"] for entry in body.get("fields", ()) if entry["status"] == "success"]
    new = [f for name, f in api.emulator.store.modules["Deals"].fields.items() if name not in known]
    assert [str(f.id) for f in new] == made
    for change in rows:
        sound(await api.call("PATCH", "/settings/fields?module=Deals", json={"fields": [change]}))
        for key in made:
            sound(await api.call("PATCH", f"/settings/fields/{key}?module=Deals", json={"fields": [change]}))
    sound(await api.get(f"/Deals/{api.ids['pumps']}"))
    sound(await api.get("/settings/fields", module="Deals"))
    for f in reversed(new):
        sound(await api.call("DELETE", f"/settings/fields/{f.id}?module=Deals"))


@pytest.mark.evidence("custom-modules.refusals")
@QUIETLY
@given(st.one_of(MODULES, JUNK))
async def test_no_body_breaks_the_making_of_modules(api, row):
    sound(await api.call("POST", "/settings/modules", json={"modules": [row]}))
    sound(await api.call("PUT", "/settings/modules", json={"modules": [row]}))
    sound(await api.call("PUT", "/settings/modules/Leads", json={"modules": [row]}))


LINES = st.dictionaries(
    st.sampled_from("id _delete Product_Name Quantity List_Price Discount Line_Tax Layout Parent_Id".split()),
    JUNK,
    max_size=5,
)


@pytest.mark.evidence("inventory.line-items")
@QUIETLY
@given(st.one_of(st.lists(st.one_of(LINES, JUNK), max_size=3), JUNK), JUNK, JUNK)
async def test_no_line_items_break_an_order_or_leave_half_of_it(api, lines, taxes, details):
    store = api.emulator.store
    if not store.count("Products"):
        store.load("Products", [{"id": 554023000001000001 + 500, "Product_Name": "P", "Unit_Price": 2}])
    before = store.count("Quotes"), store.count("Quoted_Items")
    row = {"Subject": "Q", "Quoted_Items": lines, "$line_tax": taxes}
    body = sound(await api.write("POST", "/Quotes", row))
    if body["data"][0]["status"] == "error":
        assert (store.count("Quotes"), store.count("Quoted_Items")) == before
    sound(await api.write("POST", "/Price_Books", {"Price_Book_Name": "B", "Pricing_Details": details}))
