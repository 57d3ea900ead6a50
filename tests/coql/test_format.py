"""Tree to canonical text and back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zcrm_tools.coql import nodes as n
from zcrm_tools.coql.format import format as printed
from zcrm_tools.coql.parser import parse

names = st.one_of(
    st.sampled_from(
        ["id", "Last_Name", "External", "Order", "Größe", "null", "_x", "It's", "Deal Name", "9lives"]
    ),
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True),
)
modules = st.sampled_from(["Leads", "Deals", "Appointments__s"])
steps = st.builds(str.__add__, names, st.sampled_from(["", "", "", "->Leads"]))
paths = st.lists(steps, min_size=1, max_size=3).map(".".join)
columns = st.builds(n.Column, st.builds(str.__add__, st.sampled_from(["", "", "", "!Leads."]), paths))
texts = st.builds(n.Text, st.text(max_size=12))
numbers = st.builds(n.Number, st.from_regex(r"-?[0-9]{1,6}(\.[0-9]{1,3})?(e[0-9])?", fullmatch=True))
words = st.builds(n.Word, st.sampled_from(["Advertisement", "true", "null", "${EMPTY}", "Größe"]))
scalars = st.one_of(texts, numbers, words)
aggregates = st.builds(n.Aggregate, st.sampled_from(["COUNT", "sum", "Median"]), columns | st.just(n.Star()))
selected = st.builds(
    n.Selected, columns | aggregates | st.just(n.Star()), st.none() | st.text(max_size=6) | st.just("Total")
)
counts = st.integers(0, 10**12) | st.sampled_from(["s", "1.5", "ten rows", ""])
limits = st.builds(n.Limit, counts, st.just(0) | counts)
operators = st.sampled_from(["=", "!=", ">", ">=", "<", "<="])


def conditions(values):
    comparison = st.builds(n.Comparison, columns, operators, values)
    like = st.builds(n.Comparison, columns, st.sampled_from(["like", "not like"]), scalars)
    between = st.builds(n.Between, columns, values, values, st.booleans())
    listed = st.builds(n.In, columns, st.lists(scalars, min_size=1, max_size=3).map(tuple), st.booleans())
    null = st.builds(n.IsNull, columns, st.booleans())
    leaves = comparison | like | between | listed | null

    def grown(inner):
        return st.builds(n.Group, inner) | st.builds(joined, st.sampled_from(["and", "or"]), inner, inner)

    return st.recursive(leaves, grown, max_leaves=6)


def joined(operator, left, right):
    """As the parser builds it: what would bind otherwise stands in brackets."""
    if isinstance(left, n.Logical) and operator == "and" and left.operator == "or":
        left = n.Group(left)
    if isinstance(right, n.Logical) and (operator == "and" or right.operator == "or"):
        right = n.Group(right)
    return n.Logical(operator, left, right)


def queries(values):
    return st.builds(
        n.Query,
        st.lists(selected, min_size=1, max_size=4).map(tuple),
        modules,
        st.sampled_from(["", "", "2276164000000091501"]),
        st.none() | conditions(values),
        st.lists(columns, max_size=2).map(tuple),
        st.lists(st.builds(n.Order, columns, st.booleans()), max_size=2).map(tuple),
        st.none() | limits,
    )


subqueries = st.builds(n.Subquery, queries(scalars))
trees = queries(st.one_of(scalars, scalars, subqueries))


@settings(max_examples=400)
@given(trees)
def test_a_tree_is_the_same_after_printing_and_parsing(tree):
    text = printed(tree)
    assert parse(text) == tree
    assert printed(parse(text)) == text


@given(st.text(), st.text())
def test_no_value_can_become_syntax(value, name):
    tree = n.Query(
        (n.Selected(n.Column("id"), alias=name),),
        "Leads",
        where=n.Comparison(n.Column("Last_Name"), "=", n.Text(value)),
    )
    assert parse(printed(tree)) == tree


def test_the_canonical_form():
    assert printed(
        parse(
            'SELECT  "Last_Name"  "n",SUM(Amount) FROM Deals#7\nWHERE ( A<>"it\'s" AND \'External\' IS NOT NULL ) '
            "GROUP BY Last_Name ORDER BY n ASC,x DESC LIMIT 20,10"
        )
    ) == (
        "select Last_Name as 'n', SUM(Amount) from Deals#7 where (A != 'it''s' and 'External' is not null) "
        "group by Last_Name order by n, x desc limit 10 offset 20"
    )


@pytest.mark.parametrize(
    ("outer", "inner", "text"),
    [
        ("and", "and", "A is null and (B is null and C is null)"),
        ("and", "or", "A is null and (B is null or C is null)"),
        ("or", "or", "A is null or (B is null or C is null)"),
        ("or", "and", "A is null or B is null and C is null"),
    ],
)
def test_a_tree_built_by_hand_keeps_its_meaning(outer, inner, text):
    a, b, c = (n.IsNull(n.Column(name)) for name in "ABC")
    tree = n.Query((n.Selected(n.Column("id")),), "Leads", where=n.Logical(outer, a, n.Logical(inner, b, c)))
    assert printed(tree) == f"select id from Leads where {text}"


def test_an_or_on_the_left_of_an_and_keeps_its_brackets():
    a, b, c = (n.IsNull(n.Column(name)) for name in "ABC")
    where = n.Logical("and", n.Logical("or", a, b), c)
    tree = n.Query((n.Selected(n.Column("id")),), "Leads", where=where)
    assert printed(tree) == "select id from Leads where (A is null or B is null) and C is null"
