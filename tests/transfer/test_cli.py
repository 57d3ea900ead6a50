"""`zcrm export` and `zcrm import` as a person types them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from zcrm_tools.cli import export, import_
from zcrm_tools.testing import ZohoOrg


def test_a_module_is_exported_and_what_it_costs_is_said(tmp_path: Path):
    file = tmp_path / "deals.csv"
    done = CliRunner().invoke(
        export.command, ["Deals", "--demo", "--to", str(file), "--fields", "Deal_Name,Amount"]
    )
    assert done.exit_code == 0
    assert "3 credits" in done.stderr
    with file.open(newline="") as rows:
        found = list(csv.DictReader(rows))
    assert f"{len(found)} records" in done.stdout
    assert list(found[0]) == ["id", "Deal_Name", "Amount"]


def test_a_file_is_imported_after_its_price_is_said_and_what_was_rejected_is_kept(tmp_path: Path):
    file = tmp_path / "leads.csv"
    file.write_text("Last Name,Email\nAda,ada@x.test\nBob,nowhere\n")
    done = CliRunner().invoke(import_.command, ["Leads", str(file), "--demo", "--yes"])
    assert done.exit_code == import_.INCOMPLETE
    assert "row 3: Email takes" in done.stderr
    assert "create 1 Leads: at most 3 credits" in done.stderr
    assert "1 created" in done.stdout
    rejected = (tmp_path / "leads.rejected.csv").read_text().splitlines()
    assert rejected[0] == "Last Name,Email,Rejected because"
    assert rejected[1].startswith("Bob,nowhere,Email takes")


def test_without_a_person_to_ask_nothing_is_written(tmp_path: Path):
    file = tmp_path / "leads.csv"
    file.write_text("Last Name\nAda\n")
    refused = CliRunner().invoke(import_.command, ["Leads", str(file), "--demo"])
    assert getattr(refused.exception, "problem").code == "NEEDS_APPROVAL"  # noqa: B009


def test_a_person_who_says_no_is_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "leads.csv"
    file.write_text("Last Name\nAda\n")
    monkeypatch.setattr(import_, "_at_terminal", lambda: True)
    said = CliRunner().invoke(import_.command, ["Leads", str(file), "--demo"], input="n\n")
    assert said.exit_code == 1
    assert "Last_Name: Ada" in said.stderr
    assert "Nothing was written" in said.stdout
    said = CliRunner().invoke(import_.command, ["Leads", str(file), "--demo"], input="y\n")
    assert said.exit_code == 0
    assert "1 created" in said.stdout


@pytest.mark.parametrize("mapped", ["Last Name", "Nmae=Last_Name"])
def test_a_wrong_mapping_is_refused(mapped: str, tmp_path: Path):
    file = tmp_path / "leads.csv"
    file.write_text("Last Name\nAda\n")
    refused = CliRunner().invoke(import_.command, ["Leads", str(file), "--demo", "--yes", "--map", mapped])
    assert refused.exit_code != 0


@pytest.mark.usefixtures("signed_in")
def test_an_import_that_ran_out_of_credits_is_priced_by_what_is_left(tmp_path: Path):
    file = tmp_path / "leads.csv"
    file.write_text("\n".join(["Last Name", *(f"Ada {n}" for n in range(250))]))

    def run(most: int) -> Result:
        command = ["Leads", str(file), "--yes", "--max-credits", str(most)]
        return CliRunner().invoke(import_.command, command)

    dear = run(26)
    assert getattr(dear.exception, "problem").code == "COST_TOO_HIGH"  # noqa: B009
    assert run(27).exit_code == 0
    again = run(0)
    assert again.exit_code == 0
    assert "250 written before; create 0 Leads: at most 0 credits" in again.stderr
    assert "250 written by an earlier run" in again.stdout


@pytest.fixture
def signed_in(zoho_emulator: ZohoOrg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    issued = zoho_emulator.credentials
    for name, value in {
        "HOME": str(tmp_path / "home"),
        "API_URL": zoho_emulator.url,
        "ACCOUNTS_URL": zoho_emulator.url,
        "CLIENT_ID": issued.client_id,
        "CLIENT_SECRET": issued.client_secret,
        "REFRESH_TOKEN": issued.refresh_token,
        "WRITE": "1",
    }.items():
        monkeypatch.setenv(f"ZCRM_{name}", value)
