"""Text to tree: each construct of the language, and every refusal in Zoho's shape."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zcrm_tools.coql.diagnostics import CoqlError, Diagnostic
from zcrm_tools.coql.nodes import (
    Aggregate,
    Between,
    Column,
    Comparison,
    Group,
    In,
    IsNull,
    Limit,
    Logical,
    Number,
    Order,
    Query,
    Selected,
    Star,
    Subquery,
    Text,
    Word,
)
from zcrm_tools.coql.parser import parse
from zcrm_tools.errors import QueryRefused


def col(path: str) -> Column:
    return Column(path)


def where(text: str):
    return parse(f"select id from Leads where {text}").where


def refusal(text: str) -> Diagnostic:
    with pytest.raises(CoqlError) as caught:
        parse(text)
    return caught.value.diagnostic


def test_a_whole_query_has_every_clause_in_its_place():
    assert parse(
        "SELECT Stage, SUM(Amount) AS 'Total' FROM Deals#123 WHERE id IS NOT NULL "
        "GROUP BY Stage ORDER BY Stage DESC, id LIMIT 20, 10"
    ) == Query(
        (Selected(col("Stage")), Selected(Aggregate("SUM", col("Amount")), "Total")),
        "Deals",
        "123",
        IsNull(col("id"), negated=True),
        (col("Stage"),),
        (Order(col("Stage"), descending=True), Order(col("id"))),
        Limit(10, 20),
    )


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("Account_Name.Parent_Account.Account_Name", col("Account_Name.Parent_Account.Account_Name")),
        ("'Account_Name.Account_Name'", col("Account_Name.Account_Name")),
        ('"External"', col("External")),
        ("'What_Id->Leads.Last_Name'", Column("What_Id->Leads.Last_Name")),
        ("What_Id->Leads.Last_Name", Column("What_Id->Leads.Last_Name")),
        ("!Leads.Owner.role.id", Column("!Leads.Owner.role.id")),
        ("'!Leads.Owner'", Column("!Leads.Owner")),
        ("'It''s'", col("It's")),
    ],
)
def test_columns_are_read_as_paths(text, column):
    assert parse(f"select {text} from Leads where id is not null").select == (Selected(column),)
    assert where(f"{text} is null") == IsNull(column)


@pytest.mark.parametrize("alias", ["as 'n'", "AS n", "'n'", "n", '"n"'])
def test_an_alias_is_read_with_and_without_as_and_quotes(alias):
    assert parse(f"select Last_Name {alias} from Leads where id is null").select[0].key == "n"


def test_an_empty_alias_is_kept_to_be_refused():
    assert parse("select id '' from Leads where id is null").select[0].alias == ""


def test_functions_keep_their_spelling_for_the_row_key():
    selected = parse("select count(id), Median(Amount), COUNT(*), * from Deals where id is not null").select
    assert [s.key for s in selected] == ["count(id)", "Median(Amount)", "COUNT(*)", "*"]
    assert selected[3].expression == Star()


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("A = 'x'", Comparison(col("A"), "=", Text("x"))),
        ("A='it''s'", Comparison(col("A"), "=", Text("it's"))),
        ('A = "say ""hi"""', Comparison(col("A"), "=", Text('say "hi"'))),
        ("A <> 1", Comparison(col("A"), "!=", Number("1"))),
        ("A >= -1.5e3", Comparison(col("A"), ">=", Number("-1.5e3"))),
        ("A>25000", Comparison(col("A"), ">", Number("25000"))),
        ("A = Advertisement", Comparison(col("A"), "=", Word("Advertisement"))),
        ("A = true", Comparison(col("A"), "=", Word("true"))),
        ("A = ${EMPTY}", Comparison(col("A"), "=", Word("${EMPTY}"))),
        ("A != null", Comparison(col("A"), "!=", Word("null"))),
        ("A like '%x'", Comparison(col("A"), "like", Text("%x"))),
        ("A NOT LIKE '%x%'", Comparison(col("A"), "not like", Text("%x%"))),
        ("A in('x',1)", In(col("A"), (Text("x"), Number("1")))),
        ("A not in (x)", In(col("A"), (Word("x"),), negated=True)),
        ("A between 1 and 2", Between(col("A"), Number("1"), Number("2"))),
        ("A not between 1 and 2", Between(col("A"), Number("1"), Number("2"), negated=True)),
        ("A is null", IsNull(col("A"))),
        ("A Is Not Null", IsNull(col("A"), negated=True)),
    ],
)
def test_each_operator_and_value_is_read(text, condition):
    assert where(text) == condition


def test_and_binds_closer_than_or_and_chains_lean_left():
    a, b, c, d = (IsNull(col(name)) for name in "ABCD")
    assert where("A is null or B is null and C is null or D is null") == Logical(
        "or", Logical("or", a, Logical("and", b, c)), d
    )
    assert where("A is null and B is null and C is null") == Logical("and", Logical("and", a, b), c)
    assert where("A is null and (B is null or (C is null))") == Logical(
        "and", a, Group(Logical("or", b, Group(c)))
    )


