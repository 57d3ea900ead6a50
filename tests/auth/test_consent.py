from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zcrm_tools import scopes
from zcrm_tools.auth.consent import authorization_url, new_challenge, new_state, read_callback
from zcrm_tools.datacenters import DATA_CENTERS
from zcrm_tools.errors import AuthError, LoginRequired, NotConfigured

WANTED = sorted(scopes.parse("ZohoCRM.org.READ,ZohoCRM.modules.leads.READ"))


def address(**options):
    return authorization_url(
        "https://accounts.zoho.eu", "1000.ID", WANTED, "http://localhost:8765/callback", state="s1", **options
    )


@pytest.mark.evidence("auth.consent-url")
def test_the_address_asks_for_offline_access_and_exactly_the_scopes():
    url = urlsplit(address())
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://accounts.zoho.eu/oauth/v2/auth"
    assert parse_qs(url.query, strict_parsing=True) == {
        "response_type": ["code"],
        "client_id": ["1000.ID"],
        "scope": ["ZohoCRM.modules.leads.READ,ZohoCRM.org.READ"],
        "redirect_uri": ["http://localhost:8765/callback"],
        "access_type": ["offline"],
        "state": ["s1"],
    }


@pytest.mark.evidence("auth.consent-url")
def test_consent_is_asked_again_and_a_challenge_sent_only_on_request():
    query = parse_qs(urlsplit(address(ask_again=True, challenge="abc")).query)
    assert (query["prompt"], query["code_challenge"], query["code_challenge_method"]) == (
        ["consent"],
        ["abc"],
        ["S256"],
    )


def test_a_challenge_is_the_hash_of_its_verifier_and_states_differ():
    made = new_challenge()
    digest = hashlib.sha256(made.verifier.get_secret_value().encode()).digest()
    assert base64.urlsafe_b64decode(made.challenge + "=") == digest
    assert 43 <= len(made.verifier.get_secret_value()) <= 128
    assert new_state() != new_state()


def test_an_address_at_another_host_is_not_made():
    with pytest.raises(NotConfigured):
        authorization_url("https://accounts.example.com", "1000.ID", WANTED, "http://localhost/", state="s")


def callback(**query):
    return "http://localhost:8765/callback?" + urlencode({k.replace("_", "-"): v for k, v in query.items()})


@pytest.mark.evidence("auth.callback")
@pytest.mark.parametrize("dc", DATA_CENTERS.values(), ids=lambda dc: dc.code)
def test_the_code_and_its_data_center_are_read_from_the_callback(dc):
    url = callback(code="1000.c", state="s1", location=dc.code, accounts_server=dc.accounts)
    read = read_callback(f"  {url}\n", state="s1")
    assert (read.code.get_secret_value(), read.location, read.accounts_server) == (
        "1000.c",
        dc.code,
        dc.accounts,
    )
    assert "1000.c" not in repr(read)


def test_the_location_alone_names_the_accounts_server_and_neither_leaves_it_open():
    assert read_callback(callback(code="c", location="EU")).accounts_server == "https://accounts.zoho.eu"
    assert read_callback("?code=c").accounts_server == ""
    assert read_callback("code=c&state=x").state == "x"


@pytest.mark.parametrize(
    "server",
    [
        "https://accounts.zoho.com.example.com",
        "https://accounts.zoho.com@example.com",
        "http://accounts.zoho.com",
        "https://accounts.zoho.eu",
        "http://127.0.0.1:9",
        "javascript:alert(1)",
    ],
)
def test_an_accounts_server_outside_the_table_or_of_another_location_is_refused(server):
    with pytest.raises(AuthError) as caught:
        read_callback(callback(code="c", location="us", accounts_server=server))
    assert caught.value.problem.code == "UNKNOWN_ACCOUNTS_SERVER"


def test_an_emulators_callback_is_accepted_only_from_the_emulator_that_was_asked():
    url = callback(code="c", location="us", accounts_server="http://127.0.0.1:9000")
    assert read_callback(url, emulator="http://127.0.0.1:9000").accounts_server == "http://127.0.0.1:9000"
    for asked in ("http://127.0.0.1:9001", "https://example.com", ""):
        with pytest.raises(AuthError):
            read_callback(url, emulator=asked)


@pytest.mark.parametrize("state", ["", "other", "s1 "])
def test_an_answer_to_another_sign_in_is_refused(state):
    with pytest.raises(AuthError) as caught:
        read_callback(callback(code="c", state=state), state="s1")
    assert caught.value.problem.code == "STATE_MISMATCH"


@pytest.mark.evidence("auth.callback")
def test_a_refusal_on_the_page_is_told_from_a_mistake():
    with pytest.raises(LoginRequired):
        read_callback(callback(error="access_denied"))
    with pytest.raises(AuthError) as caught:
        read_callback(callback(error="<script>invalid_scope"))
    assert "<" not in str(caught.value)


@given(st.text())
@example("http://[")
@example("http://[::1/callback?code=1")
@example("?code=1&state=\udcff")
def test_whatever_is_pasted_is_read_or_refused_and_never_breaks(text):
    with pytest.raises(AuthError):
        read_callback(text, state="a state that nobody knows")
    try:
        read = read_callback(text)
    except AuthError:
        return
    assert read.accounts_server in {"", *(dc.accounts for dc in DATA_CENTERS.values())}
