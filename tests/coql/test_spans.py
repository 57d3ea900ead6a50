"""A span covers exactly the text it speaks of: the caret marks what is wrong."""

from __future__ import annotations

import pytest

from zcrm_tools.coql.checks import check
from zcrm_tools.coql.diagnostics import CoqlError, Diagnostic, line_column, render
from zcrm_tools.coql.nodes import NOWHERE, Node, Span
from zcrm_tools.coql.parser import parse

QUERY = (
    "select Last_Name as 'n', SUM(Amount), 'What_Id->Leads.id' from Leads # 42 "
    "where ((A.B = 'x' and C between 1 and 2) or D in (select id from Deals where E is null)) "
    "group by F order by G desc limit 5 offset 6"
)


def marked(node: Node) -> str:
    return QUERY[node.span.start : node.span.end]


def test_every_node_covers_its_own_text():
    tree = parse(QUERY)
    assert marked(tree) == QUERY
    assert [marked(s) for s in tree.select] == ["Last_Name as 'n'", "SUM(Amount)", "'What_Id->Leads.id'"]
    alias = tree.select[0].alias_span
    assert QUERY[alias.start : alias.end] == "'n'"
    assert [marked(p) for p in tree.select[2].expression.parts] == ["What_Id->Leads", "id"]
    assert QUERY[slice(*tree.module_span)] == "Leads"
    assert QUERY[slice(*tree.source_span)] == "Leads # 42"
    assert marked(tree.where) == QUERY[QUERY.index("((") : QUERY.index(" group")]
    either = tree.where.condition
    assert marked(either.left) == "(A.B = 'x' and C between 1 and 2)"
    both = either.left.condition
    assert marked(both.left) == "A.B = 'x'"
    assert [marked(p) for p in both.left.column.parts] == ["A", "B"]
    assert QUERY[slice(*both.left.operator_span)] == "="
    assert marked(both.left.value) == "'x'"
    assert marked(both.right) == "C between 1 and 2"
    assert marked(either.right.values) == "(select id from Deals where E is null)"
    assert marked(tree.group_by[0]) == "F"
    assert marked(tree.order_by[0]) == "G desc"
    assert marked(tree.limit) == "limit 5 offset 6"


def test_a_tree_built_by_hand_has_no_place():
    assert parse("select id from Leads").limit is None
    assert Span(0, 0) == NOWHERE


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("select «Lst_Name» from Leads where id is not null", "UNKNOWN_FIELD"),
        ("select Account_Name.«Pone» from Contacts where id is not null", "UNKNOWN_FIELD"),
        ("select 'Account_Name.«Pone»' from Contacts where id is not null", "UNKNOWN_FIELD"),
        ("select «Account.Name» from Contacts where id is not null", "UNKNOWN_FIELD"),
        ("select id from «Opportunities» where id is not null", "UNKNOWN_MODULE"),
        ("select id from «Leads»", "NO_WHERE"),
        ("select «*» from Leads where id is not null", "SELECT_STAR"),
        ("select id from Leads where Last_Name «>» 'x'", "OPERATOR_NOT_ALLOWED"),
        ("select id from Leads where «Last_Name between 'a' and 'b'»", "OPERATOR_NOT_ALLOWED"),
        ("select id from Deals where Stage = «'Closed Wom'»", "VALUE_NOT_IN_LIST"),
        ("select id from Deals where Amount > «'lots'»", "WRONG_VALUE"),
        ("select id from Leads where id is not null «limit 9000»", "LIMIT_TOO_HIGH"),
        ("select «Deal_Name».id from Deals where id is not null", "NOT_A_LOOKUP"),
        ("select «AVERAGE»(Amount) from Deals where id is not null", "UNKNOWN_FUNCTION"),
        ("select id, First_Name, «First_Name» from Leads where id is not null", "DUPLICATE"),
        ("select id from Leads where «not» id = 1", "SYNTAX_ERROR"),
        ("select id«,» from Leads where id is null", "SYNTAX_ERROR"),
        ("select id from Leads where Last_Name = «'Smith»", "SYNTAX_ERROR"),
    ],
)
def test_the_caret_marks_what_is_wrong(text, span, schema):
    start, end = text.index("«"), text.index("»") - 1
    source = text.replace("«", "").replace("»", "")
    try:
        found = check(parse(source), schema)
    except CoqlError as refused:
        found = [refused.diagnostic]
    if found[0].message.endswith("never closed."):
        end = start + 1
    assert [(d.code, d.span) for d in found] == [(span, Span(start, end))]


def test_lines_and_columns_count_from_one():
    source = "select id\nfrom Leads\n\nwhere"
    assert line_column(source, 0) == (1, 1)
    assert line_column(source, source.index("Leads")) == (2, 6)
    assert line_column(source, len(source)) == (4, 6)


def test_the_caret_stands_under_wide_characters_tabs_and_long_lines():
    wide = "select '会社名',\tx"
    shown = render(wide, Diagnostic("X", "", Span(wide.index("x"), len(wide)))).splitlines()
    assert shown[1] == "1 | select '会社名', x"
    assert shown[2] == "  | " + " " * 17 + "^"
    long = "a" * 300 + "b" + "c" * 300
    line, caret = render(long, Diagnostic("X", "", Span(300, 301))).splitlines()[1:3]
    assert len(line) < 120
    assert line[caret.index("^")] == "b"


def test_a_fault_at_the_end_of_a_line_is_marked_after_its_last_character():
    shown = render("select id\nfrom Leads", Diagnostic("X", "", Span(9, 9))).splitlines()
    assert shown[1:] == ["1 | select id", "  |          ^"]
