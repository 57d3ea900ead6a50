"""Exports held to what the emulator's database has, whole, cut short and with rows that come and go meanwhile."""

from __future__ import annotations

import csv
import json
import random
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from zcrm_tools.crm.org import Org
from zcrm_tools.errors import InvalidInput, QueryRefused
from zcrm_tools.testing import ZohoOrg
from zcrm_tools.transfer import export, incoming, wanted
from zcrm_tools.transfer.progress import Progress

FIELDS = ("Last_Name", "Email", "Owner", "Lead_Source", "Annual_Revenue", "Created_Time", "Email_Opt_Out")
Ids = Callable[[str], list[str]]


class Killed(BaseException):
    """What happens to a process, here."""


def ids_in(file: Path) -> list[str]:
    if file.suffix == ".csv":
        with file.open(newline="") as rows:
            return [row["id"] for row in csv.DictReader(rows)]
    if file.suffix == ".jsonl":
        return [json.loads(line)["id"] for line in file.read_text().splitlines()]
    if file.suffix == ".xlsx":
        return [row["id"] for _, row in incoming.open_file(file).rows()]
    parquet = pytest.importorskip("pyarrow.parquet")
    return list(parquet.read_table(file).column("id").to_pylist())


async def out(org: Org, file: Path, **how: Any) -> export.Report:
    asked = await wanted.checked(org, "Leads", file, fields=FIELDS, where=how.pop("where", ""))
    return await export.run(asked, **how)


