"""Excel files: cells come with their types, and what has no value is refused by its place."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from zcrm_tools.crm.org import Org
from zcrm_tools.errors import InvalidInput
from zcrm_tools.metadata import moments
from zcrm_tools.safety.gate import Gate
from zcrm_tools.testing import ZohoOrg
from zcrm_tools.transfer import excel_file, export, importing, incoming, intake, raw, wanted, workbook
from zcrm_tools.transfer.columns import Column
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


def with_sheet(file: Path, change: Callable[[bytes], bytes]) -> Path:
    """The workbook with other XML for its first sheet."""
    with zipfile.ZipFile(file) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, change(content) if name.endswith("sheet1.xml") else content)
    return file


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"<sheetData>", b"<sheetData", 1),
        lambda data: data.replace(b"<worksheet", b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet', 1).replace(b"<t>Ada", b"<t>&x;Ada"),
    ],
    ids=["cut short", "no XML", "an entity of another file"],
)  # fmt: skip
def test_a_damaged_workbook_is_refused_in_words(tmp_path: Path, damage: Callable[[bytes], bytes]):
    file = with_sheet(write(tmp_path / "leads.xlsx", ["Last Name"], ["Ada"]), damage)
    with pytest.raises(InvalidInput) as refused:
        incoming.open_file(file)
    assert refused.value.problem.code == "NOT_EXCEL"
    assert "root:" not in str(refused.value)


def test_a_workbook_whose_bytes_were_changed_is_refused_in_words(tmp_path: Path):
    whole = write(tmp_path / "leads.xlsx", ["Last Name"], *([f"Ada {n}"] for n in range(50))).read_bytes()
    for at in range(60, len(whole), 97):
        damaged = tmp_path / f"{at}.xlsx"
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        with suppress(InvalidInput):
            list(incoming.open_file(damaged).rows())


def test_a_workbook_that_would_fill_the_memory_or_never_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    far = with_sheet(
        write(tmp_path / "far.xlsx", ["Last Name"], ["Ada"]),
        lambda data: data.replace(b'<row r="2"', b'<row r="1000000000000"'),
    )
    monkeypatch.setattr(workbook, "ROWS", 1_000)
    with pytest.raises(InvalidInput, match="more than the 1,001 rows that Excel has"):
        incoming.open_file(far)
    big = with_sheet(
        write(tmp_path / "big.xlsx", ["Last Name"], ["Ada"]),
        lambda data: data.replace(b"<sheetData>", b"<sheetData>" + b" " * 1_000_000),
    )
    assert big.stat().st_size < 10_000
    monkeypatch.setattr(excel_file, "UNPACKED", 500_000)
    with pytest.raises(InvalidInput, match="when it is unpacked"):
        incoming.open_file(big)


async def test_ids_that_are_numbers_in_the_workbook_are_taken_for_rounded(org: Org, tmp_path: Path):
    file = write(tmp_path / "leads.xlsx", ["id", "Company"], [5.54023000020001e17, "New"])
    with pytest.raises(InvalidInput, match="rounded"):
        await intake.checked(org, "Leads", incoming.open_file(file), mode="update")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("_x0041_\r\n\t\0='<&"), min_size=1)
COLUMNS = tuple(
    Column(name, name, kind)
    for name, kind in (
        ("id", "text"), ("Text", "text"), ("Number", "number"), ("Day", "date"), ("Moment", "datetime"), ("Yes", "boolean"),
    )
)  # fmt: skip


def written(file: Path, rows: list[dict[str, Any]], zone: str = "Europe/Berlin") -> list[raw.Raw]:
    data, _ = workbook.lines(COLUMNS, rows, ZoneInfo(zone))
    made = workbook.Workbook(file.open("wb"), [column.name for column in COLUMNS])
    made.add(data, 0)
    made.close()
    return [row for _, row in incoming.open_file(file).rows()]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            TEXTS,
            st.integers(-(10**15) + 1, 10**15 - 1) | st.floats(-1e14, 1e14),
            st.dates(date(1900, 3, 1)),
            st.datetimes(datetime(1901, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
            st.booleans(),
        ),
        min_size=1,
        max_size=5,
    )
)
@example([("_x005F_", 1, date(2026, 3, 29), datetime(2026, 10, 25, 0, 30, tzinfo=UTC), True)])
def test_what_an_export_writes_is_read_back(tmp_path: Path, values: list[tuple[Any, ...]]):
    zone = ZoneInfo("Europe/Berlin")
    rows = [
        {"id": "554023000020001003", "Text": t, "Number": n, "Day": d.isoformat(), "Moment": m.isoformat(timespec="seconds"), "Yes": y}
        for t, n, d, m, y in values
    ]  # fmt: skip
    for row, (text, number, day, moment, yes) in zip(written(tmp_path / "x.xlsx", rows), values, strict=True):
        assert (row["id"], row["Text"], row["Number"], row["Yes"]) == (
            "554023000020001003",
            text,
            number,
            yes,
        )
        assert row["Day"].date() == day
        found = moments.moment(
            row["Moment"] if isinstance(row["Moment"], str) else row["Moment"].isoformat(), zone
        )
        assert isinstance(found, str)
        assert datetime.fromisoformat(found) == moment.replace(microsecond=0)


def test_what_excel_cannot_hold_as_a_number_or_a_day_is_text_and_what_is_too_long_is_counted(tmp_path: Path):
    odd = {"id": "1", "Text": "ok", "Number": 10**15, "Day": "1899-12-31", "Moment": "soon"}
    (row,) = written(tmp_path / "x.xlsx", [odd])
    assert [row[n] for n in ("Number", "Day", "Moment")] == ["1000000000000000", "1899-12-31", "soon"]
    assert workbook.lines(COLUMNS, [{"id": "1", "Text": "x" * 40_000}], None)[1] == 1


async def test_an_exported_workbook_is_changed_and_imported_again(
    org: Org, gate: Gate, zoho_org: ZohoOrg, tmp_path: Path
):
    file = tmp_path / "leads.xlsx"
    fields = ["Last_Name", "Owner", "Lead_Source", "Annual_Revenue", "Created_Time", "Email_Opt_Out", "Phone"]
    asked = await wanted.checked(org, "Leads", file, fields=fields)
    report = await export.run(asked)
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    assert (sheet.max_row, sheet.freeze_panes) == (report.rows + 1, "A2")
    sheet["F2"].value = 4711
    book.save(file)
    again = await into(org, gate, file, "Leads", mode="update")
    assert again.counts == {"updated": 1, "unchanged": report.rows - 1}
    assert (zoho_org.record("Leads", sheet["A2"].value) or {})["Annual_Revenue"] == 4711
