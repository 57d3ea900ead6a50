"""Did you mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm_tools.coql.spelling import distance, nearest
from zcrm_tools.coql.suggest import field_meant, module_meant

STAGES = ("Qualification", "Needs Analysis", "Proposal Sent", "Closed Won", "Closed Lost")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("closed won", "Closed Won"),
        ("ClosedWon", "Closed Won"),
        ("Closd Wno", "Closed Won"),
        ("Won", "Closed Won"),
        ("Lost", "Closed Lost"),
        ("Proposal", "Proposal Sent"),
        ("Banana", None),
        ("", None),
        ("!?", None),
    ],
)
def test_the_nearest_name_by_case_slip_or_part(written, meant):
    assert nearest(written, STAGES) == meant


def test_a_tie_goes_to_the_earlier_name():
    assert nearest("Closed", STAGES) == "Closed Won"


words = st.text("abc", max_size=6)


@given(words, words)
def test_distance_is_symmetric_and_zero_only_for_the_same_word(one, other):
    assert distance(one, other, 99) == distance(other, one, 99)
    assert (distance(one, other, 99) == 0) == (one == other)


@given(words, words, st.integers(1, 6))
def test_distance_stops_at_enough(one, other, enough):
    assert distance(one, other, enough) == min(distance(one, other, 99), enough)


def test_two_neighbours_swapped_are_one_slip():
    assert distance("ab", "ba", 9) == 1
    assert distance("kitten", "sitting", 9) == 3


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Deal Name", "Deal_Name"),
        ("deal_name", "Deal_Name"),
        ("name", "Deal_Name"),
        ("Nmae", "Deal_Name"),
        ("Owner Name", "Owner"),
        ("AccountId", "Account_Name"),
        ("last_modified_date", "Modified_Time"),
        ("CloseDate", "Closing_Date"),
        ("Probabilty", "Probability"),
        ("RecordID", "id"),
        ("Xyzzy", None),
    ],
)
def test_a_field_is_found_by_label_habit_or_slip(written, meant, schema):
    found = field_meant(written, schema.module("Deals"))
    assert (found.api_name if found else None) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Potentials", "Deals"),
        ("companies", "Accounts"),
        ("Quote", "Quotes"),
        ("Ledas", "Leads"),
        ("Invoices", None),
    ],
)
def test_a_module_is_found_by_label_older_name_or_slip(written, meant, schema):
    assert module_meant(written, schema) == meant
