"""The probe of a real org, tried on a second emulator that differs in two points."""

from __future__ import annotations

import tomllib

import pytest
from click.testing import CliRunner

from zcrm_tools.cli import zcrm
from zcrm_tools.emulator.questions import QUESTIONS


@pytest.fixture
def probe(zoho_emulator, monkeypatch):
    """`zcrm emulator compare` with the second emulator as the org; its rows and its last line."""
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
        done = CliRunner().invoke(zcrm, ["emulator", "compare", *options], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        *_, last = done.output.strip().splitlines()
        return {row["id"]: row for row in tomllib.loads(done.output)["row"]}, last

    return run


def test_an_org_that_behaves_the_same_agrees_in_every_point(probe, zoho_emulator):
    before = zoho_emulator.count("Leads")
    rows, last = probe("--write")
    assert list(rows) == [question.id for question in QUESTIONS]
    assert {row["id"]: row for row in rows.values() if row["verdict"] != "agreed"} == {}
    assert last == f"# {len(QUESTIONS)} agreed, 0 differs, 0 could not ask"
    assert zoho_emulator.count("Leads") == before, "every lead of its own is deleted again"


def test_deliberate_differences_are_told_with_both_sides(probe, zoho_emulator, monkeypatch):
    zoho_emulator.emulator.store.refuse_unknown_fields = True
    rows, _ = probe("--write")
    differing = [name for name, row in rows.items() if row["verdict"] == "differs"]
    assert differing == ["records.unknown-field"]
    row = rows["records.unknown-field"]
    assert "INVALID_DATA" in row["org"]
    assert "SUCCESS" in row["emulator"]
    assert row["source"].startswith("https://www.zoho.com/")


def test_without_write_nothing_is_written_and_it_says_what_was_not_asked(probe, zoho_emulator):
    rows, last = probe()
    unasked = {name for name, row in rows.items() if row["verdict"] == "could not ask"}
    assert unasked == {question.id for question in QUESTIONS if question.writes}
    assert last.endswith(f"{len(unasked)} could not ask")
    methods = {
        (asked["method"], asked["path"])
        for asked in zoho_emulator.requests()
        if asked["path"].startswith("/crm/")
    }
    assert not any(method in ("PUT", "DELETE") for method, _ in methods)
    refused = [a for a in zoho_emulator.requests() if a["path"] == "/crm/v8/Leads" and a["method"] == "POST"]
    assert all(asked["status"] == 400 for asked in refused), "only bodies that no org takes"


def test_a_grant_that_is_too_small_is_told_as_such(probe, zoho_emulator, monkeypatch):
    tokens = zoho_emulator.grant("ZohoCRM.modules.leads.READ", "ZohoCRM.users.READ")
    monkeypatch.setenv("ZCRM_REFRESH_TOKEN", tokens.refresh_token)
    rows, _ = probe("--only", "coql")
    reasons = {row["why"] for row in rows.values()}
    assert reasons == {"the org answered OAUTH_SCOPE_MISMATCH", "it creates and deletes a lead: say --write"}


def test_only_chooses_and_an_unknown_name_is_a_usage_error(probe):
    assert list(probe("--only", "access.")[0]) == ["access.no-token", "access.bad-token"]
    done = CliRunner().invoke(zcrm, ["emulator", "compare", "--only", "nothing-like-it"])
    assert done.exit_code == 2
    assert "nothing-like-it" in done.output
