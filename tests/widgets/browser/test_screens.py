"""The screens in an empty page: what is shown, what keys and the mouse do, and what axe says in light and dark."""

from __future__ import annotations

import re

import pytest

from zcrm_tools.transfer import formulas

COLUMNS = [
    {"name": "Name", "label": "Name"},
    {"name": "Amount", "label": "Amount"},
    {"name": "id", "label": "Record id"},
]
GRID = {"label": "Deals", "columns": COLUMNS}
HERE = {**GRID, "rows": [["Beta", 5, "98"], ["Alpha", None, "100"], ["<b>Gamma</b>", 7, "99"]]}
RECORD = {
    "module": "Deals",
    "id": "3652397000000312015",
    "title": "Kyoto cold store, phase 2",
    "subtitle": "Negotiation/Review · 120,000",
    "sections": [
        {
            "label": "Deal Information",
            "fields": [
                {"name": "Deal_Name", "label": "Deal Name", "value": "Kyoto cold store, phase 2"},
                {
                    "name": "Account_Name",
                    "label": "Account Name",
                    "value": {"name": "Frost & Söhne", "id": "3652397000000312001", "module": "Accounts"},
                },
                {"name": "Amount", "label": "Amount", "value": 120000},
                {"name": "Closing_Date", "label": "Closing Date", "value": "2026-12-18"},
                {"name": "Description", "label": "Description", "value": None},
            ],
        }
    ],
    "related": [{"name": "Notes", "label": "Notes"}, {"name": "Contact_Roles", "label": "Contact Roles"}],
}
TIMELINE = [
    {
        "at": "2026-11-20T09:12:00+01:00",
        "who": "Ada Lindqvist",
        "what": "Updated",
        "fields": [{"field": "Stage", "old": "Qualification", "new": "Negotiation/Review"}],
    }
]
CARD = {
    "plan_id": "plan_abc",
    "action": "update_records",
    "summary": "Change 2 deals",
    "rows": [
        {"kind": "update", "module": "Deals", "record": "Kyoto", "id": "1", "field": "Stage", "old": "Qualification", "new": "Closed Won"},
        {"kind": "update", "module": "Deals", "record": "Kyoto", "id": "1", "field": "Amount", "old": 100, "new": 120},
        {"kind": "delete", "module": "Deals", "record": "Test", "id": "2", "field": "Deal_Name", "old": "Test", "new": None},
    ],
    "warnings": ["Next_Step is stored although it is not listed."],
    "duplicates": [],
    "workflows": "Big deal alert",
    "credits": 1,
    "expires_at": "2999-01-01T00:00:00+00:00",
}  # fmt: skip
BOARD = {
    "label": "Pipeline",
    "columns": [
        {"id": "q", "label": "Qualification", "note": "2 deals · 300"},
        {"id": "n", "label": "Negotiation/Review"},
        {"id": "w", "label": "Closed Won"},
    ],
    "cards": [
        {"id": "1", "column": "q", "title": "Kyoto cold store", "lines": ["120,000", "Frost & Söhne"]},
        {"id": "2", "column": "q", "title": "Lab freezers"},
        {"id": "3", "column": "n", "title": "Reefer fleet"},
    ],
}
SAID = {
    "source": "select Stge from Deals\nwhere id is not null",
    "items": [
        {
            "severity": "error",
            "code": "UNKNOWN_FIELD",
            "message": "Deals has no field 'Stge'.",
            "line": 1,
            "column": 8,
            "width": 4,
            "help": "Did you mean Stage?",
            "fix": "select Stage from Deals\nwhere id is not null",
            "fix_label": "Use Stage",
        },
        {"severity": "warning", "code": "DOUBT", "message": "A doubt.", "line": 2, "column": 7, "width": 2},
    ],
}
ALL = [
    ("grid", HERE, {"save": "Saved."}),
    ("record", RECORD, {"related": {"columns": COLUMNS, "rows": []}, "timeline": TIMELINE, "edit": None, "open": None}),
    ("approval", CARD, {"approve": "Written.", "drop": "Dropped."}),
    ("board", BOARD, {"move": "Moved."}),
    ("diagnostics", SAID, {"fix": None}),
]  # fmt: skip


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("name", "data", "answers"), ALL, ids=[one[0] for one in ALL])
def test_axe_finds_nothing_serious(screen, axe, picture, name, data, answers, dark):
    page = screen(name, data, dark=dark, **answers)
    picture(page, f"screen-{name}-{'dark' if dark else 'light'}")
    assert axe(page, "#screen") == []


