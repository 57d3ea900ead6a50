"""Roll-up summaries: they follow the related records, whoever writes those and however."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def field(function, parameter=None, criteria=None, label="Summary", child="Deals", related=None):
    expression = {"function": function}
    if parameter:
        expression["function_parameters"] = [{"api_name": parameter}]
    if criteria:
        expression["criteria"] = criteria
    rollup = {"expression": expression, "based_on_module": {"api_name": child}}
    if related:
        rollup["related_list"] = {"api_name": related}
    return {"field_label": label, "data_type": "rollup_summary", "rollup_summary": rollup}


async def add(api, *fields, module="Accounts"):
    return await api.call("POST", f"/settings/fields?module={module}", json={"fields": list(fields)})


async def value(api, key, name="Summary"):
    return (await api.get(f"/Accounts/{api.ids[key]}", fields=name)).json()["data"][0][name]


WON = {"comparator": "equal", "field": {"api_name": "Stage"}, "value": "Closed Won"}


@pytest.mark.evidence("rollup.functions")
@pytest.mark.parametrize(
    ("function", "parameter", "criteria", "acme", "bolt"),
    [
        ("count", None, None, 1, 2),
        ("count", None, WON, 0, 2),
        ("sum", "Amount", None, 1_000, 5_000.25),
        ("average", "Probability", None, 10, 100),
        ("min", "Closing_Date", None, "2026-12-01", "2026-10-01"),
        ("maximum", "Closing_Date", None, "2026-12-01", "2026-11-01"),
        ("max", "Amount", WON, None, 5_000.25),
        (
            "count",
            None,
            {
                "group_operator": "or",
                "group": [
                    WON,
                    {"comparator": "greater_than", "field": {"api_name": "Amount"}, "value": "500"},
                ],
            },
            1,
            2,
        ),
    ],
)
async def test_each_function_summarises_the_records_that_are_there(
    api, function, parameter, criteria, acme, bolt
):
    reply = await add(api, field(function, parameter, criteria))
    assert reply.status_code == 201, reply.text
    assert [await value(api, "acme"), await value(api, "bolt")] == [acme, bolt]


@pytest.mark.evidence("rollup.follows")
async def test_a_summary_follows_what_happens_to_related_records(api):
    await add(api, field("sum", "Amount"), field("count", label="Number"))
    created = await api.write(
        "POST",
        "/Deals",
        {
            "Deal_Name": "D",
            "Stage": "Qualification",
            "Amount": 5,
            "Account_Name": {"id": str(api.ids["acme"])},
        },
    )
    key = created.json()["data"][0]["details"]["id"]
    assert (await value(api, "acme"), await value(api, "acme", "Number")) == (1_005, 2)
    await api.write("PUT", f"/Deals/{key}", {"Amount": 7})
    assert await value(api, "acme") == 1_007
    await api.write("PUT", f"/Deals/{key}", {"Account_Name": {"id": str(api.ids["bolt"])}})
    assert (await value(api, "acme"), await value(api, "bolt")) == (1_000, 5_007.25)
    await api.call("DELETE", f"/Deals/{key}")
    assert (await value(api, "bolt"), await value(api, "bolt", "Number")) == (5_000.25, 2)
    reply = await api.write("POST", "/Accounts", {"Account_Name": "Empty", "Number": 9})
    empty = reply.json()["data"][0]["details"]["id"]
    assert api.stored("Accounts", empty)["Number"] == 0
    rows = (
        await api.coql("select Account_Name, Number from Accounts where Number >= 1 order by Number")
    ).json()["data"]
    assert [(row["Account_Name"], row["Number"]) for row in rows] == [("Acme Works", 1), ("Bolt Ltd", 2)]


@pytest.mark.evidence("rollup.functions", "rollup.refused")
async def test_a_summary_is_described_deleted_and_refused_when_it_cannot_be_kept(api):
    reply = await add(api, field("sum", "Amount"))
    key = reply.json()["fields"][0]["details"]["id"]
    fields = {
        f["api_name"]: f for f in (await api.get("/settings/fields", module="Accounts")).json()["fields"]
    }
    item = fields["Summary"]
    assert item["rollup_summary"]["return_type"] == "double"
    assert item["rollup_summary"]["expression"]["function"] == "sum"
    assert (item["data_type"], item["read_only"], item["ui_type"]) == ("rollup_summary", True, 118)
    for bad in (
        field("median", "Amount", label="A"),
        field("sum", "Stage", label="A"),
        field("sum", "Amount", label="A", child="Leads"),
        field("count", label="A", child="Nowhere"),
        field("count", None, {**WON, "comparator": "sounds_like"}, label="A"),
        field("count", None, {**WON, "field": {"api_name": "Amount"}}, label="A"),
    ):
        entry = (await add(api, bad)).json()["fields"][0]
        assert (entry["code"], entry["details"]["json_path"]) == (
            "INVALID_DATA",
            "$.fields[0].rollup_summary",
        )
    assert (await api.call("DELETE", f"/settings/fields/{key}?module=Accounts")).status_code == 200
    await api.write("PUT", f"/Deals/{api.ids['pumps']}", {"Amount": 7})
    assert "Summary" not in api.stored("Accounts", api.ids["acme"])


@pytest.mark.evidence("rollup.functions", "rollup.follows")
async def test_the_rows_of_a_subform_are_summarised_too(api):
    await add(api, {"field_label": "Lines", "data_type": "subform"})
    await add(api, {"field_label": "Points", "data_type": "integer"}, module="Lines")
    assert (await add(api, field("sum", "Points", child="Lines"))).status_code == 201
    await api.write("PUT", f"/Accounts/{api.ids['acme']}", {"Lines": [{"Points": 3}, {"Points": 4}]})
    assert await value(api, "acme") == 7


@pytest.mark.evidence("rollup.functions", "rollup.coql")
async def test_the_documented_query_over_the_last_note_runs(api):
    fields = [
        field("max", "Created_Time", label="Last Note Added On", child="Notes"),
        field("count", label="Notes written", child="Notes"),
    ]
    assert (await add(api, *fields, module="Leads")).status_code == 201
    await api.write("POST", f"/Leads/{api.ids['smith']}/Notes", {"Note_Content": "a"}, {"Note_Content": "b"})
    await api.write("POST", f"/Contacts/{api.ids['boyle']}/Notes", {"Note_Content": "c"})
    query = "select Last_Note_Added_On, Notes_written from Leads where Notes_written > 0"
    (row,) = (await api.coql(query)).json()["data"]
    assert row == {
        "Last_Note_Added_On": "2026-11-24T09:00:00+00:00",
        "Notes_written": 2,
        "id": str(api.ids["smith"]),
    }


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "move", "price", "drop"]), st.integers(0, 5), st.integers(-50, 50)),
    max_size=12,
)


@pytest.mark.evidence("rollup.follows")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
async def test_no_order_of_writes_leaves_a_summary_stale(api, steps):
    store = api.emulator.store
    if "Summary" not in store.modules["Accounts"].fields:
        await add(api, field("sum", "Amount"), field("count", None, WON, label="Won"))
    accounts = [api.ids["acme"], api.ids["bolt"], None]
    for step, which, amount in steps:
        deals = [key for (key,) in store.fetch('SELECT id FROM "Deals" ORDER BY id')]
        if step == "add" or not deals:
            store.load("Deals", [{"Deal_Name": "d", "Amount": amount, "Account_Name": accounts[which % 3]}])
            continue
        deal = deals[which % len(deals)]
        if step == "drop":
            store.delete("Deals", deal, by=api.ids["admin"])
        else:
            changes = {"Amount": amount} if step == "price" else {"Account_Name": accounts[amount % 3]}
            store.update("Deals", deal, {**changes, "Stage": "Closed Won" if amount > 0 else "Qualification"})
    stale = store.fetch(
        'SELECT id FROM "Accounts" a WHERE "Summary" IS NOT (SELECT sum("Amount") FROM "Deals" d WHERE d."Account_Name" ='
        ' a.id) OR "Won" IS NOT (SELECT count(*) FROM "Deals" d WHERE d."Account_Name" = a.id AND "Stage" = \'Closed Won\')'
    )
    assert stale == []
