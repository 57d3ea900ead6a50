from __future__ import annotations

import re
from pathlib import Path

import pytest

from zcrm_tools import settings
from zcrm_tools.errors import NotConfigured
from zcrm_tools.settings import from_environment

LIVE = {"ZCRM_CLIENT_ID": "1000.ID", "ZCRM_CLIENT_SECRET": "canary-1", "ZCRM_REFRESH_TOKEN": "canary-2"}


@pytest.mark.parametrize(("given", "most"), [("", None), ("250", 250), ("0", 0)])
def test_the_credits_of_a_run_are_a_number(given: str, most: int | None):
    assert from_environment({"ZCRM_MAX_CREDITS": given}).max_credits == most


@pytest.mark.parametrize("given", ["many", "-1", "1.5", "²"])
def test_what_is_no_number_of_credits_is_refused(given: str):
    with pytest.raises(NotConfigured, match="ZCRM_MAX_CREDITS"):
        from_environment({"ZCRM_MAX_CREDITS": given})


@pytest.mark.parametrize(
    ("given", "field"), [("", "Zcrm_Key"), ("Import_Id", "Import_Id"), ("none", ""), ("None", "")]
)
def test_the_field_for_keys_can_be_another_or_none(given: str, field: str):
    assert from_environment({"ZCRM_KEY_FIELD": given}).key_field == field


def test_an_empty_environment_gives_the_defaults():
    read = from_environment({})
    assert (read.profile, read.environment, read.demo, read.write) == ("default", "production", False, False)
    assert read.home == Path.home() / ".zcrm"
    assert (read.client_id, read.client_secret.get_secret_value(), read.api_url) == ("", "", "")


def test_every_variable_is_read():
    read = from_environment(
        {
            **LIVE,
            "ZCRM_HOME": "/var/zcrm",
            "ZCRM_PROFILE": " work ",
            "ZCRM_DATA_CENTER": "eu",
            "ZCRM_ENVIRONMENT": "sandbox",
            "ZCRM_SCOPES": "ZohoCRM.org.READ",
            "ZCRM_API_URL": "http://127.0.0.1:8000/",
            "ZCRM_ACCOUNTS_URL": "http://localhost:8001",
            "ZCRM_DEMO": "yes",
            "ZCRM_WRITE": "1",
        }
    )
    assert read.home == Path("/var/zcrm")
    assert (read.profile, read.data_center, read.environment) == ("work", "eu", "sandbox")
    assert (read.client_id, read.scopes) == ("1000.ID", "ZohoCRM.org.READ")
    assert read.client_secret.get_secret_value() == "canary-1"
    assert read.refresh_token.get_secret_value() == "canary-2"
    assert (read.api_url, read.accounts_url) == ("http://127.0.0.1:8000", "http://localhost:8001")
    assert (read.demo, read.write) == (True, True)


def test_every_variable_that_is_read_is_documented_and_the_other_way_round():
    documented = set(re.findall(r"`ZCRM_([A-Z_]+)`", settings.__doc__ or ""))
    assert documented == settings._KNOWN


def test_settings_do_not_show_secrets():
    read = from_environment(LIVE)
    assert "canary" not in repr(read)
    assert "canary" not in str(read)


def test_a_misspelt_variable_is_refused_by_name_and_others_are_left_alone():
    assert from_environment({"PATH": "/bin", "XZCRM_FOO": "1"}).profile == "default"
    with pytest.raises(NotConfigured) as caught:
        from_environment({"ZCRM_DATACENTER": "eu"})
    assert "ZCRM_DATACENTER" in caught.value.problem.message
    assert "ZCRM_DATA_CENTER" in caught.value.problem.allowed


@pytest.mark.parametrize("name", ["ZCRM_API_URL", "ZCRM_ACCOUNTS_URL"])
@pytest.mark.parametrize(
    "url",
    [
        "https://www.zohoapis.com",
        "https://example.com",
        "http://localhost@example.com",
        "http://192.168.1.7:8000",
        "localhost:8000",
        "ftp://localhost",
    ],
)
def test_an_emulators_url_that_leaves_this_machine_is_refused(name, url):
    with pytest.raises(NotConfigured) as caught:
        from_environment({name: url})
    assert caught.value.problem.code == "NOT_LOOPBACK"
    assert name in caught.value.problem.message


@pytest.mark.parametrize(
    ("value", "on"), [("1", True), ("true", True), ("ON", True), ("0", False), ("no", False), ("", False)]
)
def test_a_switch_is_on_or_off(value, on):
    assert from_environment({"ZCRM_WRITE": value}).write is on


@pytest.mark.parametrize("value", ["2", "maybe", "-"])
def test_a_switch_that_is_neither_is_refused(value):
    with pytest.raises(NotConfigured):
        from_environment({"ZCRM_WRITE": value})


def test_an_unknown_environment_is_refused():
    with pytest.raises(NotConfigured):
        from_environment({"ZCRM_ENVIRONMENT": "staging"})


def test_a_home_that_nobody_has_is_refused_with_what_to_set():
    with pytest.raises(NotConfigured, match="Set ZCRM_HOME"):
        from_environment({"ZCRM_HOME": "~nobody-of-this-name/zcrm"})


def test_credentials_that_cannot_be_read_are_refused_by_their_folder(tmp_path: Path):
    (tmp_path / "zcrm_client_secret").write_bytes(b"\xff\xfe")
    with pytest.raises(NotConfigured, match="it is no text") as caught:
        from_environment({"ZCRM_CREDENTIALS_DIR": str(tmp_path)})
    assert str(tmp_path) in caught.value.problem.message


@pytest.mark.parametrize("url", ["http://[", "http://[::1", "https://localhost@evil.example"])
def test_what_is_no_address_of_this_machine_is_no_emulator(url: str):
    with pytest.raises(NotConfigured, match="not on this machine"):
        from_environment({"ZCRM_API_URL": url})
