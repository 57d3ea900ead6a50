"""Queries built from values: whatever the value, it comes back as the value it was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zcrm_tools import coql
from zcrm_tools.coql.nodes import Comparison, Text
from zcrm_tools.crm import where


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=40))
def test_no_value_becomes_syntax(value: str):
    text = where.select(("id",), "Leads", where.equals("Last_Name", value), limit=5)
    parsed = coql.parse(text).where
    assert isinstance(parsed, Comparison)
    assert parsed.value == Text(value)


def test_many_conditions_are_bracketed_in_pairs():
    three = [where.equals(f, "x") for f in ("City", "State", "Country")]
    text = where.select(
        ("id", "City"), "Leads", where.every(three), order=(("City", True),), limit=5, offset=10
    )
    assert text == (
        "select id, City from Leads where (City = 'x' and State = 'x') and Country = 'x'"
        " order by City desc limit 5 offset 10"
    )
    assert not [d for d in coql.check(coql.parse(text), coql.schema.KnownSchema({})) if d.code == "BRACKETS"]
