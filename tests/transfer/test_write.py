"""`crm.write`: rows in memory, of whatever kind, into a module."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.connection import connect
from zcrm_tools.errors import NotAllowed

ROWS = [
    {"last_name": f"Written {n}", "Company": "Acme", "Annual Revenue": n, "Email_Opt_Out": n % 2 == 0}
    for n in range(30)
]


def frame(kind: str) -> Any:
    library = pytest.importorskip({"pandas": "pandas", "polars": "polars", "arrow": "pyarrow"}[kind])
    return library.Table.from_pylist(ROWS) if kind == "arrow" else library.DataFrame(ROWS)


@pytest.mark.parametrize("kind", ["mappings", "pandas", "polars", "arrow"])
async def test_rows_of_every_kind_are_written_with_their_types(client: AsyncClient, kind: str):
    report = await client.write(ROWS if kind == "mappings" else frame(kind), "Leads", approved_by="me")
    assert report.complete
    for number, lead in report.ids.items():
        record = await client.leads.get(lead)
        assert record is not None
        assert (record["Last_Name"], record["Annual_Revenue"]) == (f"Written {number}", number)
        assert record["Email_Opt_Out"] is (number % 2 == 0)


async def test_empty_cells_of_a_table_of_numbers_are_nothing(client: AsyncClient):
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame([{"Last_Name": "A", "Annual_Revenue": 1.0}, {"Last_Name": "B", "City": "Rome"}])
    report = await client.write(table, "Leads")
    record = await client.leads.get(report.ids[1])
    assert record is not None
    assert (record["Annual_Revenue"], record["City"]) == (None, "Rome")


async def test_a_day_that_a_table_has_as_a_moment_is_a_day(client: AsyncClient):
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame([{"Deal_Name": "A", "Stage": "Qualification", "Closing_Date": "2026-12-31"}])
    table["Closing_Date"] = pandas.to_datetime(table["Closing_Date"])
    report = await client.write(table, "Deals")
    assert report.complete, report.rejected[0].reason
    assert (await client.deals.get(report.ids[0]))["Closing_Date"] == "2026-12-31"


async def test_rows_under_a_name_are_written_once_and_others_each_time(client: AsyncClient):
    first = await client.write(ROWS[:5], "Leads", name="of today")
    again = await client.write(ROWS[:6], "Leads", name="of today")
    assert (again.count("earlier"), again.count("created")) == (5, 1)
    assert first.ids.items() <= again.ids.items()
    assert (await client.write(ROWS[:5], "Leads")).count("created") == 5
    assert (await client.write(ROWS[:5], "Leads")).count("created") == 5
    assert (await client.write(ROWS[:5], "Leads", name="of today", again=True)).count("created") == 5


async def test_many_rows_need_a_person_and_what_is_wrong_is_in_the_report(client: AsyncClient):
    with pytest.raises(NotAllowed, match="approved_by"):
        await client.write(ROWS, "Leads")
    report = await client.write([*ROWS[:2], {"Company": "No name"}], "Leads", mode="create")
    assert [row.status for row in report.rows] == ["created", "created", "rejected"]
    assert "Last_Name" in report.rows[2].reason
    found = [{"id": report.ids[0], "Company": "Changed"}]
    assert (await client.write(found, "Leads", mode="update")).count("updated") == 1


async def test_what_a_batch_wrote_is_taken_back_at_once(client: AsyncClient):
    report = await client.write(ROWS[:5], "Leads")
    (plan,) = report.plans
    shown = await client.call("undo_change", {"change_id": plan})
    assert await client.approve(shown.plan_id, by="a person")
    await client.call("undo_change", {"change_id": plan, "plan_id": shown.plan_id})
    assert [await client.leads.find(lead) for lead in report.ids.values()] == [None] * 5


def test_the_synchronous_face_takes_a_file_too(tmp_path: Path):
    file = tmp_path / "leads.csv"
    file.write_text("Last Name\nAda\nBob\n")
    with connect(demo=True, write=True) as crm:
        report = crm.write(file, "Leads")
        assert str(report).startswith("Leads: 2 created")
        assert len(list(crm.query("select id from Leads where Last_Name in ('Ada', 'Bob')"))) >= 2