@pytest.mark.parametrize("ending", ["csv", "xlsx", "jsonl", "parquet"])
async def test_every_row_is_in_the_file_once_and_in_order(
    ending: str, org: Org, stored: Ids, tmp_path: Path, small_pages: None
):
    file = tmp_path / f"leads.{ending}"
    report = await out(org, file)
    assert ids_in(file) == stored("Leads")
    assert report.rows == len(stored("Leads"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.glob("*unfinished*")) == []  # noqa: ASYNC240


async def test_the_price_is_said_before_and_is_what_was_spent(org: Org, tmp_path: Path):
    said: list[str] = []
    report = await out(org, tmp_path / "leads.csv", announce=said.append)
    assert report.credits == 3
    assert said == ["300 rows by COQL in 1 page: 3 credits"]


@pytest.mark.parametrize("rows", [(100_000, 150), (2_200, 4), (2_201, 5), (0, 0), (1, 1)])
def test_a_hundred_thousand_rows_cost_a_hundred_and_fifty_credits(rows: tuple[int, int]):
    assert export.price(rows[0]) == rows[1]


@pytest.mark.parametrize("ending", ["csv", "xlsx", "jsonl", "parquet"])
async def test_killed_at_random_points_and_resumed_the_file_equals_the_undisturbed_one(
    ending: str, org: Org, tmp_path: Path, small_pages: None
):
    now = datetime.now(UTC)
    whole = tmp_path / f"whole.{ending}"
    await out(org, whole, now=now)
    dice = random.Random(11)
    for trial in range(3):
        file = tmp_path / f"cut{trial}.{ending}"
        runs = 0
        while not file.exists():
            left = dice.randrange(1, 6)

            def die(_: Progress) -> None:
                nonlocal left
                left -= 1
                if left < 0:
                    raise Killed

            try:
                await out(org, file, progress=die, now=now, concurrency=4)
            except Killed:
                runs += 1
        assert runs > 1
        assert file.read_bytes() == whole.read_bytes()


async def test_a_page_that_a_kill_left_half_written_is_read_again(
    org: Org, tmp_path: Path, small_pages: None
):
    file = tmp_path / "leads.csv"
    seen = 0

    def die(_: Progress) -> None:
        nonlocal seen
        seen += 1
        if seen == 4:
            raise Killed

    with pytest.raises(Killed):
        await out(org, file, progress=die)
    folder = tmp_path / "leads.csv.unfinished"
    page = next(p for p in folder.iterdir() if p.name[0].isdigit() and p.stat().st_size)
    page.write_bytes(page.read_bytes()[:-40])
    with (folder / "pages.jsonl").open("ab") as listed:
        listed.write(b'{"segment": {"ga')
    await out(org, file)
    undisturbed = tmp_path / "again.csv"
    await out(org, undisturbed)
    assert file.read_bytes() == undisturbed.read_bytes()


async def test_rows_deleted_while_it_reads_take_no_other_row_along(
    org: Org, stored: Ids, zoho_org: ZohoOrg, tmp_path: Path, small_pages: None
):
    """Each deletion moves every later row one place up, to a page that may have been read already."""
    file = tmp_path / "leads.csv"
    before = stored("Leads")
    gone: list[str] = []

    def delete(progress: Progress) -> None:
        if len(gone) < 5 and progress.rows > 40:
            gone.append(before[len(gone)])
            zoho_org.emulator.store.delete("Leads", int(gone[-1]), by=1)

    await out(org, file, progress=delete, concurrency=1)
    assert len(gone) == 5
    assert set(before) - set(gone) <= set(ids_in(file))
    assert len(ids_in(file)) == len(set(ids_in(file)))


async def test_records_made_after_the_snapshot_are_left_out(org: Org, stored: Ids, tmp_path: Path):
    at = datetime.now(UTC) - timedelta(days=60)
    file = tmp_path / "leads.jsonl"
    report = await out(org, file, now=at)
    assert report.snapshot == at.replace(microsecond=0)
    times = [json.loads(line)["Created_Time"] for line in file.read_text().splitlines()]
    assert 0 < len(times) < len(stored("Leads"))
    assert all(datetime.fromisoformat(t) <= at for t in times)


async def test_a_condition_narrows_it(org: Org, tmp_path: Path):
    file = tmp_path / "leads.jsonl"
    await out(org, file, where="Lead_Source = 'Web Form' or Lead_Source = 'Website'")
    sources = {json.loads(line)["Lead_Source"] for line in file.read_text().splitlines()}
    assert sources <= {"Web Form", "Website"}
    assert sources


async def test_what_costs_more_than_allowed_is_not_begun(org: Org, tmp_path: Path, small_pages: None):
    with pytest.raises(InvalidInput, match="the limit is 5") as refused:
        await out(org, tmp_path / "leads.csv", max_credits=5)
    assert refused.value.problem.code == "COST_TOO_HIGH"


async def test_pages_of_another_export_are_not_mixed_in(org: Org, tmp_path: Path, small_pages: None):
    file = tmp_path / "leads.csv"

    def die(_: Progress) -> None:
        raise Killed

    with pytest.raises(Killed):
        await out(org, file, progress=die)
    with pytest.raises(InvalidInput) as refused:
        await out(org, file, where="Lead_Source = 'Website'")
    assert refused.value.problem.code == "OTHER_EXPORT"


async def test_unknown_fields_are_all_named_with_the_nearest(org: Org, tmp_path: Path):
    with pytest.raises(InvalidInput) as refused:
        await wanted.checked(org, "Leads", tmp_path / "x.csv", fields=["Last_Nam", "Emial", "Email"])
    assert [(p.field, p.closest) for p in refused.value.problems] == [
        ("Last_Nam", "Last_Name"),
        ("Emial", "Email"),
    ]
    with pytest.raises(QueryRefused):
        await wanted.checked(org, "Leads", tmp_path / "x.csv", where="Emial = 'a'")
    with pytest.raises(InvalidInput, match="ends in none of"):
        await wanted.checked(org, "Leads", tmp_path / "x.xls")


async def test_all_standard_modules_come_out_without_naming_fields(org: Org, stored: Ids, tmp_path: Path):
    for module in ("Leads", "Contacts", "Accounts", "Deals", "Tasks", "Events", "Calls", "Cases"):
        file = tmp_path / f"{module}.parquet"
        report = await export.run(await wanted.checked(org, module, file))
        assert ids_in(file) == stored(module)
        assert report.misfits == 0


async def test_without_fields_the_stamps_are_among_those_chosen_and_the_others_are_named_with_the_reason(
    org: Org, tmp_path: Path
):
    asked = await wanted.checked(org, "Leads", tmp_path / "leads.csv")
    assert len(asked.names) == wanted.FIELDS + 1
    assert set(asked.names) > wanted.STAMPS
    assert asked.skipped["Tag"] == "COQL does not return it"
    assert "a query names 50 fields" in asked.skipped.values()
    known = await org.catalogue.fields("Leads")
    assert {*asked.names, *asked.skipped} == known.keys() | {"id"}
