"""Queries built from values: whatever the value, it comes back as the value it was."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zcrm_tools import coql
from zcrm_tools.coql import COUNT, SUM, every, field, select, some
from zcrm_tools.coql.nodes import Comparison, Text


@given(st.text(max_size=40))
@example("A ")
def test_no_value_becomes_syntax(value):
    parsed = coql.parse(str(select("id").from_("Leads").where(field("Last_Name") == value))).where
    assert isinstance(parsed, Comparison)
    assert parsed.value == Text(value)


@given(st.text(min_size=1, max_size=20).filter(lambda name: not set(name) & set(".>")))
@example("A ")
def test_no_column_becomes_syntax(name):
    try:
        parsed = coql.parse(str(select(name).from_("Leads")))
    except coql.CoqlError:
        assert name == "!" or name.startswith("!")
        return
    assert [selected.key for selected in parsed.select] == [name]


def test_a_whole_query():
    query = (
        select("Stage", COUNT(), SUM("Amount").as_("Total"))
        .from_("Deals", view="554023000000000001")
        .where(field("Account_Name.Industry").one_of(["Retail", "It's"]))
        .where((field("Amount") > 5) | (field("Closing_Date") == None), field("Owner") != "1")  # noqa: E711
        .group_by("Stage")
        .order_by("-Stage", "Total")
        .limit(50, 10)
    )
    assert str(query) == (
        "select Stage, COUNT(id), SUM(Amount) as 'Total' from Deals#554023000000000001 where "
        "(Account_Name.Industry in ('Retail', 'It''s') and (Amount > 5 or Closing_Date is null)) and Owner != '1' "
        "group by Stage order by Stage desc, Total limit 50 offset 10"
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, "'true'"),
        (5, "5"),
        (1e21, "1000000000000000000000"),
        (Decimal("0.10"), "0.10"),
        (date(2026, 1, 31), "'2026-01-31'"),
        (datetime(2026, 1, 31, 9, tzinfo=UTC), "'2026-01-31T09:00:00+00:00'"),
    ],
)
def test_each_kind_of_value_is_written_as_coql_wants_it(value, written):
    assert str(select("id").from_("Deals").where(field("X") >= value)).endswith(f"X >= {written}")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), datetime(2026, 1, 31, 9)])  # noqa: DTZ001
def test_a_value_that_cannot_be_compared_is_refused(value):
    with pytest.raises(ValueError, match=r"compare|zone"):
        _ = field("X") == value


def test_an_empty_list_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        field("X").one_of([])


def test_a_query_stands_in_a_query():
    inner = select("Account_Name").from_("Deals").where(field("Stage") == "Closed Won")
    assert str(select("id").from_("Contacts").where(field("Account_Name").none_of(inner))) == (
        "select id from Contacts where Account_Name not in (select Account_Name from Deals where Stage = 'Closed Won')"
    )


@given(
    st.lists(
        st.sampled_from([field("A").is_null(), field("B") < 3, field("C").contains("x")]),
        min_size=1,
        max_size=9,
    )
)
def test_many_conditions_are_bracketed_in_pairs(conditions):
    for joined in (every(*conditions), some(*conditions)):
        tree = coql.parse(str(select("id").from_("Leads").where(joined)))
        found = coql.check(
            tree, coql.schema.KnownSchema({"Leads": coql.schema.known_module("Leads", [], complete=False)})
        )
        assert not [d for d in found if d.code == "UNPAIRED_CRITERIA"]


def test_without_a_condition_every_record_is_taken():
    assert str(select("id", "What_Id->Leads.Email").from_("Tasks")) == (
        "select id, 'What_Id->Leads.Email' from Tasks where id is not null"
    )
