"""A seed read from one emulator and loaded into another."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from zcrm_tools.cli import zcrm
from zcrm_tools.emulator.recording import MODULES, Redactor, kept
from zcrm_tools.emulator.schema import standard_modules
from zcrm_tools.emulator.seed.own import load
from zcrm_tools.emulator.snapshots import fresh


@pytest.fixture
def recorded(zoho_emulator, monkeypatch, tmp_path):
    """Runs `zcrm emulator record` on the org; the seed and what was said."""
    held = zoho_emulator.credentials
    for name, value in (
        ("ZCRM_API_URL", zoho_emulator.url),
        ("ZCRM_ACCOUNTS_URL", zoho_emulator.accounts_url),
        ("ZCRM_CLIENT_ID", held.client_id),
        ("ZCRM_CLIENT_SECRET", held.client_secret),
        ("ZCRM_REFRESH_TOKEN", held.refresh_token),
    ):
        monkeypatch.setenv(name, value)

    def run(*options):
        to = tmp_path / "seed.json"
        done = CliRunner().invoke(
            zcrm, ["emulator", "record", "--to", str(to), *options], catch_exceptions=False
        )
        assert done.exit_code == 0, done.output
        return json.loads(to.read_text("utf-8")), done

    return run


def test_another_emulator_loads_it_and_has_the_same_shape(recorded, zoho_emulator):
    found, _ = recorded("--limit", "400")
    org = zoho_emulator.emulator.store
    other = fresh("empty")
    load(other.store, found["records"])  # what `POST /__emulator__/seed` does
    listed = org.fetch('SELECT count(*) FROM "Leads" WHERE NOT Converted__s')
    assert other.store.fetch('SELECT count(*) FROM "Leads"') == listed, "a list has no converted leads"
    for module in ("Deals", "Accounts", "Contacts"):
        assert other.store.count(module) == min(org.count(module), 400), module
    counts = 'SELECT Stage, count(*) FROM "Deals" GROUP BY Stage ORDER BY Stage'
    assert other.store.fetch(counts) == org.fetch(counts), "picklists stay"
    joined = 'SELECT count(*) FROM "Deals" d JOIN "Accounts" a ON a.id = d.Account_Name'
    assert other.store.fetch(joined) == org.fetch(joined), "lookups stay"
    other.close()


def test_no_text_number_or_id_of_the_org_is_in_it(recorded, zoho_emulator):
    found, _ = recorded()
    text = json.dumps(found, ensure_ascii=False)
    store = zoho_emulator.emulator.store
    for module, columns in (
        ("Leads", ("Last_Name", "Company", "Email", "Phone")),
        ("Accounts", ("Account_Name",)),
    ):
        for column in columns:
            values = {row[0] for row in store.fetch(f'SELECT "{column}" FROM "{module}"')}
            told = {row.get(column) for row in found["records"][module]}
            assert not (values & told) - {None}, (module, column)
    ids = [str(row[0]) for row in store.fetch('SELECT id FROM "Leads" UNION SELECT id FROM "Users"')]
    assert not any(record in text for record in ids)
    amounts = [row["Amount"] for row in found["records"]["Deals"] if row.get("Amount")]
    assert amounts
    assert all(len(f"{amount:.0f}".rstrip("0")) == 1 for amount in amounts)


def test_it_only_reads(recorded, zoho_emulator):
    recorded("--modules", "Leads,Deals", "--limit", "5")
    asked = [one for one in zoho_emulator.requests() if one["path"].startswith("/crm/")]
    assert {one["method"] for one in asked} == {"GET"}
    assert {one["path"] for one in asked} == {"/crm/v8/Leads", "/crm/v8/Deals"}


def test_what_the_grant_does_not_cover_is_left_out_and_said(recorded, zoho_emulator, monkeypatch):
    tokens = zoho_emulator.grant("ZohoCRM.modules.leads.READ")
    monkeypatch.setenv("ZCRM_REFRESH_TOKEN", tokens.refresh_token)
    found, done = recorded("--modules", "Leads,Deals", "--limit", "5")
    assert found["records"].keys() == {"Leads"}
    assert found["left_out"] == {"Deals": "the org answered OAUTH_SCOPE_MISMATCH"}
    assert "Deals: left out" in done.output


def test_equal_texts_stay_equal_and_others_differ():
    company = standard_modules()["Leads"].fields["Company"]
    redactor = Redactor()
    first, second, third = (redactor.text(company, name) for name in ("Acme", "Bolt", "Acme"))
    assert first == third != second


@pytest.mark.parametrize("module", MODULES)
def test_every_module_it_reads_keeps_more_than_names(module):
    assert len(kept(standard_modules()[module])) > 2
