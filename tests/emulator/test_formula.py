"""Formula fields: right whatever way a record is written, usable in queries, and refused by name when not covered."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zcrm_tools.emulator.formulas import FUNCTIONS, FormulaError, compile_formula
from zcrm_tools.emulator.schema import standard_modules


async def add(api, expression, return_type="double", label="Worked out", **more):
    formula = {"return_type": return_type, "expression": expression}
    field = {"field_label": label, "data_type": "formula", "formula": formula, **more}
    return await api.call("POST", "/settings/fields?module=Deals", json={"fields": [field]})


async def value(api, key="pumps"):
    return (await api.get(f"/Deals/{api.ids[key]}", fields="Worked_out")).json()["data"][0]["Worked_out"]


@pytest.mark.evidence("formula.functions", "formula.types")
@pytest.mark.parametrize(
    ("expression", "return_type", "expected"),
    [
        ("${Amount} * ${Probability} / 100", "double", 100),
        ("${Deals.Amount} - 1", "currency", 999),
        ("2 + 3 * 4 - (1 + 1) ^ 3", "double", 6),
        ("-${Amount} % 300", "double", -100),
        ("1 / 0", "double", None),
        ("${Amount} + ${Expected_Revenue}", "double", None),
        ("Sqrt(Len(${Deal_Name})) + 0", "double", 2.2360679775),
        ("Abs(-3) + Ceil(1.2) + Floor(1.8) + Max(1, 2, 3) + Min(4, 5)", "double", 13),
        ("Naturallog(1) + Base10log(100)", "double", 2),
        ("If(${Amount} > 500, 'big', 'small')", "text", "big"),
        ("If(And(${Amount} >= 1000, Not(${Stage} == 'Closed Won')), 1, 0)", "double", 1),
        ("Concat(${Deal_Name}, ': ', Tostring(${Probability}), \" it's\")", "text", "Pumps: 10 it's"),
        (
            "Concat(Upper(${Deal_Name}), Lower('AB'), Trim('  x '), Replace('aXb', 'X', '-'))",
            "text",
            "PUMPSabxa-b",
        ),
        ("Contains(${Deal_Name}, 'ump') && Startswith(${Deal_Name}, 'Pu')", "boolean", True),
        ("Or(${Amount} < 5, Isempty(${Next_Step}))", "boolean", True),
        ("Isempty(${Deal_Name}) || false", "boolean", False),
        ("Datecomp(${Closing_Date}, ${Created_Time}) > 0", "boolean", True),
        (
            "Year(${Closing_Date}) * 10000 + Month(${Closing_Date}) * 100 + Dayofmonth(${Closing_Date})",
            "double",
            20261201,
        ),
        ("Weekday(${Closing_Date})", "double", 3),
        ("Hour(${Created_Time}) * 100 + Minute(${Created_Time})", "double", 2200),
        ("Adddate(${Closing_Date}, 31, 'DAY')", "date", "2027-01-01"),
        ("Subdate(${Closing_Date}, 1, 'MONTH')", "date", "2026-11-01"),
        ("Datepart(${Created_Time})", "date", "2026-11-14"),
        ("Adddate(${Created_Time}, 30, 'MINUTE')", "datetime", "2026-11-14T22:30:00+00:00"),
    ],
)
async def test_expressions_give_what_they_say(api, expression, return_type, expected):
    reply = await add(api, expression, return_type)
    assert reply.status_code == 201, reply.text
    found = await value(api)
    assert found == (pytest.approx(expected) if isinstance(expected, float) else expected)
    assert type(found) is type(expected) or isinstance(expected, (int, float))


@pytest.mark.evidence("formula.follows")
async def test_a_formula_follows_every_write_and_takes_none(api):
    await add(api, "${Amount} * 2", decimal_place=1)
    assert await value(api) == 2_000
    await api.write("PUT", f"/Deals/{api.ids['pumps']}", {"Amount": 10.26, "Worked_out": 7})
    assert await value(api) == 20.5
    api.emulator.store.update("Deals", api.ids["pumps"], {"Amount": 5})
    assert await value(api) == 10
    query = "select Deal_Name, Worked_out from Deals where Worked_out > 5 order by Worked_out desc"
    assert [row["Worked_out"] for row in (await api.coql(query)).json()["data"]] == [10_000.5, 10]
    reply = await api.get("/Deals/search", criteria="(Worked_out:equals:10)", fields="Deal_Name")
    assert [row["id"] for row in reply.json()["data"]] == [str(api.ids["pumps"])]
    fields = {f["api_name"]: f for f in (await api.get("/settings/fields", module="Deals")).json()["fields"]}
    item = fields["Worked_out"]
    assert item["formula"] == {"return_type": "double", "expression": "${Amount} * 2"}
    assert (item["data_type"], item["json_type"], item["read_only"]) == ("formula", "double", True)
    key = item["id"]
    change = {"fields": [{"formula": {"expression": "${Amount} * 3"}}]}
    assert (await api.call("PATCH", f"/settings/fields/{key}?module=Deals", json=change)).status_code == 200
    assert await value(api) == 15
    change = {"fields": [{"formula": {"return_type": "text", "expression": "'a'"}}]}
    reply = await api.call("PATCH", f"/settings/fields/{key}?module=Deals", json=change)
    assert reply.json()["fields"][0]["code"] == "NOT_ALLOWED"


@pytest.mark.evidence("formula.follows", "custom-fields.delete")
async def test_a_field_that_a_formula_needs_cannot_be_deleted(api, refused):
    body = {"fields": [{"field_label": "Rate", "data_type": "double"}]}
    reply = await api.call("POST", "/settings/fields?module=Deals", json=body)
    rate = reply.json()["fields"][0]["details"]["id"]
    await add(api, "${Rate} * 2")
    refused(await api.call("DELETE", f"/settings/fields/{rate}?module=Deals"), "NOT_ALLOWED")
    assert "Rate" in api.stored("Deals", api.ids["pumps"])


@pytest.mark.evidence("formula.refused")
@pytest.mark.parametrize(
    ("expression", "return_type", "word"),
    [
        ("Now()", "datetime", "Now is not covered"),
        ("Substring('abc', 1, 1)", "text", "Substring is not covered"),
        ("${Nothing}", "double", "no field Nothing"),
        ("${Account_Name}", "text", "lookup cannot stand"),
        ("${Accounts.Employees}", "double", "other modules"),
        ("1 +", "double", "ends too early"),
        ("1 + 'a'", "double", "expected a number"),
        ("If(1, 2, 3)", "double", "expected a boolean"),
        ("If(true, 2, 'a')", "double", "If gives"),
        ("'a'", "double", "gives a text"),
        ("1; drop table Deals", "double", "unexpected ;"),
        ("Abs(1, 2)", "double", "does not take 2"),
        ("(((1", "double", "expected )"),
        ("(" * 60 + "1" + ")" * 60, "double", "too deep"),
        ("-" * 60 + "1", "double", "too deep"),
    ],
)
async def test_what_is_not_covered_is_refused_by_name(api, expression, return_type, word):
    reply = await add(api, expression, return_type)
    (entry,) = reply.json()["fields"]
    assert entry["code"] == "INVALID_DATA"
    assert word in entry["message"]
    assert "Worked_out" not in api.emulator.store.modules["Deals"].fields


ATOMS = st.sampled_from(
    ["1", "2.5", "'a'", "'it''s'", "true", "${Amount}", "${Deal_Name}", "${Closing_Date}", "${x}"]
)
CALLS = st.sampled_from([*FUNCTIONS, "Now"])
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "&&", "==", "<"]), inner).map(" ".join),
        st.tuples(CALLS, st.lists(inner, max_size=3)).map(lambda call: f"{call[0]}({', '.join(call[1])})"),
        inner.map(lambda text: f"({text})"),
    ),
    max_leaves=8,
)


@pytest.mark.evidence("formula.refused")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(EXPRESSIONS, st.text(max_size=30)), st.sampled_from(["double", "text", "boolean", "date"]))
def test_whatever_compiles_is_sql_that_runs(api, expression, return_type):
    try:
        sql = compile_formula(standard_modules()["Deals"], expression, return_type, None)
    except FormulaError:
        return
    api.emulator.store.fetch(f'SELECT {sql} FROM "Deals"')