def cells(page, column=1):
    return page.locator(f"td[aria-colindex='{column}']").all_inner_texts()


def test_rows_that_are_here_are_sorted_and_filtered_and_text_stays_text(screen):
    page = screen("grid", HERE)
    assert cells(page) == ["Beta", "Alpha", "<b>Gamma</b>"]
    page.get_by_role("columnheader", name="Amount").click()
    assert cells(page) == ["Beta", "<b>Gamma</b>", "Alpha"]  # the empty amount comes last
    page.get_by_role("columnheader", name="Amount").click()
    assert cells(page) == ["<b>Gamma</b>", "Beta", "Alpha"]
    page.get_by_role("columnheader", name="Record id").click()
    assert cells(page, 3) == ["98", "99", "100"]
    page.get_by_label("Filter Deals").fill("alp")
    page.get_by_text("1–1 of 1", exact=True).wait_for()
    assert cells(page) == ["Alpha"]


def test_a_hundred_thousand_rows_are_asked_for_block_by_block_as_they_are_scrolled_to(screen):
    page = screen("grid", GRID, rows="made up")
    page.get_by_text("of 100,000").wait_for()
    assert [asked["start"] for _, asked in page.called()] == [0]
    page.locator(".zc-scroll").evaluate("box => { box.scrollTop = 28 * 54321 }")
    page.get_by_role("gridcell", name="Row 54321", exact=True).wait_for()
    assert {asked["start"] for _, asked in page.called()} == {0, 54300}
    assert page.locator("tr[data-row]").count() < 60
    assert page.get_by_role("grid").get_attribute("aria-rowcount") == "100001"


def test_the_grid_is_walked_sorted_and_opened_by_keys_alone(screen):
    page = screen("grid", GRID, rows="made up", open=None)
    page.get_by_text("of 100,000").wait_for()
    page.keyboard.press("Tab")  # filter
    page.keyboard.press("Tab")  # columns
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "grid"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.called()[-1][:2] == ["open", ["Row 1", 1, "3652397000000100001"]]
    page.keyboard.press("Control+End")
    page.get_by_role("gridcell", name="Row 99999", exact=True).wait_for()
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert page.called()[-1][1]["sort"] == "Name"


def test_a_copied_cell_is_safe_in_a_spreadsheet_by_the_rule_of_exports(screen):
    """The browser's half has the rule in a language of its own: both give the same for the same text."""
    texts = [
        "=HYPERLINK(1)",
        "+A1",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(1)",
        "＝1+1",
        "- call",
        "'=1",
        "'s Gravenhage",
        "-5",
        "+49 30 901820",
        "+1 (555) 010-0100 x12",
        "a=b",
        "-",
        "Ada\n=HYPERLINK(1)\tb\t@SUM(1)",
    ]
    page = screen("grid", {**GRID, "columns": ["t"], "rows": [[text] for text in texts]})
    page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', { value: { writeText: (text) => (window.copied = text) } })"
    )
    page.get_by_role("grid").focus()
    for text in texts:
        page.keyboard.press("Control+c")
        cells = re.split(r"([\t\n])", text)  # a spreadsheet cuts what is pasted into these
        cells[::2] = map(formulas.guarded, cells[::2])
        assert page.evaluate("window.copied") == "".join(cells)
        page.keyboard.press("ArrowDown")


def test_a_column_can_be_taken_away(screen):
    page = screen("grid", HERE)
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("Amount").uncheck()
    assert page.get_by_role("columnheader").all_inner_texts() == ["Name", "Record id"]


