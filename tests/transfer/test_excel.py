"""Excel files: cells come with their types, and what has no value is refused by its place."""

from __future__ import annotations

import warnings
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from zcrm_tools.crm.org import Org
from zcrm_tools.errors import InvalidInput
from zcrm_tools.safety.gate import Gate
from zcrm_tools.testing import ZohoOrg
from zcrm_tools.transfer import importing, incoming, intake, raw
from zcrm_tools.transfer.outcome import Report

openpyxl = pytest.importorskip("openpyxl")


def write(file: Path, *rows: list[Any]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.create_sheet("Notes").append(["of no concern"])
    book.save(file)
    return file


async def into(org: Org, gate: Gate, file: Path, module: str, **how: Any) -> Report:
    asked = await intake.checked(org, module, incoming.open_file(file), **how)
    return await importing.run(asked, gate, by="me")


async def test_numbers_days_and_moments_come_as_they_are(
    org: Org, gate: Gate, zoho_org: ZohoOrg, tmp_path: Path
):
    file = write(
        tmp_path / "deals.xlsx",
        [],
        ["Deal Name", "Stage", "Closing Date", "Amount", "Description", None],
        ["Sheet 1", "Qualification", datetime(2026, 12, 31), 1234.5, 42, None],  # noqa: DTZ001 — Excel knows no zones
        [None, "", None, None, None, None],
        ["Sheet 2", "Qualification", date(2026, 4, 3), 1200, "'tis", None],
    )
    report = await into(org, gate, file, "Deals")
    stored = {n: zoho_org.record("Deals", made) or {} for n, made in report.ids.items()}
    assert {n: [row[k] for k in ("Closing_Date", "Amount", "Description")] for n, row in stored.items()} == {
        3: ["2026-12-31", 1234.5, "42"],
        5: ["2026-04-03", 1200, "'tis"],
    }


async def test_a_moment_is_read_by_the_clock_of_the_org(
    org: Org, gate: Gate, zoho_org: ZohoOrg, tmp_path: Path
):
    zone = (await org.catalogue.org()).time_zone
    assert zone == "America/New_York"
    file = write(
        tmp_path / "calls.xlsx",
        ["Subject", "Call Type", "Call Start Time", "Call Duration"],
        ["Rang", "Inbound", datetime(2026, 7, 1, 15, 30), "05:00"],  # noqa: DTZ001
    )
    report = await into(org, gate, file, "Calls")
    assert [row.reason for row in report.rejected] == []
    kept = (zoho_org.record("Calls", report.ids[2]) or {})["Call_Start_Time"]
    assert datetime.fromtimestamp(kept, UTC) == datetime(2026, 7, 1, 19, 30, tzinfo=UTC)


async def test_refused_rows_are_a_workbook_to_mend_in_which_no_text_is_a_formula(
    org: Org, gate: Gate, tmp_path: Path
):
    file = tmp_path / "leads.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["Last Name", "Email", "Company", "No. of Employees"])
    book.active.append(["Good", "a@b.test", "C", 5])
    book.active.append(["Bad", "nowhere", "x", 7])
    book.active["C3"].value, book.active["C3"].data_type = "=1+1", "s"
    book.save(file)
    report = await into(org, gate, file, "Leads")
    assert report.counts == {"created": 1, "rejected": 1}
    target = incoming.place_for_refused(file)
    assert target.name == "leads.rejected.xlsx"
    incoming.open_file(file).write_refused(target, {r.number: r.reason for r in report.rejected})
    again = incoming.open_file(target)
    assert again.headers == ("Last Name", "Email", "Company", "No. of Employees", raw.REASON)
    ((_, row),) = again.rows()
    assert (row["Company"], row["No. of Employees"]) == ("=1+1", 7)
    assert row[raw.REASON].startswith("Email takes")


def test_cells_without_a_value_and_files_that_are_no_workbooks_are_refused_by_name(tmp_path: Path):
    def refusal(file: Path) -> str:
        with pytest.raises(InvalidInput) as refused:
            incoming.open_file(file)
        return str(refused.value)

    assert "Cell B2 of f.xlsx is a formula that was never" in refusal(
        write(tmp_path / "f.xlsx", ["A", "B"], [1, "=1+1"])
    )
    assert "Cell B2 of e.xlsx is an error (#N/A)" in refusal(
        write(tmp_path / "e.xlsx", ["A", "B"], [1, "#N/A"])
    )
    assert "no row of column names" in refusal(write(tmp_path / "n.xlsx"))
    assert "more than one column 'A'" in refusal(write(tmp_path / "t.xlsx", ["A", "A"]))
    (tmp_path / "p.xlsx").write_bytes(b"\xd0\xcf\x11\xe0 not a zip")
    assert "or a password protects it" in refusal(tmp_path / "p.xlsx")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "ends in none of" in refusal(tmp_path / "old.xls")


async def test_ids_that_are_numbers_in_the_workbook_are_taken_for_rounded(org: Org, tmp_path: Path):
    file = write(tmp_path / "leads.xlsx", ["id", "Company"], [5.54023000020001e17, "New"])
    with pytest.raises(InvalidInput, match="rounded"):
        await intake.checked(org, "Leads", incoming.open_file(file), mode="update")
