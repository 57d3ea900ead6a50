"""A row that was written and looks different now is not written a second time as if it were another."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm.org import Org
from zcrm_tools.errors import InvalidInput
from zcrm_tools.safety import undo
from zcrm_tools.safety.gate import Gate
from zcrm_tools.testing import ZohoOrg
from zcrm_tools.transfer import importing, incoming, intake
from zcrm_tools.transfer.outcome import Report

HEADERS = ["Last Name", "Remarks", "City"]
BODY = [[f"Imported {n}", f"remark {n}", "Oslo" if n % 2 else ""] for n in range(8)]
AS_DESCRIPTION = {"Remarks": "Description"}
Named = Callable[[], list[Mapping[str, Any]]]


def write(file: Path, body: list[list[str]], headers: list[str] = HEADERS) -> Path:
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([headers, *body])
    return file


async def into(org: Org, gate: Gate, file: Path, *, exact: bool = False, **how: Any) -> Report:
    asking = {name: how.pop(name) for name in ("mode", "key", "mapped", "clear") if name in how}
    rows = incoming.open_file(file, exact=exact)
    return await importing.run(await intake.checked(org, "Leads", rows, **asking), gate, by="me", **how)


@pytest.fixture
def named(zoho_org: ZohoOrg) -> Named:
    """The stored leads of these imports."""

    def find() -> list[Mapping[str, Any]]:
        rows = zoho_org.emulator.store.fetch(
            'SELECT id FROM "Leads" WHERE "Last_Name" LIKE \'Imported%\' ORDER BY id'
        )
        return [zoho_org.record("Leads", row[0]) or {} for row in rows]

    return find


async def refused(org: Org, gate: Gate, file: Path, **how: Any) -> str:
    with pytest.raises(InvalidInput) as refusal:
        await into(org, gate, file, **how)
    assert refusal.value.problem.code == "WRITTEN_BEFORE"
    return str(refusal.value)


async def test_a_file_imported_again_by_other_columns_is_asked_about(
    org: Org, gate: Gate, named: Named, tmp_path: Path
):
    file = write(tmp_path / "leads.csv", BODY)
    assert (await into(org, gate, file, mapped={"Remarks": ""})).count("created") == 8
    for changed in ({"mapped": AS_DESCRIPTION}, {"mapped": {"Remarks": ""}, "clear": True}):
        said = await refused(org, gate, file, **changed)
        assert said.startswith("8 rows of this file were written before; ")
        await refused(org, gate, file, dry_run=True, **changed)
    assert len(named()) == 8
    assert (await into(org, gate, file, mapped={"Remarks": ""})).count("earlier") == 8
    assert (await into(org, gate, file, mapped=AS_DESCRIPTION, as_new=True)).count("created") == 8
    assert len(named()) == 16


async def test_a_written_row_that_was_mended_in_the_file_is_asked_about_and_an_added_one_is_not(
    org: Org, gate: Gate, named: Named, tmp_path: Path
):
    file = write(tmp_path / "leads.csv", BODY)
    how = {"mapped": AS_DESCRIPTION}
    await into(org, gate, file, **how)
    more = [*BODY, ["Imported 8", "new", ""]]
    assert (await into(org, gate, write(file, more), **how)).counts == {"earlier": 8, "created": 1}
    mended = [["Imported 0", "remark nought", ""], *more[1:]]
    assert "8 rows" not in await refused(org, gate, write(file, mended), **how)
    assert "1 of them no longer in it" in await refused(org, gate, write(file, mended), **how)
    shorter = await into(org, gate, write(file, more[3:]), **how)
    assert shorter.counts == {"earlier": 6}, "rows that were taken out are nobody's concern"
    assert (await into(org, gate, write(file, mended), as_new=True, **how)).count("created") == 1
    assert len(named()) == 10


async def test_an_update_by_other_columns_goes_on_as_it_writes_nothing_twice(
    org: Org, gate: Gate, zoho_org: ZohoOrg, tmp_path: Path
):
    (lead,) = zoho_org.seed("Leads", [{"Last_Name": "Imported", "Company": "Acme"}])
    file = write(tmp_path / "leads.csv", [[str(lead), "A", "Oslo"]], ["id", "Remarks", "City"])
    await into(org, gate, file, mode="update", mapped={"Remarks": ""})
    await into(org, gate, file, mode="update", mapped=AS_DESCRIPTION)
    stored = zoho_org.record("Leads", lead) or {}
    assert (stored["City"], stored["Description"]) == ("Oslo", "A")


async def test_a_row_is_the_same_read_exactly_or_not(org: Org, gate: Gate, named: Named, tmp_path: Path):
    file = write(tmp_path / "leads.csv", [["Imported 1", "'=1", ""]])
    assert (await into(org, gate, file, mapped=AS_DESCRIPTION)).count("created") == 1
    assert (await into(org, gate, file, mapped=AS_DESCRIPTION, exact=True)).count("earlier") == 1
    assert [row["Description"] for row in named()] == ["=1"]


async def test_what_was_undone_is_written_anew_by_whatever_columns(
    org: Org, gate: Gate, named: Named, tmp_path: Path
):
    file = write(tmp_path / "leads.csv", BODY)
    report = await into(org, gate, file, mapped={"Remarks": ""})
    await undone(org, gate, report)
    assert named() == []
    assert (await into(org, gate, file, mapped=AS_DESCRIPTION)).count("created") == 8
    assert len(named()) == 8


async def undone(org: Org, gate: Gate, report: Report) -> None:
    (plan,) = report.plans

    async def propose() -> Any:
        return await undo.proposal(org, gate.state.changes_of(plan))

    shown = await gate.submit("undo_change", {"change_id": plan, "dry_run": True}, propose)
    gate.approve(shown.plan.id, "me")
    await gate.submit("undo_change", {"change_id": plan, "plan_id": shown.plan.id}, propose)


async def test_an_import_is_undone_as_a_whole_by_its_id_over_all_its_runs_and_no_other(
    client: AsyncClient, named: Named, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(importing, "BATCH", 20)
    org, gate = client.reach.org, client.reach.gate
    file = write(tmp_path / "leads.csv", [[f"Imported {n}"] for n in range(26)], ["Last Name"])
    other = await into(org, gate, write(tmp_path / "other.csv", [["Imported other"]], ["Last Name"]))
    with pytest.raises(InvalidInput, match="limit of 2 credits"):
        await into(org, gate, file, max_credits=2)
    assert len(named()) == 21
    report = await into(org, gate, file)
    assert (report.counts, len(report.plans)) == ({"earlier": 20, "created": 6}, 1)
    assert report.id != other.id
    shown = await client.call("undo_change", {"change_id": report.id})
    assert await client.approve(shown.plan_id, by="a person")
    await client.call("undo_change", {"change_id": report.id, "plan_id": shown.plan_id})
    assert [row["Last_Name"] for row in named()] == ["Imported other"]
    assert (await into(org, gate, file)).count("created") == 26
