"""Files as the spreadsheets of other countries write them are read rightly or refused, never read wrongly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from zcrm_tools.crm.org import Org
from zcrm_tools.errors import InvalidInput
from zcrm_tools.metadata.habits import MACHINE, Habits
from zcrm_tools.transfer import incoming, intake
from zcrm_tools.transfer.intake import Row

ADA = "Last Name;Company\r\nMüller;Söhne\r\n"


async def rows(
    org: Org, file: Path, habits: Habits = MACHINE, module: str = "Leads", **how: Any
) -> list[Row]:
    """Those that can be written; with the problems of the others in the place of their number."""
    asked = await intake.checked(org, module, incoming.open_file(file), habits=habits, **how)
    return [row async for row, problems, _ in intake.judged(asked) if not problems]


def write(file: Path, *lines: str, encoding: str = "utf-8") -> Path:
    file.write_bytes("".join(f"{line}\r\n" for line in lines).encode(encoding))
    return file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", list(",;\t|"))
async def test_every_encoding_that_says_which_it_is_and_every_delimiter_is_read(
    org: Org, tmp_path: Path, encoding: str, mark: str
):
    text = ADA.replace(";", mark)
    bom = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    file = tmp_path / "leads.csv"
    file.write_bytes((bom + text).encode(encoding))
    (row,) = await rows(org, file)
    assert (row.number, row.values["Last_Name"], row.values["Company"]) == (2, "Müller", "Söhne")


async def test_rows_of_nothing_are_none_and_are_counted_where_they_stand(org: Org, tmp_path: Path):
    file = write(tmp_path / "leads.csv", "Last Name;Company", ";", "", "Müller;a", ";;;")
    assert [row.number for row in await rows(org, file)] == [4]


async def test_columns_without_a_name_are_left_out_and_said(org: Org, tmp_path: Path):
    file = write(tmp_path / "leads.csv", "Last Name;Company;;", "Müller;a;;;", "Meier;b;x;")
    assert [row.number for row in await rows(org, file)] == [2, 3]
    asked = await intake.checked(org, "Leads", incoming.open_file(file))
    assert asked.fit.left_out == {"": "it has no name"}


async def test_excel_s_own_line_of_the_delimiter_is_no_row(org: Org, tmp_path: Path):
    file = write(tmp_path / "leads.csv", "sep=;", "Last Name;Company", "Müller;a, b, c")
    (row,) = await rows(org, file)
    assert (row.number, row.values["Company"]) == (2, "a, b, c")


def test_the_refused_rows_of_a_file_with_a_mark_of_its_encoding_have_it_too(tmp_path: Path):
    for encoding, first in (("utf-16", b"\xef\xbb\xbf"), ("utf-8-sig", b"\xef\xbb\xbf"), ("utf-8", b"Las")):
        file = write(tmp_path / f"{encoding}.csv", "Last Name", "Müller", encoding=encoding)
        target = incoming.place_for_refused(file)
        incoming.open_file(file).write_refused(target, {2: "no"})
        assert target.read_bytes()[:3] == first
        assert "Müller,no" in target.read_text("utf-8-sig")


async def test_numbers_by_comma_are_read_where_it_is_said_and_refused_where_it_is_not(
    org: Org, tmp_path: Path
):
    names = "Last Name;Average Time Spent (Minutes);Annual Revenue;No. of Employees"
    file = write(tmp_path / "leads.csv", names, "A;1.200;1.234,50;1.200", "B;0,125;12,5;12")
    said = await rows(org, file, Habits(","))
    assert [[row.values[n] for n in ("Average_Time_Spent_Minutes", "Annual_Revenue", "No_of_Employees")] for row in said] == [
        [1200, 1234.5, 1200],
        [0.125, 12.5, 12],
    ]  # fmt: skip
    asked = await intake.checked(org, "Leads", incoming.open_file(file))
    assert {p.field for p in asked.refused[2]} == {"Average_Time_Spent_Minutes", "No_of_Employees"}
    assert all("--decimal" in p.next_step for p in asked.refused[2])
    assert [row.number for row in await rows(org, file)] == [3]


async def test_a_file_by_commas_whose_numbers_contradict_each_other_is_refused_as_a_whole(
    org: Org, tmp_path: Path
):
    names = "Last Name,Average Time Spent (Minutes)"
    file = write(tmp_path / "leads.csv", names, "A,1.200", 'B,"12,5"')
    with pytest.raises(InvalidInput, match=r"row 3 has '12,5'.*row 2 has '1.200'.*--decimal"):
        await rows(org, file)
    assert [r.values["Average_Time_Spent_Minutes"] for r in await rows(org, file, Habits(","))] == [
        1200,
        12.5,
    ]
    sound = write(tmp_path / "sound.csv", names, "A,1.200", "B,12.5")
    assert [r.values["Average_Time_Spent_Minutes"] for r in await rows(org, sound)] == [1.2, 12.5]


async def test_days_in_figures_are_read_where_their_order_is_said(org: Org, tmp_path: Path):
    names = "Deal Name;Stage;Closing Date"
    file = write(tmp_path / "deals.csv", names, "A;Qualification;03.04.2026", "B;Qualification;31.12.2026")
    asked = await intake.checked(org, "Deals", incoming.open_file(file))
    assert len(asked.refused) == 2
    assert all("--dates" in p.next_step for some in asked.refused.values() for p in some)
    read = await rows(org, file, Habits(days="dmy"), "Deals")
    assert [row.values["Closing_Date"] for row in read] == ["2026-04-03", "2026-12-31"]


async def test_ids_that_a_spreadsheet_rounded_change_no_other_record(org: Org, tmp_path: Path):
    for name, ids in {
        "shown": ["5.54023E+17", "5,54023E+17"],
        "whole": ["554023000020001000", "554023000020002000"],
    }.items():
        file = write(tmp_path / f"{name}.csv", "id;Company", *(f"{one};New" for one in ids))
        with pytest.raises(InvalidInput, match="rounded") as refused:
            await rows(org, file, mode="update")
        assert refused.value.problem.code == "ROUNDED_IDS"
    file = write(tmp_path / "sound.csv", "id;Company", "554023000020001000;New", "554023000020001003;New")
    assert len(await rows(org, file, mode="update")) == 2
