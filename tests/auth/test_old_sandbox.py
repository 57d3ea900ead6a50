"""`crmsandbox.zoho.…` of older guides: recognised wherever a person may write a host, and answered with today's."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from zcrm_tools import doctor, endpoints
from zcrm_tools.auth import profiles
from zcrm_tools.cli import zcrm
from zcrm_tools.datacenters import DATA_CENTERS, sandbox_of_older_guides
from zcrm_tools.errors import NotConfigured
from zcrm_tools.http.session import Session
from zcrm_tools.settings import from_environment


@pytest.mark.evidence("auth.old-sandbox")
@pytest.mark.parametrize(
    ("place", "today", "code"),
    [
        ("https://crmsandbox.zoho.com", "https://sandbox.zohoapis.com", "us"),
        ("https://crmsandbox.zoho.eu/crm/v2", "https://sandbox.zohoapis.eu", "eu"),
        ("crmsandbox.zoho.com.au", "https://sandbox.zohoapis.com.au", "au"),
        ("http://CRMSANDBOX.zoho.in:443", "https://sandbox.zohoapis.in", "in"),
        ("crmsandbox.zohocloud.ca", "https://sandbox.zohoapis.ca", "ca"),
    ],
)
def test_the_answer_names_the_host_of_today_and_the_command(place, today, code):
    problem = sandbox_of_older_guides(place)
    assert problem is not None
    assert today in problem.message
    assert f"--data-center {code} --environment sandbox" in problem.next_step


@pytest.mark.parametrize("place", ["crmsandbox.zoho.evil", "sandbox.zohoapis.com", "crmsandbox.zoho.com.evil.example", "us", "", "http://["])  # fmt: skip
def test_nothing_else_is_taken_for_it(place):
    assert sandbox_of_older_guides(place) is None


def test_every_data_centre_has_one():
    hosts = (dc.accounts.replace("accounts.", "crmsandbox.") for dc in DATA_CENTERS.values())
    assert all(sandbox_of_older_guides(host) for host in hosts)


OLD = "https://crmsandbox.zoho.eu"
TODAY = "https://sandbox.zohoapis.eu"


@pytest.mark.parametrize("name", ["ZCRM_API_URL", "ZCRM_ACCOUNTS_URL"])
def test_in_the_environment(name):
    with pytest.raises(NotConfigured, match=TODAY):
        from_environment({name: OLD})


async def test_as_a_data_centre_of_the_environment(tmp_path):
    env = {"ZCRM_HOME": str(tmp_path), "ZCRM_DATA_CENTER": "crmsandbox.zoho.eu", "ZCRM_CLIENT_ID": "i", "ZCRM_CLIENT_SECRET": "s", "ZCRM_REFRESH_TOKEN": "r"}  # fmt: skip
    found = await doctor.examine(from_environment(env))
    (bad,) = doctor.unhealthy(found)
    assert (bad.check, bad.code) == ("profile", "OLD_SANDBOX_HOST")
    assert "--environment sandbox" in bad.fix


def test_at_the_login(tmp_path, keyring_store):
    done = CliRunner(env={"ZCRM_HOME": str(tmp_path)}).invoke(
        zcrm, ["login", "--data-center", OLD], obj=keyring_store
    )
    assert isinstance(done.exception, NotConfigured)
    assert TODAY in str(done.exception)


def test_in_a_profile(tmp_path):
    entry = {"name": "old", "kind": "zoho", "accounts_url": "https://accounts.zoho.eu", "api_url": OLD}
    (tmp_path / "profiles.json").write_text(json.dumps({"version": 1, "profiles": {"old": entry}}))
    with pytest.raises(NotConfigured, match=TODAY):
        profiles.load(tmp_path)


async def test_a_session_never_sends_a_token_there():
    class Untouched:
        async def token(self) -> str:
            raise AssertionError("no token is made for it")

        renew = token

    with pytest.raises(NotConfigured, match=TODAY):
        await Session(OLD, Untouched()).call(endpoints.GET_ORG)
