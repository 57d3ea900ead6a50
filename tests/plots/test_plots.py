"""Plots draw what the rows say, whatever kind of frame they come in, and carry nothing that runs or loads."""

from __future__ import annotations

import re
from datetime import date

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from zcrm_tools import plots
from zcrm_tools.errors import InvalidInput

DEALS = [
    {
        "Stage": "Qualification",
        "Amount": 1000,
        "Closing_Date": "2026-12-10",
        "Probability": 10,
        "Owner": "Asha",
    },
    {
        "Stage": "Qualification",
        "Amount": None,
        "Closing_Date": "2026-12-11",
        "Probability": 10,
        "Owner": "Asha",
    },
    {"Stage": "Signed by fax", "Amount": 300, "Closing_Date": "2027-01-02", "Probability": 50, "Owner": "Bo"},
    {"Stage": "Closed Won", "Amount": 700, "Closing_Date": "2026-11-03", "Probability": 100, "Owner": "Bo"},
    {"Stage": "Closed Lost", "Amount": 900, "Closing_Date": "2026-11-04", "Probability": 0, "Owner": "Bo"},
    {"Stage": "Closed Won", "Amount": 50, "Closing_Date": "2020-01-04", "Probability": 100, "Owner": "Asha"},
]
LEADS = [
    {"Lead_Source": "Web Form", "Lead_Status": "New", "Converted__s": False, "Email": "a@b.example"},
    {"Lead_Source": "Web Form", "Lead_Status": "Contacted", "Converted__s": True, "Email": "A@B.example"},
    {"Lead_Source": None, "Lead_Status": "Contacted", "Converted__s": False, "Email": "test@test.com"},
    {"Lead_Source": "Partner", "Lead_Status": "Junk Lead", "Converted__s": False, "Email": ""},
]
EVERY_PLOT = {
    "pipeline": (plots.pipeline, DEALS),
    "forecast": (plots.forecast, DEALS),
    "performance": (plots.performance, DEALS),
    "sources": (plots.sources, LEADS),
    "funnel": (plots.funnel, LEADS),
    "heatmap": (plots.heatmap, [{"Start_DateTime": "2026-11-24T09:30:00+05:30"}]),
    "quality": (plots.quality, LEADS),
}


def test_the_pipeline_holds_open_deals_in_the_order_of_the_stages():
    assert plots.pipeline(DEALS).data == (
        {"Stage": "Qualification", "deals": 2, "amount": 1000.0},
        {"Stage": "Signed by fax", "deals": 1, "amount": 300.0},
    )


def test_the_forecast_weighs_open_deals_by_probability_and_leaves_out_lost_and_old_ones():
    months = {row["month"]: row for row in plots.forecast(DEALS, today=date(2026, 11, 24)).data}
    assert months[date(2026, 11, 1)] == {
        "month": date(2026, 11, 1),
        "won": 700,
        "expected": 0,
        "other_open": 0,
    }
    assert months[date(2026, 12, 1)]["expected"] == 100
    assert months[date(2026, 12, 1)]["other_open"] == 900
    assert months[date(2027, 1, 1)]["expected"] == 150
    assert next(iter(months)) == date(2026, 9, 1)
    assert list(months)[-1] == date(2027, 1, 1), "months after the last deal are left out"


def test_performance_counts_won_and_lost_of_each_owner():
    assert plots.performance(DEALS).data == (
        {"Owner": "Bo", "won_amount": 700.0, "won": 1, "lost": 1},
        {"Owner": "Asha", "won_amount": 50.0, "won": 1, "lost": 0},
    )


def test_sources_tell_how_many_were_converted():
    by_source = {row["Lead_Source"]: (row["leads"], row["converted"]) for row in plots.sources(LEADS).data}
    assert by_source == {"Web Form": (2, 1), "(none)": (1, 0), "Partner": (1, 0)}


def test_a_funnel_counts_whoever_got_at_least_so_far_and_names_who_left_it():
    plot = plots.funnel(LEADS)
    reached = {row["Lead_Status"]: row["reached"] for row in plot.data}
    assert (reached["New"], reached["Contacted"], reached["Converted"]) == (3, 2, 1)
    assert "1 Junk Lead" in plot.note


def test_a_heat_map_counts_by_the_hour_of_the_times_own_zone():
    counted = [
        row for row in plots.heatmap([{"Start_DateTime": "2026-11-24T09:30:00+05:30"}]).data if row["count"]
    ]
    assert counted == [{"weekday": "Tue", "hour": 9, "count": 1}]


def test_quality_finds_what_is_empty_what_cannot_be_right_and_what_is_shared():
    (mail,) = plots.quality(LEADS, fields=["Email"]).data
    assert mail == {"field": "Email", "filled": 3, "wrong": 1, "shared": 2, "records": 4}


def test_a_phone_without_digits_is_wrong_and_shared_by_nobody():
    rows = [{"Phone": "none"}, {"Phone": "n/a"}, {"Phone": "+49 30 5550 118"}, {"Phone": "(030) 5550118"}]
    (phone,) = plots.quality(rows).data
    assert (phone["wrong"], phone["shared"]) == (2, 0)


@pytest.mark.parametrize("name", EVERY_PLOT)
@pytest.mark.parametrize(
    "made", [pd.DataFrame, pl.DataFrame, pa.Table.from_pylist], ids=["pandas", "polars", "arrow"]
)
def test_frames_of_every_library_give_the_same_plot(name, made):
    draw, rows = EVERY_PLOT[name]
    assert draw(made(rows)).data == draw(rows).data


@pytest.mark.parametrize("name", EVERY_PLOT)
def test_no_rows_give_an_empty_plot(name):
    draw, _ = EVERY_PLOT[name]
    plot = draw([])
    assert plot.html
    assert str(plot)


@pytest.mark.parametrize("name", EVERY_PLOT)
def test_a_plot_loads_nothing_runs_nothing_and_shows_strangers_text_as_text(name):
    draw, rows = EVERY_PLOT[name]
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    texts = ("Stage", "Owner", "Lead_Source", "Lead_Status")
    html = draw([{k: hostile if k in texts else v for k, v in row.items()} for row in rows]).html
    assert not re.search(r"<script|<img|https?:|url\(|@import", html)


def test_a_column_that_a_plot_reads_and_the_data_lacks_is_named():
    with pytest.raises(InvalidInput, match="no column 'Amount'"):
        plots.pipeline([{"Stage": "Qualification"}])


def test_what_is_no_table_is_refused():
    with pytest.raises(InvalidInput, match="str is none"):
        plots.pipeline("select Stage from Deals")


async def test_an_answer_of_run_coql_is_drawn_as_it_comes():
    from zcrm_tools import settings
    from zcrm_tools.connection import open_client

    async with await open_client(settings.from_environment({"ZCRM_DEMO": "1"})) as crm:
        deals = await crm.run_coql(
            query="select Stage, Amount, Owner from Deals where id is not null", max_rows=2000
        )
        found = [record async for record in crm.deals.all(fields=["Stage", "Amount", "Owner"])]
    drawn = plots.pipeline(deals)
    assert drawn.data == plots.pipeline(found).data
    assert sum(row["deals"] for row in drawn.data) > 50
    assert not re.search(r"\d{15}", plots.performance(deals).html), "an owner is shown by name"
