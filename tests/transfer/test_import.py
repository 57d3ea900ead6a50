"""Imports held to what the emulator's database has: each row once, whatever was there, wrong, repeated or cut short."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from zcrm_tools.crm.org import Org
from zcrm_tools.errors import InvalidInput, NotAllowed, PermissionDenied
from zcrm_tools.safety.gate import Gate
from zcrm_tools.safety.policy import Names, Policy, Window
from zcrm_tools.testing import ZohoOrg
from zcrm_tools.transfer import export, importing, incoming, intake, raw, wanted
from zcrm_tools.transfer.outcome import Report
from zcrm_tools.transfer.progress import Progress

HEADERS = ("Last Name", "Company", "Email", "Annual Revenue")
Ids = Callable[[str], list[str]]


class Killed(BaseException):
    """What happens to a process, here."""


def rows(count: int, first: int = 0) -> list[list[Any]]:
    return [
        [f"Imported {n}", f"Company {n}", f"person{n}@imported.test", n * 10]
        for n in range(first, first + count)
    ]


def write_csv(file: Path, body: Iterable[Iterable[Any]], headers: Iterable[str] = HEADERS) -> Path:
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([headers, *body])
    return file


async def into(org: Org, gate: Gate, file: Path, **how: Any) -> Report:
    asking = {name: how.pop(name) for name in ("mode", "key", "mapped", "clear") if name in how}
    asked = await intake.checked(org, how.pop("module", "Leads"), incoming.open_file(file), **asking)
    return await importing.run(asked, gate, **{"by": "a person"} | how)


@pytest.fixture
def named(zoho_org: ZohoOrg) -> Callable[[str], list[Mapping[str, Any]]]:
    """The stored leads whose last name begins so."""

    def find(prefix: str) -> list[Mapping[str, Any]]:
        found = zoho_org.emulator.store.fetch(
            'SELECT id FROM "Leads" WHERE "Last_Name" LIKE ? ORDER BY id', (f"{prefix}%",)
        )
        return [zoho_org.record("Leads", row[0]) or {} for row in found]

    return find


@pytest.mark.evidence("writes.batch-100")
@pytest.mark.evidence("writes.status")
async def test_every_row_is_in_the_crm_once_and_in_the_journal(
    org: Org, gate: Gate, named: Any, tmp_path: Path
):
    report = await into(org, gate, write_csv(tmp_path / "leads.csv", rows(250)))
    assert (report.count("created"), report.complete) == (250, True)
    assert report.credits == 26  # one of them to ask which workflow rules may fire
    stored = named("Imported")
    assert sorted(str(row["id"]) for row in stored) == sorted(report.ids.values())
    assert {(row["Last_Name"], row["Annual_Revenue"]) for row in stored} == {(r[0], r[3]) for r in rows(250)}
    changes = gate.state.changes(org.profile.identity, 1_000)
    assert {change.record for change in changes} == set(report.ids.values())


async def test_the_same_file_is_not_written_twice_and_a_mended_row_of_it_once(
    org: Org, gate: Gate, named: Any, tmp_path: Path
):
    body = rows(120)
    body[7][2] = "no address"
    file = write_csv(tmp_path / "leads.csv", body)
    first = await into(org, gate, file)
    assert (first.count("created"), first.count("rejected")) == (119, 1)
    body[7][2] = "mended@imported.test"
    body.reverse()  # rows may move
    second = await into(org, gate, write_csv(file, body))
    assert (second.count("earlier"), second.count("created")) == (119, 1)
    moved = file.rename(tmp_path / "elsewhere.csv")
    third = await into(org, gate, moved)
    assert (third.count("earlier"), third.credits) == (120, 0)
    assert len(named("Imported")) == 120
    assert (await into(org, gate, moved, again=True)).count("created") == 120
    assert (await into(org, gate, moved)).count("earlier") == 120


async def test_a_row_that_is_in_stays_in_though_it_would_be_refused_today(
    org: Org, gate: Gate, zoho_org: ZohoOrg, named: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = write_csv(tmp_path / "leads.csv", rows(3))
    await into(org, gate, file)
    fields = dict(await org.catalogue.fields("Leads"))
    fields["City"] = fields["City"].model_copy(update={"mandatory": True})

    async def stricter(_module: str) -> Any:
        return fields

    monkeypatch.setattr(org.catalogue, "fields", stricter)
    assert (await into(org, gate, file)).count("earlier") == 3
    other = write_csv(tmp_path / "other.csv", rows(3, first=10))
    assert (await into(org, gate, other)).count("rejected") == 3
    assert len(named("Imported")) == 3


async def test_what_was_not_written_is_written_after_the_journal_was_purged_and_nothing_else(
    org: Org, gate: Gate, zoho_org: ZohoOrg, named: Any, tmp_path: Path
):
    file = write_csv(tmp_path / "leads.csv", rows(150))
    zoho_org.emulator.faults.lay(
        {"kind": "refuse", "status": 403, "code": "NO_PERMISSION", "method": "POST", "skip": 1}, frozenset()
    )
    with pytest.raises(PermissionDenied):
        await into(org, gate, file)
    assert len(named("Imported")) == 100
    gate.state.purge(datetime.now(UTC) + timedelta(days=1))
    assert (await into(org, gate, file)).counts == {"earlier": 100, "created": 50}
    assert len(named("Imported")) == 150


async def test_rows_that_say_the_same_are_as_many_records(org: Org, gate: Gate, named: Any, tmp_path: Path):
    file = write_csv(tmp_path / "leads.csv", [*rows(3), *rows(3)])
    assert (await into(org, gate, file)).count("created") == 6
    assert (await into(org, gate, file)).count("earlier") == 6
    assert len(named("Imported")) == 6


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
async def test_rejected_rows_are_a_file_of_the_same_form_that_is_mended_and_imported(
    org: Org, gate: Gate, named: Any, tmp_path: Path, ending: str
):
    file = tmp_path / f"leads.{ending}"
    body = [dict(zip(HEADERS, row, strict=True)) for row in rows(5)]
    body[1]["Email"], body[3]["Last Name"] = "no address", ""
    put(file, body)
    report = await into(org, gate, file)
    assert report.count("created") == 3
    target = incoming.place_for_refused(file)
    incoming.open_file(file).write_refused(target, {r.number: r.reason for r in report.rejected})
    refused = taken(target)
    assert [list(row) for row in refused] == [[*HEADERS, raw.REASON]] * 2
    assert "Email takes" in refused[0][raw.REASON]
    assert "Last_Name" in refused[1][raw.REASON]
    assert str(refused[0]["Annual Revenue"]) == "10"
    refused[0]["Email"], refused[1]["Last Name"] = "mended@imported.test", "Imported too"
    put(target, refused)
    assert (await into(org, gate, target)).count("created") == 2
    assert len(named("Imported")) == 5
    assert incoming.place_for_refused(target) == tmp_path / f"leads.rejected-2.{ending}"


def test_two_imports_that_end_at_once_have_a_file_of_refused_rows_each(tmp_path: Path):
    file = write_csv(tmp_path / "leads.csv", rows(2))
    one, other = (incoming.place_for_refused(file) for _ in range(2))
    for target, reason in ((one, "mine"), (other, "yours")):
        incoming.open_file(file).write_refused(target, {2: reason})
    assert [row[raw.REASON] for target in (one, other) for row in taken(target)] == ["mine", "yours"]
    assert {stat.S_IMODE(target.stat().st_mode) for target in (one, other)} == {0o600}


def put(file: Path, body: list[dict[str, Any]]) -> None:
    if file.suffix == ".csv":
        write_csv(file, [row.values() for row in body], body[0])
    elif file.suffix == ".jsonl":
        file.write_text("".join(json.dumps(row) + "\n" for row in body))
    else:
        pa = pytest.importorskip("pyarrow")
        pytest.importorskip("pyarrow.parquet").write_table(pa.Table.from_pylist(body), file)


def taken(file: Path) -> list[dict[str, Any]]:
    if file.suffix == ".csv":
        with file.open(newline="") as lines:
            return list(csv.DictReader(lines))
    if file.suffix == ".jsonl":
        return [json.loads(line) for line in file.read_text().splitlines()]
    found: list[dict[str, Any]] = pytest.importorskip("pyarrow.parquet").read_table(file).to_pylist()
    return found


async def test_columns_are_fitted_by_name_or_label_and_unknown_ones_told_together(
    org: Org, gate: Gate, named: Any, tmp_path: Path
):
    body = [["Imported", "Acme", "x", "2026-11-24T10:00:00Z"]]
    file = write_csv(tmp_path / "leads.csv", body, ["last_name", "Compny", "Remarks of ours", "Created Time"])
    with pytest.raises(InvalidInput) as refused:
        await into(org, gate, file)
    assert [(p.field, p.closest) for p in refused.value.problems] == [
        ("Compny", "Company"),
        ("Remarks of ours", ""),
    ]
    mapped = {"Compny": "Company", "Remarks of ours": ""}
    asked = await intake.checked(org, "leads", incoming.open_file(file), mapped=mapped)
    assert asked.fit.left_out == {"Created Time": "Zoho sets it"}
    await importing.run(asked, gate, by="a person")
    (stored,) = named("Imported")
    assert stored["Company"] == "Acme"


async def test_an_exported_file_is_changed_and_imported_again(
    org: Org, gate: Gate, zoho_org: ZohoOrg, tmp_path: Path
):
    file = tmp_path / "leads.csv"
    fields = ["Last_Name", "Owner", "Lead_Source", "Annual_Revenue", "Created_Time"]
    await export.run(await wanted.checked(org, "Leads", file, fields=fields))
    body = taken(file)
    for row in body[:130]:
        row["Annual_Revenue"] = "4711"
    put(file, body)
    report = await into(org, gate, file, mode="update")
    assert (report.count("updated"), report.count("unchanged")) == (130, len(body) - 130)
    changed = {row["id"] for row in body[:130]}
    for row in body:
        stored = zoho_org.record("Leads", row["id"]) or {}
        assert (stored["Annual_Revenue"] == 4711) == (row["id"] in changed)


@pytest.mark.evidence("coql.counts")
async def test_updates_by_a_key_say_whom_they_do_not_find_and_whom_they_find_twice(
    org: Org, gate: Gate, zoho_org: ZohoOrg, tmp_path: Path
):
    made = [{"Last_Name": f"Keyed {n}", "Email": f"k{n // 2}@keyed.test"} for n in (0, 1, 2)]
    ids = zoho_org.seed("Leads", made)
    body = [
        ["K1@keyed.test", "A"],
        ["k0@keyed.test", "B"],
        ["k9@keyed.test", "C"],
        ["", "D"],
        ["k1@keyed.test", "E"],
    ]
    file = write_csv(tmp_path / "leads.csv", body, ["Email", "Company"])
    report = await into(org, gate, file, mode="update", key="Email")
    codes = [[p.code for p in row.problems] for row in report.rows]
    assert codes == [[], ["AMBIGUOUS_KEY"], ["RECORD_NOT_FOUND"], ["NO_KEY"], ["KEY_TWICE"]]
    assert report.rows[1].problems[0].allowed == (str(ids[0]), str(ids[1]))
    assert (zoho_org.record("Leads", ids[2]) or {})["Company"] == "A"


async def test_a_task_says_which_module_it_is_about(org: Org, gate: Gate, zoho_org: ZohoOrg, tmp_path: Path):
    (deal,) = zoho_org.seed("Deals", [{"Deal_Name": "About", "Stage": "Qualification"}])
    file = write_csv(
        tmp_path / "tasks.csv", [["Imported", deal, "Deals"]], ["Subject", "What Id", "$se_module"]
    )
    report = await into(org, gate, file, module="Tasks")
    assert [row.reason for row in report.rejected] == []
    assert (zoho_org.record("Tasks", report.ids[2]) or {})["What_Id"] == deal


async def test_what_tells_no_record_from_another_is_no_key(org: Org, gate: Gate, tmp_path: Path):
    file = write_csv(tmp_path / "leads.csv", [["Imported", "x"]], ["Last Name", "Owner"])
    for key, code in (("Owner", "NO_KEY"), ("Emial", "UNKNOWN_FIELD"), ("", "NO_KEY"), ("Email", "NO_KEY")):
        with pytest.raises(InvalidInput) as refused:
            await into(org, gate, file, mode="upsert", key=key)
        assert refused.value.problem.code == code


async def test_an_upsert_changes_who_is_there_and_makes_who_is_not(
    org: Org, gate: Gate, named: Any, tmp_path: Path
):
    await into(org, gate, write_csv(tmp_path / "first.csv", rows(60)))
    more = rows(120, first=30)
    for row in more:
        row[1] = "Changed"
    more[100][0] = ""  # fine for a change, not for a new one
    report = await into(org, gate, write_csv(tmp_path / "more.csv", more), mode="upsert", key="Email")
    assert report.counts == {"updated": 30, "created": 89, "rejected": 1}
    assert report.rejected[0].problems[0].code == "MANDATORY_NOT_FOUND"
    stored = named("Imported")
    assert len({row["Email"] for row in stored}) == len(stored) == 149
    assert sum(row["Company"] == "Changed" for row in stored) == 119


async def test_empty_cells_leave_their_field_alone_unless_they_are_to_clear_it(
    org: Org, gate: Gate, zoho_org: ZohoOrg, tmp_path: Path
):
    (lead,) = zoho_org.seed("Leads", [{"Last_Name": "Full", "Company": "Acme", "City": "Rome"}])
    file = write_csv(tmp_path / "leads.csv", [[lead, "", "Oslo"]], ["id", "Company", "City"])
    await into(org, gate, file, mode="update")
    assert (zoho_org.record("Leads", lead) or {})["Company"] == "Acme"
    file = write_csv(tmp_path / "clear.csv", [[lead, "", "Oslo"]], ["id", "Company", "City"])
    await into(org, gate, file, mode="update", clear=True)
    assert (zoho_org.record("Leads", lead) or {})["Company"] is None


async def test_a_lookup_named_in_a_cell_is_found_once_for_all_rows(
    org: Org, gate: Gate, zoho_org: ZohoOrg, tmp_path: Path
):
    zoho_org.seed("Accounts", [{"Account_Name": "Sole Holder"}])
    body = [[f"Deal {n}", "Qualification", "Sole Holder", "2026-12-24"] for n in range(150)]
    file = write_csv(tmp_path / "deals.csv", body, ["Deal Name", "Stage", "Account Name", "Closing Date"])
    before = sum("/coql" in r["path"] for r in zoho_org.requests())
    report = await into(org, gate, file, module="Deals")
    assert report.count("created") == 150
    assert sum("/coql" in r["path"] for r in zoho_org.requests()) - before <= 2


async def test_killed_after_any_batch_and_gone_on_with_each_row_is_there_once(
    org: Org, gate: Gate, named: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(importing, "BATCH", 20)
    file = write_csv(tmp_path / "leads.csv", rows(90))

    def die(at: Progress) -> None:
        if at.now:
            raise Killed

    kills = 0
    while len(named("Imported")) < 90:
        with pytest.raises(BaseExceptionGroup):
            await into(org, gate, file, progress=die)
        kills += 1
    report = await into(org, gate, file)
    assert kills == 5
    assert (report.count("earlier"), report.complete) == (90, True)
    assert len(named("Imported")) == 90


async def test_two_that_import_the_same_file_at_once_write_each_row_once(
    org: Org, gate: Gate, named: Any, tmp_path: Path
):
    import asyncio

    file = write_csv(tmp_path / "leads.csv", rows(300))
    other = Gate(org, gate.state, Policy(write=True))
    await asyncio.gather(into(org, gate, file), into(org, other, file), return_exceptions=True)
    await gate.finish()
    await other.finish()
    report = await into(org, gate, file)
    assert report.complete
    assert len(named("Imported")) == 300


async def test_a_dry_run_tells_what_would_be_and_writes_nothing(
    org: Org, gate: Gate, stored: Ids, tmp_path: Path
):
    before = stored("Leads")
    file = write_csv(tmp_path / "leads.csv", [*rows(130), ["", "", "", ""], ["", "No name", "", ""]])
    report = await into(org, gate, file, dry_run=True, by="")
    assert report.counts == {"created": 130, "rejected": 1}
    assert "130 would be created" in str(report)
    assert stored("Leads") == before
    assert gate.state.changes(org.profile.identity, 10) == []
    assert (await into(org, gate, file)).count("created") == 130
    written = len(stored("Leads"))
    assert (await into(org, gate, file, dry_run=True, again=True)).count("created") == 130
    assert (await into(org, gate, file)).count("earlier") == 130
    assert len(stored("Leads")) == written


async def test_without_a_person_or_write_mode_nothing_is_written(
    org: Org, gate: Gate, stored: Ids, tmp_path: Path
):
    before = stored("Leads")
    file = write_csv(tmp_path / "leads.csv", rows(21))
    with pytest.raises(NotAllowed, match="person must agree"):
        await into(org, gate, file, by="")
    with pytest.raises(NotAllowed, match="read-only"):
        await into(org, Gate(org, gate.state, Policy()), file)
    assert stored("Leads") == before
    most = Policy(write=True, most=20, source="policy.toml")
    with pytest.raises(NotAllowed, match="ends at 20"):
        await into(org, Gate(org, gate.state, most), file)
    none = Policy(write=True, modules=Names(deny=frozenset({"Leads"})))
    with pytest.raises(NotAllowed, match="keeps Leads"):
        await into(org, Gate(org, gate.state, none), file)
    assert stored("Leads") == before
    few = write_csv(tmp_path / "few.csv", rows(20))
    assert (await into(org, gate, few, by="")).count("created") == 20


async def test_files_small_enough_for_no_person_are_not_so_one_after_another(
    org: Org, gate: Gate, named: Any, tmp_path: Path
):
    held = Gate(org, gate.state, Policy(write=True, window=Window(rows=30)))
    files = [write_csv(tmp_path / f"{n}.csv", rows(15, first=15 * n)) for n in range(3)]
    for file in files[:2]:
        assert (await into(org, held, file, by="")).count("created") == 15
    with pytest.raises(NotAllowed, match="person must agree"):
        await into(org, held, files[2], by="")
    assert len(named("Imported")) == 30
    assert (await into(org, held, files[2])).count("created") == 15


async def test_what_is_refused_of_many_records_is_refused_although_each_batch_is_small(
    org: Org, gate: Gate, stored: Ids, tmp_path: Path
):
    before = stored("Leads")
    file = write_csv(tmp_path / "leads.csv", rows(101))
    never = Policy(write=True, row_cap=100, effects={"mass": "refuse"}, source="policy.toml")
    with pytest.raises(NotAllowed, match=r"refuses .* more than 100"):
        await into(org, Gate(org, gate.state, never), file)
    assert stored("Leads") == before


async def test_the_price_is_held_and_what_is_left_is_gone_on_with(
    org: Org, gate: Gate, named: Any, tmp_path: Path
):
    file = write_csv(tmp_path / "leads.csv", rows(250))
    with pytest.raises(InvalidInput, match="limit of 15 credits"):
        await into(org, gate, file, max_credits=15)
    assert len(named("Imported")) == 100
    assert (await into(org, gate, file)).counts == {"earlier": 100, "created": 150}


async def test_files_that_cannot_be_read_say_why(tmp_path: Path):
    def refusal(name: str, content: bytes) -> str:
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(InvalidInput) as refused:
            incoming.open_file(file)
        return refused.value.problem.code

    assert refusal("a.csv", "Last Name\nMüller\n".encode("latin-1")) == "NOT_UTF8"
    assert refusal("a.csv", b'Last Name,City\n"Ada,Rome\nBob,Oslo\n') == "NOT_CSV"
    assert refusal("a.csv", b'Last Name,City\n"Ada" L,Rome\n') == "NOT_CSV"
    assert refusal("b.csv", b"") == "NO_HEADERS"
    assert refusal("c.csv", b"A,A\n1,2\n") == "HEADER_TWICE"
    assert refusal("d.jsonl", b'{"a": 1}\n[1]\n') == "NOT_JSON"
    assert refusal("half.jsonl", rb'{"a": "\ud800"}') == "NOT_JSON"
    assert refusal("deep.jsonl", b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}") == "NOT_JSON"
    assert refusal("e.parquet", b"PAR?") == "NOT_PARQUET"
    assert refusal("f.xls", b"PK") == "UNKNOWN_FORMAT"
    with pytest.raises(InvalidInput, match="cannot be read"):
        incoming.open_file(tmp_path / "none.csv")


async def test_a_file_of_another_country_s_spreadsheet_is_read_too(
    org: Org, gate: Gate, named: Any, tmp_path: Path
):
    file = tmp_path / "leads.csv"
    text = "\ufeffLast Name;Company;Annual Revenue\nImported;Müller, Söhne;1.234,50\nImported surplus;a;1;b\n"
    file.write_text(text, encoding="utf-8")
    report = await into(org, gate, file)
    (stored,) = named("Imported")
    assert (stored["Company"], stored["Annual_Revenue"]) == ("Müller, Söhne", 1234.5)
    assert report.rejected[0].number == 3
    assert report.rejected[0].problems[0].code == "SURPLUS_CELLS"
