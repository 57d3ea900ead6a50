"""Rows in the kernel: any table, a block at a time, ids exact, and nothing of them in what a notebook saves."""

from __future__ import annotations

import csv
import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from zcrm_tools.widgets.rows import Rows, table

BIG = "5725767000000524157"
ROWS = [
    {"id": BIG, "Name": "Beta", "Amount": 5.5, "Account": {"name": "Frost", "id": "1"}},
    {"id": "5725767000000524158", "Name": "alpha", "Amount": None, "Account": None},
    {"id": "98", "Name": "=HYPERLINK()", "Amount": 7, "Account": {"name": "Ash", "id": "2"}},
]
FIRST = {"start": 0, "count": 100, "sort": None, "descending": False, "filter": ""}


@pytest.mark.parametrize(
    "source",
    [ROWS, pd.DataFrame(ROWS), pl.DataFrame(ROWS), pa.Table.from_pylist(ROWS)],
    ids=["mappings", "pandas", "polars", "arrow"],
)
def test_any_table_is_shown_with_its_ids_exact(browser, source):
    shown = browser(Rows(source)).ask("show")
    assert [c["name"] for c in shown["columns"]] == ["id", "Name", "Amount", "Account"]
    assert shown["rows"][0][0] == BIG
    assert [row[2] for row in shown["rows"]] == [5.5, None, 7]


def test_whole_numbers_that_a_browser_would_round_come_as_text(browser):
    assert browser(Rows([{"n": int(BIG)}])).ask("show")["rows"] == [[BIG]]


def test_values_that_are_no_json_are_shown_as_people_write_them():
    values = [
        date(2026, 1, 2),
        datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        Decimal("1.5"),
        math.nan,
        pd.NaT,
        pd.NA,
    ]
    block = table([{"v": value} for value in values]).block(0, 10)
    assert [row[0] for row in block["rows"]] == [
        "2026-01-02",
        "2026-01-02T03:04:00+00:00",
        1.5,
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("Name", ["=HYPERLINK()", "alpha", "Beta"]),
        ("Amount", ["Beta", "=HYPERLINK()", "alpha"]),
        ("id", ["=HYPERLINK()", "Beta", "alpha"]),
        ("Account", ["=HYPERLINK()", "Beta", "alpha"]),
    ],
)
def test_each_column_is_sorted_as_its_values_are_read(browser, sort, names):
    found = browser(Rows(ROWS)).ask("rows", **{**FIRST, "sort": sort})
    assert [row[1] for row in found["rows"]] == names


def test_the_order_goes_with_the_filter_and_can_be_taken_back(browser):
    rows = browser(Rows(ROWS))
    found = rows.ask("rows", **{**FIRST, "sort": "Name", "descending": True, "filter": "A"})
    assert [row[1] for row in found["rows"]] == ["Beta", "alpha", "=HYPERLINK()"]
    assert rows.ask("rows", **{**FIRST, "filter": "frost"})["total"] == 1
    assert [row[1] for row in rows.ask("rows", **FIRST)["rows"]] == ["Beta", "alpha", "=HYPERLINK()"]


def test_an_unknown_column_is_refused_by_name(browser):
    assert "'Stge'" in browser(Rows(ROWS)).refused("rows", **{**FIRST, "sort": "Stge"})[0]["message"]


def test_a_fault_of_ours_is_said_to_be_one(browser, caplog):
    problems = browser(Rows(ROWS)).refused("rows", start=0)
    assert problems[0]["code"] == "FAULT"
    assert "failed" in caplog.text


def test_rows_are_saved_beside_the_notebook_for_its_owner_alone(browser, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = browser(Rows(ROWS, label="Open deals"))
    order = {"sort": "Amount", "descending": False, "filter": ""}
    assert rows.ask("save", form="csv", **order) == "3 rows are in open-deals.csv."
    assert rows.ask("save", form="csv", **order) == "3 rows are in open-deals-1.csv."
    with (tmp_path / "open-deals.csv").open(newline="") as file:
        written = list(csv.reader(file))
    assert written[1] == [BIG, "Beta", "5.5", "Frost"]
    assert written[2][1] == "'=HYPERLINK()"  # as exports keep it from being run
    assert (tmp_path / "open-deals.csv").stat().st_mode & 0o777 == 0o600
    rows.ask("save", form="json", **order)
    assert json.loads((tmp_path / "open-deals.json").read_text())[0]["id"] == BIG


def test_a_saved_file_has_cells_as_an_export_has_them(browser, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    row = {
        "=1+1": True,
        "Tags": ["=a", "b"],
        "Phone": "+49 30 901820",
        "Note": "＝1+1",
        "Owner": {"name": "@x", "id": "1"},
    }
    order = {"sort": None, "descending": False, "filter": ""}
    browser(Rows([row])).ask("save", form="csv", **order)
    with (tmp_path / "rows.csv").open(newline="") as file:
        head, cells = list(csv.reader(file))
    assert head[0] == "'=1+1"
    assert cells == ["true", "'=a;b", "+49 30 901820", "'＝1+1", "'@x"]


def test_no_row_is_in_what_a_notebook_saves(browser):
    rows = Rows(ROWS)
    browser(rows).ask("show")
    state = json.dumps(rows.get_state(), default=str)
    assert BIG not in state
    assert "HYPERLINK" not in state
    assert "HYPERLINK" not in str(rows._repr_mimebundle_())
