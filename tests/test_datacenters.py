from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from zcrm_tools.datacenters import DATA_CENTERS, data_center, environment, is_loopback
from zcrm_tools.errors import NotConfigured

# By hand from Zoho's multi-DC page and the official SDK, apart from the table under test.
HOSTS = {
    "us": ("https://accounts.zoho.com", "https://www.zohoapis.com"),
    "eu": ("https://accounts.zoho.eu", "https://www.zohoapis.eu"),
    "in": ("https://accounts.zoho.in", "https://www.zohoapis.in"),
    "au": ("https://accounts.zoho.com.au", "https://www.zohoapis.com.au"),
    "jp": ("https://accounts.zoho.jp", "https://www.zohoapis.jp"),
    "cn": ("https://accounts.zoho.com.cn", "https://www.zohoapis.com.cn"),
    "ca": ("https://accounts.zohocloud.ca", "https://www.zohoapis.ca"),
    "sa": ("https://accounts.zoho.sa", "https://www.zohoapis.sa"),
    "uk": ("https://accounts.zoho.uk", "https://www.zohoapis.uk"),
    "ae": ("https://accounts.zoho.ae", "https://www.zohoapis.ae"),
}


@pytest.mark.evidence("auth.hosts")
def test_the_hosts_are_zohos():
    assert {code: (dc.accounts, dc.api()) for code, dc in DATA_CENTERS.items()} == HOSTS


@pytest.mark.evidence("auth.hosts")
def test_other_environments_replace_the_first_word_of_the_api_host():
    assert data_center("ca").api("sandbox") == "https://sandbox.zohoapis.ca"
    assert data_center("us").api("developer") == "https://developer.zohoapis.com"


def test_hosts_without_a_primary_source_are_marked():
    assert {code for code, dc in DATA_CENTERS.items() if not dc.confirmed} == {"uk", "ae"}


@pytest.mark.parametrize("dc", DATA_CENTERS.values(), ids=lambda dc: dc.code)
def test_every_host_is_https_and_nothing_more(dc):
    for url in (dc.accounts, dc.upload, dc.api(), dc.api("sandbox")):
        parts = urlsplit(url)
        assert (parts.scheme, parts.path, parts.query, parts.port) == ("https", "", "", None)


@pytest.mark.parametrize(
    ("said", "code"),
    [("EU", "eu"), (" us ", "us"), ("com", "us"), (".com.au", "au"), ("zohoapis.in", "in"), ("ca", "ca")],
)
def test_a_data_center_is_found_by_code_or_by_domain(said, code):
    assert data_center(said).code == code


@pytest.mark.parametrize("said", ["", "de", "zoho.eu.example.com", "https://accounts.zoho.eu"])
def test_an_unknown_data_center_is_refused_with_the_list(said):
    with pytest.raises(NotConfigured) as caught:
        data_center(said)
    assert set(caught.value.problem.allowed) == set(HOSTS)


def test_an_unknown_environment_is_refused_with_the_list():
    assert environment("sandbox") == "sandbox"
    with pytest.raises(NotConfigured) as caught:
        environment("test")
    assert caught.value.problem.allowed == ("production", "sandbox", "developer")


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:8080/x", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:1", True),
        ("http://LOCALHOST", True),
        ("http://localhost.example.com", False),
        ("http://localhost@example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://0.0.0.0", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_only_this_machine_is_this_machine(url, here):
    assert is_loopback(url) is here