def test_between_takes_its_own_and():
    assert where("A between 1 and 2 and B is null") == Logical(
        "and", Between(col("A"), Number("1"), Number("2")), IsNull(col("B"))
    )


def test_subqueries_stand_in_lists_comparisons_and_bounds():
    inner = Subquery(parse("select id from B where id is null"))
    text = "(select id from B where id is null)"
    assert where(f"A in {text}") == In(col("A"), inner)
    assert where(f"A > {text}") == Comparison(col("A"), ">", inner)
    assert where(f"A between {text} and {text}") == Between(col("A"), inner, inner)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("limit 10", Limit(10)),
        ("limit 0, 2000", Limit(2000)),
        ("limit 10 offset 20", Limit(10, 20)),
        ("offset 20", Limit(200, 20)),
        ("limit 's'", Limit("s")),
        ("limit many", Limit("many")),
        ("limit -1", Limit("-1")),
        (f"limit {'9' * 5000}", Limit("9" * 5000)),
    ],
)
def test_limits_are_read_in_every_form(text, limit):
    assert parse(f"select id from Leads where id is null {text}").limit == limit


def test_a_query_without_where_is_parsed_for_the_checks_to_refuse():
    assert parse("select id from Leads").where is None


@pytest.mark.evidence("coql.syntax-bodies")
@pytest.mark.parametrize(
    ("text", "details", "message"),
    [
        ("select from Leads", {"line": 1, "column": 8, "near": "FROM"}, "unexpected token"),
        ("select id\nfrom 'x", {"line": 2, "column": 6, "near": "'x"}, "unexpected token"),
        ("select id from Leads where not A = 1", {"operator": "not"}, "operator not supported"),
        ("update Leads set A = 1", {}, "given coql query not supported"),
        ("", {}, "given coql query not supported"),
        ("select id", {"clause": "from"}, "missing clause"),
    ],
)
def test_a_syntax_fault_carries_zohos_own_body(text, details, message):
    fault = refusal(text)
    assert (fault.code, fault.details, fault.zoho_message) == ("SYNTAX_ERROR", details, message)


@pytest.mark.evidence("coql.reserved-words")
def test_a_reserved_word_is_a_column_only_in_quotes():
    fault = refusal("select External from Contacts where id is not null")
    assert (fault.code, fault.replacement) == ("SYNTAX_ERROR", "'External'")
    assert parse("select 'External' from Contacts where id is not null").select[0].key == "External"


def test_a_refusal_is_also_one_of_ours():
    with pytest.raises(QueryRefused) as caught:
        parse("select id from")
    assert caught.value.problem.where == "line 1, column 15"
    assert caught.value.problem.not_done == "Nothing was sent."


PIECES = st.sampled_from(
    "select from where group by order limit offset and or not in like between is null as asc desc ( ) , . -> # ! * "
    "= != <> >= 'a' \"b\" 'x.y' '->' '' 1 -2 1.5 10abc 2026-01-31 Leads Last_Name a.b What_Id->Leads.id ${EMPTY} ; -- "
    "/* ` [ ' \" join having distinct External COUNT(".split()
)
STARTS = ("", "select ", "select id from Leads where ", "select id from Leads where id is null ")
QUERYISH = st.tuples(st.sampled_from(STARTS), st.lists(PIECES, max_size=20).map(" ".join)).map("".join)


@settings(max_examples=500)
@given(st.one_of(st.text(), QUERYISH))
@example("\ud800")
@example("select id from Leads where A = '\x00")
def test_any_text_is_a_query_or_one_diagnostic(text):
    try:
        parse(text)
        return
    except CoqlError as caught:
        refused = caught
    start, end = refused.diagnostic.span
    assert 0 <= start <= end <= len(text)
    assert len(str(refused).split("\n")) in (3, 4)


@pytest.mark.parametrize(
    "text",
    [
        "select id from Leads where " + "(" * 100_000,
        "select id from Leads where id is null" + " and id is null" * 50_000,
        "select id from Leads where A in " + "(select id from Leads where A in " * 5_000,
        "'" * 100_001,
        "select " + "a." * 100_000,
        "select id from Leads where A = " + "1-" * 100_000,
        "(" * 100_000,
    ],
    ids=["brackets", "criteria", "subqueries", "quotes", "dots", "digits", "only brackets"],
)
def test_hostile_text_is_refused_in_linear_time_and_little_stack(text):
    began = time.perf_counter()
    with pytest.raises(CoqlError):
        parse(text)
    assert time.perf_counter() - began < 5


def test_a_long_query_takes_time_in_proportion():
    def seconds(names):
        text = f"select {', '.join(['Last_Name'] * names)} from Leads where id is null"
        began = time.process_time()
        assert len(parse(text).select) == names
        return time.process_time() - began

    seconds(1_000)
    small, large = (min(seconds(n) for _ in range(5)) for n in (2_000, 20_000))
    assert large < small * 40
