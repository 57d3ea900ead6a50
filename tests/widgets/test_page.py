"""What a notebook shows of a value by itself: readable, escaped, and without the frames of this library."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from IPython.core.interactiveshell import InteractiveShell

import zcrm_tools as z
from zcrm_tools.crm.writes import Update
from zcrm_tools.errors import InvalidInput, Problem
from zcrm_tools.models.record import Record
from zcrm_tools.safety.plan import Plan, Proposal
from zcrm_tools.screens import page

HOSTILE = "<script>alert(1)</script>\u202e\u200bhidden"


def test_a_record_shows_its_filled_fields_and_a_lookup_by_name():
    shown = Record(
        "Leads",
        {"id": "1", "Full_Name": "Ada Doe", "Owner": {"id": "5", "name": "Bo"}, "Phone": None, "Tag": []},
    )._repr_html_()
    assert "<h4>Ada Doe</h4>" in shown
    assert "<td>Bo</td>" in shown
    assert "Phone" not in shown
    assert "Tag" not in shown


def test_what_strangers_typed_is_shown_as_text_and_without_what_is_invisible():
    for shown in (
        Record("Leads", {"id": "1", "Full_Name": HOSTILE, HOSTILE: HOSTILE})._repr_html_(),
        page.table(HOSTILE, HOSTILE, [HOSTILE], [[HOSTILE]]),
        page.differences(HOSTILE, HOSTILE, [(HOSTILE, HOSTILE, HOSTILE, {"name": HOSTILE})]),
        page.problems(HOSTILE, [Problem("X", HOSTILE, allowed=(HOSTILE,))], HOSTILE),
    ):
        assert "<script" not in shown
        assert "alert(1)" in shown
        assert "\u202e" not in shown
        assert "\u200b" not in shown


def test_a_plan_shows_old_and_new_of_each_field():
    write = Update("Deals", "7", {"Stage": "Closed Won"})
    before = ({"id": "7", "Deal_Name": "Cold store", "Stage": "Qualification"},)
    shown = Plan(
        "plan_1", "update_deal_stage", Proposal((write,)), before, 1, datetime.now(UTC)
    )._repr_html_()
    assert "Cold store" in shown
    assert "<del>Qualification</del>" in shown
    assert "<ins>Closed Won</ins>" in shown


def test_a_long_table_says_how_many_rows_it_leaves_out():
    shown = page.table("Leads", "", ["n"], [[n] for n in range(2_020)])
    assert shown.count("<tr>") == 1 + page.ROWS
    assert "2,000 more rows" in shown


def test_an_error_in_a_cell_shows_the_cells_line_and_what_to_do_and_no_frame_of_ours(
    capsys: pytest.CaptureFixture[str],
):
    shell = InteractiveShell()
    shell.run_cell("from zcrm_tools import plots\nplots.pipeline([{'Stage': 'New'}])")
    shown = capsys.readouterr().out
    assert "plots.pipeline([{'Stage': 'New'}])" in shown
    assert "InvalidInput: The data has no column 'Amount'" in shown
    assert "rows.py" not in shown
    assert len(shown.splitlines()) < 6


def test_an_error_raised_without_a_caller_still_shows_its_problem():
    assert InvalidInput(Problem("X", "It is wrong.", "Nothing was sent."))._render_traceback_() == [
        "InvalidInput: It is wrong. Nothing was sent."
    ]


def test_an_error_from_the_client_shows_no_line_of_the_standard_library(capsys: pytest.CaptureFixture[str]):
    shell = InteractiveShell()
    shell.run_cell(
        "import zcrm_tools as z\nwith z.connect(demo=True) as crm:\n    crm.run_coql(query='select Stge from Deals')"
    )
    shown = capsys.readouterr().out
    assert "line 3: crm.run_coql(query='select Stge from Deals')" in shown
    assert "result()" not in shown
    assert "Did you mean Stage" in shown


def test_a_client_and_a_querys_answer_show_themselves_without_a_secret():
    with z.connect(demo=True) as crm:
        table = crm.run_coql(query="select Deal_Name, Amount from Deals where id is not null", max_rows=30)
        shown = crm._repr_html_() + table._repr_html_()
    assert "read-only" in shown
    assert "10 more rows" in shown
    assert "30 rows." in shown
    assert "1000." not in shown
