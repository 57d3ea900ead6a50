"""Records as they are read: typed when asked, and whatever Zoho sends is no reason to fail."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm_tools.models.record import Lookup, Record

DEAL = Record(
    "Deals",
    {
        "id": "554023000000000007",
        "Deal_Name": "Dock",
        "Amount": 1250.1,
        "Closing_Date": "2027-01-31",
        "Created_Time": "2026-11-24T15:00:00+01:00",
        "Owner": {"name": "Eva", "id": "554023000000000001", "email": "eva@x.example"},
        "Account_Name": {"name": "Quay", "id": "554023000000000002"},
        "Contact_Name": None,
        "Tag": [{"name": "Hot", "id": "1", "color_code": None}],
        "Colours": ["Red", "Blue"],
        "Sizes": "S;M",
        "Lines": [{"id": "1", "Product": "Crate"}],
        "Next_Step": None,
        "Mystery__c": {"what": ["nobody", "knows"]},
    },
)


def test_values_have_their_types_when_asked_for():
    assert DEAL.money("Amount") == Decimal("1250.1")
    assert DEAL.date("Closing_Date") == date(2027, 1, 31)
    assert DEAL.created_time == datetime(2026, 11, 24, 14, tzinfo=UTC)
    assert DEAL.owner == Lookup("554023000000000001", "Eva", "eva@x.example")
    assert DEAL.lookup("Account_Name") == Lookup("554023000000000002", "Quay")
    assert DEAL.tags == ("Hot",)
    assert (DEAL.choices("Colours"), DEAL.choices("Sizes")) == (("Red", "Blue"), ("S", "M"))
    assert [row["Product"] for row in DEAL.rows("Lines")] == ["Crate"]
    assert (DEAL.name, DEAL.id) == ("Dock", "554023000000000007")


def test_an_empty_field_is_none_and_an_absent_one_a_key_error():
    assert DEAL.lookup("Contact_Name") is None
    assert DEAL.text("Next_Step") is None
    for read in (DEAL.text, DEAL.lookup, DEAL.date, DEAL.moment, DEAL.money, DEAL.choices, DEAL.rows):
        with pytest.raises(KeyError):
            read("Never_Fetched")


def test_it_is_a_mapping_of_whatever_came():
    assert DEAL["Mystery__c"] == {"what": ["nobody", "knows"]}
    assert dict(DEAL) == {name: DEAL[name] for name in DEAL}
    assert len(DEAL) == 14


@given(
    st.dictionaries(
        st.text(),
        st.recursive(st.none() | st.booleans() | st.text(max_size=9), st.lists, max_leaves=5),
        max_size=5,
    )
)
def test_no_value_fails_a_read(values):
    record = Record("Leads", values)
    assert {name: record[name] for name in record} == values
    assert isinstance(repr(record), str)


def test_a_value_of_the_wrong_type_is_refused_where_it_is_asked_for():
    for read in (DEAL.lookup, DEAL.date, DEAL.moment):
        with pytest.raises(ValueError):
            read("Deal_Name")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"id": "1", "module": {"api_name": "Leads", "id": "2"}}, Lookup("1", module="Leads")),
        ("554023000000000002", Lookup("554023000000000002")),
        ({"name": "no id"}, None),
        ([], None),
    ],
)
def test_a_lookup_is_read_in_each_of_its_forms(given, found):
    assert Lookup.of(given) == found
