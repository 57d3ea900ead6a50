"""Diagnostics as data: offered edits, and the shape that every surface renders."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zcrm_tools.coql.checks import check
from zcrm_tools.coql.diagnostics import Diagnostic, Edit, fixed, to_problem
from zcrm_tools.coql.nodes import Span
from zcrm_tools.coql.parser import parse


def edit(start, end, text):
    return Diagnostic("X", "", Span(start, end), edits=(Edit(Span(start, end), text),))


def test_edits_of_several_diagnostics_are_made_together():
    assert fixed("a b c", edit(0, 1, "A"), edit(4, 5, "C"), edit(2, 2, "(")) == "A (b C"


def test_an_insertion_stands_before_a_replacement_at_the_same_place():
    assert fixed("abc", edit(0, 1, "x"), edit(0, 0, "(")) == "(xbc"


def test_an_edit_that_overlaps_an_earlier_one_is_left_out():
    assert fixed("abcd", edit(0, 3, "x"), edit(2, 4, "y")) == "xd"


def test_the_same_edit_offered_twice_is_made_once():
    assert fixed("abc", edit(0, 0, "("), edit(0, 0, "(")) == "(abc"


@given(st.text(max_size=20), st.integers(0, 20), st.integers(0, 20))
def test_only_the_span_changes(source, one, other):
    start, end = sorted((min(one, len(source)), min(other, len(source))))
    assert fixed(source, edit(start, end, "new")) == source[:start] + "new" + source[end:]


def test_the_replacement_is_the_edit_of_the_marked_text_only():
    assert edit(0, 1, "x").replacement == "x"
    assert Diagnostic("X", "", Span(0, 1), edits=(Edit(Span(5, 6), "x"),)).replacement == ""
    assert Diagnostic("X", "", Span(0, 1)).replacement == ""


def test_a_problem_says_where_what_is_closest_and_the_query_to_send_instead(schema):
    source = "select\n  Deal Name from Deals where Stage = 'Closed Wonn'"
    found = check(parse(source), schema)
    field, value = (to_problem(source, diagnostic) for diagnostic in found)
    assert field.as_dict() == {
        "code": "UNKNOWN_FIELD",
        "message": "`Deal Name` is the label of `Deal_Name`.",
        "not_done": "Nothing was sent.",
        "next_step": "Try: select\n  Deal_Name from Deals where Stage = 'Closed Wonn'",
        "fix_by": "arguments",
        "where": "line 2, column 3",
        "closest": "Deal_Name",
    }
    assert value.closest == "Closed Won"
    assert check(parse(fixed(source, *found)), schema) == []


def test_a_warning_leaves_nothing_undone(schema):
    source = "select COUNT(*) from Deals where id is not null"
    (doubt,) = check(parse(source), schema)
    assert to_problem(source, doubt).not_done == ""


def test_a_closed_list_without_a_near_value_names_its_values(schema):
    source = "select id from Deals where Stage = 'Xyzzy'"
    (fault,) = check(parse(source), schema)
    assert to_problem(source, fault).allowed == (
        "Qualification",
        "Needs Analysis",
        "Negotiation/Review",
        "Closed Won",
        "Closed Lost",
    )