def test_a_refused_page_says_why(screen):
    page = screen("grid", GRID, rows={"error": {"message": "No.", "next_step": "Sign in."}})
    page.get_by_text("No. Sign in.").wait_for()


def test_a_record_opens_its_lookups_lists_and_timeline(screen):
    notes = {"columns": COLUMNS, "rows": [["First", 1, "9"]]}
    page = screen("record", RECORD, related=notes, timeline=TIMELINE, open=None)
    page.get_by_role("button", name="Frost & Söhne").click()
    assert page.called()[-1] == ["open", "Accounts", "3652397000000312001"]
    page.get_by_role("tab", name="Details").press("ArrowRight")
    page.get_by_text("Notes", exact=True).click()
    page.get_by_role("gridcell", name="First").wait_for()
    page.get_by_role("tab", name="Related lists (2)").press("ArrowRight")
    assert page.get_by_role("deletion").inner_text() == "Qualification"
    assert page.get_by_role("insertion").inner_text() == "Negotiation/Review"


def test_a_plan_is_approved_once_and_a_refusal_can_be_tried_again(screen):
    page = screen("approval", CARD, approve="2 records written.", drop="Dropped.")
    page.get_by_text("Workflow rules that may fire: Big deal alert").wait_for()
    page.get_by_role("button", name="Approve and write").click()
    page.get_by_text("2 records written.").wait_for()
    assert page.called() == [["approve", "plan_abc"]]
    assert page.get_by_role("button", name="Do not write").is_disabled()
    page = screen("approval", CARD, approve={"error": {"message": "It changed since."}}, drop="Dropped.")
    page.get_by_role("button", name="Approve and write").click()
    page.get_by_text("It changed since.").wait_for()
    assert page.get_by_role("button", name="Do not write").is_enabled()


def test_what_would_be_written_is_in_sight_however_narrow_the_page(screen):
    rows = [{**CARD["rows"][0], "old": "x" * 90, "new": "y" * 90}, *CARD["rows"][1:]]
    page = screen("approval", {**CARD, "rows": rows}, approve="", drop="")
    page.set_viewport_size({"width": 300, "height": 700})
    box = page.locator(".zc-plan").bounding_box()
    for new in page.get_by_role("insertion").all():
        place = new.bounding_box()
        assert place["x"] + place["width"] <= box["x"] + box["width"]


def test_an_expired_plan_cannot_be_approved(screen):
    page = screen("approval", {**CARD, "expires_at": "2020-01-01T00:00:00+00:00"}, approve="", drop="")
    assert page.get_by_role("button", name="Approve and write").is_disabled()


def test_a_card_is_dragged(screen):
    page = screen("board", BOARD, move="Moved.")
    page.locator("[data-card='1']").drag_to(page.locator("[data-column='w']"))
    page.get_by_text("Moved.").wait_for()
    assert page.called() == [["move", "1", "w"]]


def test_a_card_is_moved_by_keys_and_by_its_list(screen):
    page = screen("board", BOARD, move="Moved.", open=None)
    page.keyboard.press("Tab")
    for key in ("ArrowDown", "Space", "ArrowRight", "ArrowRight", "Space"):
        page.keyboard.press(key)
    page.get_by_text("Moved.").wait_for()
    assert page.called() == [["move", "2", "w"]]
    page.get_by_label("Move Reefer fleet").select_option("q")
    assert page.called()[-1] == ["move", "3", "q"]


def test_escape_leaves_a_card_where_it_was(screen):
    page = screen("board", BOARD, move="Moved.")
    page.keyboard.press("Tab")
    for key in ("Space", "ArrowRight", "Escape"):
        page.keyboard.press(key)
    page.get_by_text("Left where it was.").wait_for()
    assert page.called() == []


def test_the_caret_stands_under_the_fault_and_the_repair_is_a_button(screen):
    page = screen("diagnostics", SAID, fix=None)
    assert page.locator("pre").first.inner_text() == "select Stge from Deals\n       ^^^^"
    page.get_by_role("button", name="Use Stage").click()
    assert page.called()[0][1]["fix"].startswith("select Stage")
