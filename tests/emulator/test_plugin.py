"""The pytest plugin as its users meet it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import httpx
import pytest

seen: list[str] = []


def listed(org, http, module="Leads", token=None):
    headers = {"Authorization": f"Zoho-oauthtoken {token or org.credentials.access_token}"}
    return http.get(f"{org.url}/crm/v8/{module}", params={"fields": "id", "per_page": 200}, headers=headers)


@pytest.mark.parametrize("again", [1, 2])
def test_every_test_has_an_org_of_its_own_on_the_socket(zoho_emulator, again):
    before = zoho_emulator.count("Leads")
    zoho_emulator.seed("Leads", [{"Last_Name": "Doe", "Company": "Acme"}])
    with httpx.Client() as http:
        created = http.post(
            f"{zoho_emulator.url}/crm/v8/Leads",
            json={"data": [{"Last_Name": "Roe", "Company": "Acme"}]},
            headers=zoho_emulator.headers,
        )
        stale = [listed(zoho_emulator, http, token=token).status_code for token in seen]
    assert created.status_code == 201
    assert zoho_emulator.record("Leads", created.json()["data"][0]["details"]["id"])["Last_Name"] == "Roe"
    assert zoho_emulator.count("Leads") == before + 2
    assert stale == [401] * len(seen), "the credentials of another test are worth nothing here"
    seen.append(zoho_emulator.credentials.access_token)


@pytest.mark.zoho(seed="empty")
async def test_an_org_in_process_needs_no_socket(zoho_org):
    ids = zoho_org.seed("Leads", [{"Last_Name": name, "Company": "Acme"} for name in ("Doe", "Roe")])
    transport = httpx.ASGITransport(app=zoho_org.app)
    async with httpx.AsyncClient(transport=transport, base_url=zoho_org.url) as http:
        reply = await http.get("/crm/v8/Leads", params={"fields": "Last_Name"}, headers=zoho_org.headers)
    assert sorted(int(row["id"]) for row in reply.json()["data"]) == sorted(ids)
    assert [(asked["method"], asked["path"]) for asked in zoho_org.requests()] == [("GET", "/crm/v8/Leads")]


@pytest.mark.zoho(seed="empty", now=datetime(2027, 1, 31, 12, tzinfo=UTC))
def test_the_clock_is_the_tests_own(zoho_emulator):
    assert zoho_emulator.emulator.clock.now() == datetime(2027, 1, 31, 12, tzinfo=UTC)
    with httpx.Client() as http:
        assert listed(zoho_emulator, http).status_code == 204
        zoho_emulator.advance(minutes=61)
        assert listed(zoho_emulator, http).json()["code"] == "INVALID_TOKEN"


def test_tokens_can_be_had_that_may_do_little(zoho_emulator):
    token = zoho_emulator.grant("ZohoCRM.modules.leads.READ").access_token
    with httpx.Client() as http:
        assert listed(zoho_emulator, http, "Leads", token).status_code == 200
        assert listed(zoho_emulator, http, "Deals", token).json()["code"] == "OAUTH_SCOPE_MISMATCH"


def test_the_refresh_token_works_on_the_accounts_url(zoho_emulator):
    held = zoho_emulator.credentials
    form = {
        "grant_type": "refresh_token",
        "client_id": held.client_id,
        "client_secret": held.client_secret,
        "refresh_token": held.refresh_token,
    }
    answer = httpx.post(f"{zoho_emulator.accounts_url}/oauth/v2/token", data=form).json()
    assert answer["api_domain"] == zoho_emulator.url


def test_the_plugin_costs_a_test_run_without_zoho_nothing(tmp_path):
    (tmp_path / "test_other.py").write_text(
        "import sys\n"
        "def test_nothing_of_the_emulator_is_loaded():\n"
        "    assert 'zcrm_tools.testing' in sys.modules\n"
        "    assert not {'starlette', 'uvicorn', 'sqlite3', 'pydantic', 'zcrm_tools.emulator'} & sys.modules.keys()\n"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:hypothesispytest",
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_fixtures_work_in_a_project_that_only_installed_this(tmp_path):
    (tmp_path / "test_mine.py").write_text(
        "import json, urllib.request\n"
        "def test_mine(zoho_emulator):\n"
        "    url = zoho_emulator.url + '/crm/v8/Leads?fields=Last_Name&per_page=2'\n"
        "    asked = urllib.request.Request(url, headers=zoho_emulator.headers)\n"
        "    assert len(json.load(urllib.request.urlopen(asked))['data']) == 2\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stdout
