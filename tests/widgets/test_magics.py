"""`%coql` and `%%coql`: the notebook's variables go in as values, the result comes out as a frame."""

from __future__ import annotations

from datetime import date

import pytest

from zcrm_tools.errors import InvalidInput, NotConfigured, QueryRefused
from zcrm_tools.widgets import magics


@pytest.fixture
def names(crm):
    return {"crm": crm}


def test_a_line_gives_a_frame(names):
    found = magics.run(names, "select Deal_Name, Amount from Deals where Amount > 50000")
    assert list(found.columns) == ["Deal_Name", "Amount", "id"]
    assert (found["Amount"] > 50000).all()


def test_a_cell_puts_its_frame_into_a_variable(names):
    assert (
        magics.run(names, "-o won -n 5", "select Deal_Name from Deals\nwhere Stage = 'Closed Won'\n") is None
    )
    assert len(names["won"]) == 5


def test_variables_go_in_as_values_and_never_as_syntax(names):
    names |= {
        "stage": "x' or Stage != 'x",
        "least": 50_000,
        "day": date(2026, 1, 31),
        "stages": ["Closed Won", "O'Neil"],
    }
    text = "select id from Deals where Stage = {{stage}} and Amount > {{ least }} and Closing_Date > {{day}} and Stage in {{stages}}"
    assert magics.filled(text, names) == (
        "select id from Deals where Stage = 'x'' or Stage != ''x' and Amount > 50000 and "
        "Closing_Date > '2026-01-31' and Stage in ('Closed Won', 'O''Neil')"
    )
    assert len(magics.run(names, "", "select id from Deals where Deal_Name = {{stage}}")) == 0


@pytest.mark.parametrize(
    ("line", "cell", "said"),
    [
        ("", None, "no query"),
        ("-o", "select id from Leads", "expected one argument"),
        ("-x won", "select id from Leads", "'-x' is no option"),
        ("-o 1st", "select id from Leads where id is not null", "cannot name a variable"),
        ("", "select id from Leads where Company = {{company}}", "no variable 'company'"),
    ],
)
def test_what_is_misused_is_refused_in_words(names, line, cell, said):
    with pytest.raises(InvalidInput, match=said):
        magics.run(names, line, cell)


def test_a_value_that_no_query_takes_is_refused_by_its_name(names):
    with pytest.raises(InvalidInput, match=r"what.*dict"):
        magics.filled("select id from Leads where Company = {{what}}", {"what": {}})


def test_a_fault_is_refused_with_the_closest_name(names):
    with pytest.raises(QueryRefused, match="Did you mean Stage"):
        magics.run(names, "select Stge from Deals where id is not null")


def test_without_a_client_it_says_how_to_make_one():
    with pytest.raises(NotConfigured, match=r"zcrm_tools.connect\(\)"):
        magics.run({}, "select id from Leads")


def test_the_client_is_chosen_by_name_or_is_the_only_one(crm):
    assert len(magics.run({"other": crm}, "select id from Leads limit 1")) == 1
    assert len(magics.run({"crm": None, "eu": crm}, "-c eu select id from Leads limit 1")) == 1


def test_the_extension_registers_both_forms(crm):
    from IPython.core.interactiveshell import InteractiveShell

    from zcrm_tools import widgets

    shell = InteractiveShell()
    widgets.load_ipython_extension(shell)
    shell.user_ns["crm"] = crm
    assert len(shell.run_line_magic("coql", "select id from Leads limit 2")) == 2
    shell.run_cell_magic("coql", "-o found", "select id from Leads limit 3")
    assert len(shell.user_ns["found"]) == 3
