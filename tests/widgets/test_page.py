"""What a notebook shows of a value by itself: readable, escaped, and without the frames of this library."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from IPython.core.interactiveshell import InteractiveShell

import zcrm_tools as z
from zcrm_tools.actions.catalogue.list_changes import Change, Journal
from zcrm_tools.actions.written import Changed, Entry, Written
from zcrm_tools.coql.diagnostics import Diagnostic
from zcrm_tools.coql.frozen import Span
from zcrm_tools.crm.writes import Update
from zcrm_tools.errors import InvalidInput, Problem
from zcrm_tools.models.record import Record
from zcrm_tools.safety.plan import Plan, Proposal
from zcrm_tools.screens import page
from zcrm_tools.transfer.outcome import Report
from zcrm_tools.transfer.outcome import Written as RowWritten

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


def test_a_record_shows_nothing_of_what_zoho_keeps_for_itself():
    assert "$approval" not in Record("Leads", {"id": "1", "$approval": {"approve": False}})._repr_html_()


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
    write = Update("Deals", "7", {"Stage": "Closed Won", "Amount": 5})
    before = ({"id": "7", "Deal_Name": "Cold store", "Stage": "Qualification"},)
    shown = Plan(
        "plan_1", "update_deal_stage", Proposal((write,)), before, 1, datetime.now(UTC)
    )._repr_html_()
    assert shown.count("Cold store") == 1  # once for all its fields
    assert "Update 1 Deals record" in shown
    assert "<del>Qualification</del>" in shown
    assert "<ins>Closed Won</ins>" in shown


def test_an_answer_of_a_write_shows_what_was_written_and_what_was_refused():
    fields = [Changed(field="Stage", old="Qualification", new={"name": "Won", "more": HOSTILE})]
    shown = Written(
        status="partly_applied",
        summary=HOSTILE,
        warnings=["It is stored although it is not listed."],
        likely_duplicates=[{"name": HOSTILE, "id": "9"}],
        records=[
            Entry(kind="update", module="Deals", name=HOSTILE, changes=fields),
            Entry(kind="update", module="Deals", id="8", problem=HOSTILE),
        ],
    )._repr_html_()
    assert "<del>Qualification</del>" in shown
    assert shown.count("alert(1)") == 5  # nothing that would be sent stands behind a name
    assert "<script" not in shown
    assert "not listed" in shown


def test_the_journal_shows_every_change_and_what_nobody_knows():
    fields = [Changed(field="Stage", old="Qualification", new=HOSTILE)]
    told = {"at": "2026-11-24 10:00", "action": "update_records", "kind": "update", "module": "Deals"}
    change = Change(change_id="c1", name=HOSTILE, undone=True, changes=fields, **told)
    purged = Change(change_id="c2", id="7", **told)
    lost = {"plan_id": "plan_9", "action": "create_lead", "at": "2026-11-24 09:00"}
    shown = Journal(count=2, changes=[change, purged], outcome_unknown=[lost])._repr_html_()
    for page_of in (shown, change._repr_html_()):
        assert "(undone)" in page_of
        assert "<del>Qualification</del>" in page_of
        assert "<script" not in page_of
    assert "update Deals 7" in shown
    assert "plan_9" in shown


def test_a_diagnostic_shows_its_help_and_what_is_allowed():
    shown = Diagnostic("UNKNOWN", HOSTILE, Span(7, 11), help=HOSTILE, allowed=(HOSTILE,))._repr_html_()
    assert "error at character 8" in shown
    assert shown.count("alert(1)") == 3
    assert "<script" not in shown


def test_an_import_shows_its_sum_and_the_rows_that_were_left_out():
    rows = (
        RowWritten(1, "created", "7"),
        RowWritten(2, "rejected", problems=(Problem("X", HOSTILE, "Nothing was written."),)),
    )
    shown = Report("Leads", "create", rows, credits=2)._repr_html_()
    assert "1 created, 1 rejected, 2 credits" in shown
    assert "alert(1)" in shown
    assert "<script" not in shown
    assert "<table" not in Report("Leads", "create", rows[:1], credits=1)._repr_html_()


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
        shown = crm._repr_html_() + table._repr_html_() + crm.get_connection()._repr_html_()
    assert "read-only" in shown
    assert "Pablo Espinosa" in shown
    assert "10 more rows" in shown
    assert "30 rows." in shown
    assert "1000." not in shown
