"""Exports by bulk read give the file that COQL gives, say what they cost, and do not pay twice for a job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from zcrm_tools.crm.org import Org
from zcrm_tools.errors import InvalidInput
from zcrm_tools.testing import ZohoOrg
from zcrm_tools.transfer import bulk, export, wanted

FIELDS = {
    "Leads": "Last_Name Email Owner Lead_Source Annual_Revenue Created_Time Email_Opt_Out No_of_Employees",
    "Contacts": "Last_Name Account_Name Reporting_To Date_of_Birth Modified_By Description",
    "Deals": "Deal_Name Stage Amount Closing_Date Account_Name Contact_Name Probability Expected_Revenue",
    "Accounts": "Account_Name Parent_Account Employees Website Billing_City",
    "Cases": "Subject Status Priority Account_Name",
}


@pytest.fixture(autouse=True)
def at_once(zoho_org: ZohoOrg) -> None:
    """Jobs are done as soon as they are looked at, in parts of 100 rows."""
    zoho_org.emulator.store.set_meta("jobs_at_once", 1)
    zoho_org.emulator.store.set_meta("bulk_read_page", 100)


async def out(org: Org, module: str, file: Path, *, where: str = "", **how: Any) -> export.Report:
    asked = await wanted.checked(org, module, file, fields=FIELDS[module].split(), where=where)
    return await export.run(asked, sleep=no_wait, **how)


async def no_wait(_: float) -> None:
    """Nothing waits."""


@pytest.mark.evidence("bulk-read.file")
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("module", FIELDS)
async def test_either_route_gives_the_same_file(org: Org, tmp_path: Path, module: str, ending: str):
    one, other = tmp_path / f"coql.{ending}", tmp_path / f"bulk.{ending}"
    await out(org, module, one)
    report = await out(org, module, other, route="bulk")
    assert report.route == "bulk read"
    assert other.read_bytes() == one.read_bytes()


@pytest.mark.parametrize(
    "where",
    [
        "Lead_Source in ('Website', 'Web Form') and No_of_Employees > 50",
        "Email is null or (Email_Opt_Out = true and Created_Time between '2020-01-01T00:00:00Z' and '2026-06-01T00:00:00Z')",
        "Lead_Source != 'Website'",
    ],
)
@pytest.mark.evidence("bulk-read.comparators")
async def test_a_condition_means_the_same_by_either_route(org: Org, tmp_path: Path, where: str):
    one, other = tmp_path / "coql.csv", tmp_path / "bulk.csv"
    report = await out(org, "Leads", one, where=where)
    await out(org, "Leads", other, where=where, route="bulk")
    assert 0 < report.rows < 300
    assert other.read_bytes() == one.read_bytes()


@pytest.mark.evidence("bulk-read.page-token")
@pytest.mark.evidence("bulk-read.file-life")
async def test_a_job_that_was_paid_for_is_gone_on_with(org: Org, tmp_path: Path, zoho_org: ZohoOrg):
    class Killed(BaseException):
        """What happens to a process, here."""

    file, whole = tmp_path / "leads.csv", tmp_path / "whole.csv"

    def die(_: Any) -> None:
        raise Killed

    with pytest.raises(Killed):
        await out(org, "Leads", file, route="bulk", progress=die)
    started = jobs(zoho_org)
    said: list[str] = []
    await out(org, "Leads", file, route="auto", announce=said.append)
    assert jobs(zoho_org) == started == 3
    await out(org, "Leads", whole)
    assert file.read_bytes() == whole.read_bytes()


def jobs(zoho_org: ZohoOrg) -> int:
    return sum(r["method"] == "POST" and r["path"].endswith("/read") for r in zoho_org.requests())


async def test_the_cheaper_route_is_chosen_and_both_prices_are_said(
    org: Org, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    said: list[str] = []
    report = await out(org, "Leads", tmp_path / "few.csv", route="auto", announce=said.append)
    assert (report.route, said[-1]) == (
        "COQL",
        "300 rows by COQL in 1 page: 3 credits (by bulk read about 57)",
    )
    monkeypatch.setattr(export, "price", lambda rows: rows)
    report = await out(org, "Leads", tmp_path / "many.csv", route="auto", announce=said.append)
    assert report.route == "bulk read"
    assert said[-1].startswith("300 rows by bulk read: about 58 credits")
    assert said[-1].endswith("(by COQL 301 credits)")


async def test_what_bulk_read_cannot_give_is_read_by_coql_or_refused(org: Org, tmp_path: Path):
    where = "Last_Name like 'A%'"
    with pytest.raises(InvalidInput, match="cannot say like"):
        await out(org, "Leads", tmp_path / "a.csv", where=where, route="bulk")
    assert (await out(org, "Leads", tmp_path / "b.csv", where=where, route="auto")).route == "COQL"


@pytest.mark.parametrize("rows", [(1, 57), (200_000, 57), (200_001, 114)])
def test_two_hundred_thousand_rows_are_one_job(rows: tuple[int, int]):
    assert bulk.price(rows[0]) == rows[1]
