"""The suite of operations as it runs against a real org, with an emulator in the org's place: it passes, and afterwards
the org is as it was.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

SUITE = Path(__file__).parents[1] / "client"
MODULES = "Leads Contacts Accounts Deals Tasks Events Calls Notes Campaigns Products".split()


def counts(org: Mapping[str, str]) -> dict[str, int]:
    found = {}
    with httpx.Client(
        base_url=org["url"], headers={"Authorization": f"Zoho-oauthtoken {org['access_token']}"}
    ) as http:
        for module in MODULES:
            query = {"select_query": f"select count(id) from {module} where id is not null"}
            found[module] = http.post("/crm/v8/coql", json=query).json()["data"][0]["count(id)"]
    return found


def test_the_suite_leaves_an_org_as_it_was(emulator_process, tmp_path):
    with emulator_process() as org:
        before = counts(org)
        given = {
            "TEST_ZOHO": "1",
            "ZCRM_HOME": str(tmp_path / "home"),
            "ZCRM_API_URL": org["url"],
            **{f"ZCRM_{name.upper()}": org[name] for name in ("accounts_url", "client_id", "client_secret")},
            "ZCRM_REFRESH_TOKEN": org["refresh_token"],
        }
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-k", "live", str(SUITE)]
        done = subprocess.run(
            command, env={**os.environ, **given}, capture_output=True, text=True, check=False
        )
        print(done.stdout.splitlines()[-1])
        assert done.returncode == 0, done.stdout[-3_000:]
        assert counts(org) == before
