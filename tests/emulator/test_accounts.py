"""Zoho Accounts: the flows and the errors, as a client that is not ours meets them."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, parse_qsl, urlsplit

import anyio
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zcrm_tools.emulator import FrozenClock, open_emulator

CALLBACK = "https://app.example.com/oauth/callback"
BASE = "http://emulator.test"


def hidden(page):
    """The hidden fields of a page's form, as a browser would send them."""
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)
    return {name: unescape(value) for name, value in fields}


@pytest.fixture
def emulator():
    opened = open_emulator(seed="empty", clock=FrozenClock(datetime(2026, 11, 24, 9, tzinfo=UTC)))
    yield opened
    opened.close()


@pytest.fixture
async def http(emulator):
    transport = httpx.ASGITransport(app=emulator.app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


@pytest.fixture
def consent(emulator, http):
    """Press Accept on the consent page; the parameters of the callback."""

    async def press(decision="accept", **asked):
        asked = {
            "response_type": "code",
            "client_id": emulator.credentials.client_id,
            "scope": "ZohoCRM.modules.leads.READ,ZohoCRM.users.READ",
            "redirect_uri": CALLBACK,
            "access_type": "offline",
            **asked,
        }
        page = await http.get("/oauth/v2/auth", params=asked)
        assert page.status_code == 200, page.text
        reply = await http.post("/oauth/v2/auth", data={**hidden(page), "decision": decision})
        assert reply.status_code == 302
        where = urlsplit(reply.headers["location"])
        assert f"{where.scheme}://{where.netloc}{where.path}" == CALLBACK
        return dict(parse_qsl(where.query))

    return press


@pytest.fixture
def token(emulator, http):
    """POST to the token endpoint with the emulator's own client unless told otherwise."""

    async def post(**given):
        held = emulator.credentials
        data = {"client_id": held.client_id, "client_secret": held.client_secret, **given}
        return await http.post("/oauth/v2/token", data={k: v for k, v in data.items() if v is not None})

    return post


@pytest.fixture
def exchange(token):
    async def post(code, **given):
        return await token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK, **given)

    return post


@pytest.fixture
def self_code(http):
    async def make(*scopes):
        reply = await http.post("/__emulator__/grants", json={"scopes": scopes or ["ZohoCRM.users.READ"]})
        return reply.json()["code"]

    return make


@pytest.mark.evidence("accounts.token-reply", "accounts.reply-scope-separator", "accounts.token-shapes")
async def test_a_code_becomes_an_access_token_and_a_refresh_token(consent, exchange):
    reply = await exchange((await consent())["code"])
    assert reply.status_code == 200
    body = reply.json()
    assert re.fullmatch(r"1000\.[0-9a-f]{32}\.[0-9a-f]{32}", body.pop("access_token"))
    assert re.fullmatch(r"1000\.[0-9a-f]{32}\.[0-9a-f]{32}", body.pop("refresh_token"))
    assert body == {
        "scope": "ZohoCRM.modules.leads.READ ZohoCRM.users.READ",
        "api_domain": BASE,
        "token_type": "Bearer",
        "expires_in": 3600,
    }
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.evidence("accounts.code-once")
async def test_a_code_works_once(consent, exchange):
    code = (await consent())["code"]
    assert "access_token" in (await exchange(code)).json()
    again = await exchange(code)
    assert (again.status_code, again.json()) == (200, {"error": "invalid_code"})


@pytest.mark.evidence("accounts.code-lifetime")
async def test_a_code_lives_two_minutes(emulator, consent, exchange):
    early, late = (await consent())["code"], (await consent())["code"]
    emulator.clock.advance(timedelta(seconds=119))
    assert "access_token" in (await exchange(early)).json()
    emulator.clock.advance(timedelta(seconds=1))
    assert (await exchange(late)).json() == {"error": "invalid_code"}


@pytest.mark.evidence("accounts.error-status", "accounts.redirect-mismatch")
async def test_a_code_is_bound_to_its_redirect_uri(consent, token):
    code = (await consent())["code"]
    for redirect in (None, "https://app.example.com/oauth/other"):
        reply = await token(grant_type="authorization_code", code=code, redirect_uri=redirect)
        assert (reply.status_code, reply.json()) == (200, {"error": "invalid_redirect_uri"})


async def test_a_code_is_bound_to_its_client(http, consent, exchange):
    other = (
        await http.post("/__emulator__/clients", json={"name": "Other", "redirect_uris": [CALLBACK]})
    ).json()
    assert (await exchange((await consent())["code"], **other)).json() == {"error": "invalid_code"}


@pytest.mark.evidence("accounts.self-client")
async def test_a_self_clients_code_needs_no_redirect_uri(self_code, token):
    body = (await token(grant_type="authorization_code", code=await self_code())).json()
    assert body["refresh_token"]
    assert body["scope"] == "ZohoCRM.users.READ"


@pytest.mark.evidence("accounts.offline-only")
async def test_online_access_gets_no_refresh_token(consent, exchange):
    assert "refresh_token" not in (await exchange((await consent(access_type="online"))["code"])).json()


@pytest.mark.evidence("accounts.second-consent")
async def test_a_second_consent_gets_a_refresh_token_only_when_it_was_asked_for(consent, exchange):
    first = (await exchange((await consent())["code"])).json()
    second = (await exchange((await consent())["code"])).json()
    asked = (await exchange((await consent(prompt="consent"))["code"])).json()
    assert "refresh_token" not in second
    assert second["access_token"]
    assert asked["refresh_token"] != first["refresh_token"]


@pytest.mark.evidence("accounts.no-rotation")
async def test_a_refresh_mints_an_access_token_and_keeps_the_refresh_token(emulator, token):
    refresh = emulator.credentials.refresh_token
    first = (await token(grant_type="refresh_token", refresh_token=refresh)).json()
    second = (await token(grant_type="refresh_token", refresh_token=refresh)).json()
    assert "refresh_token" not in first
    assert first["access_token"] != second["access_token"]
    assert emulator.grants.holder(first["access_token"]) == emulator.grants.holder(second["access_token"])


@pytest.mark.evidence("accounts.throttle")
async def test_the_eleventh_refresh_in_ten_minutes_is_throttled_and_the_tokens_stay_good(emulator, token):
    refresh = {"grant_type": "refresh_token", "refresh_token": emulator.credentials.refresh_token}
    minted = [(await token(**refresh)).json()["access_token"] for _ in range(10)]
    eleventh = await token(**refresh)
    assert eleventh.status_code == 400
    assert eleventh.json() == {
        "error_description": "You have made too many requests continuously. Please try again after some time.",
        "error": "Access Denied",
        "status": "failure",
    }
    assert all(emulator.grants.holder(access) for access in minted)
    emulator.clock.advance(timedelta(minutes=10))
    assert "access_token" in (await token(**refresh)).json()


@pytest.mark.evidence("accounts.error-status", "accounts.wrong-grant-type")
@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"grant_type": "refresh_token", "client_id": "1000.NOBODY"}, "invalid_client"),
        ({"grant_type": "refresh_token", "client_id": None}, "invalid_client"),
        ({"grant_type": "refresh_token", "client_secret": "0" * 42}, "invalid_client_secret"),
        ({"grant_type": "refresh_token", "client_secret": None}, "invalid_client_secret"),
        ({"grant_type": "refresh_token", "refresh_token": "1000.a.b"}, "invalid_code"),
        ({"grant_type": "refresh_token"}, "invalid_code"),
        ({"grant_type": "authorization_code", "code": "1000.a.b"}, "invalid_code"),
        ({"grant_type": "authorization_code"}, "invalid_code"),
        ({"grant_type": "password"}, "invalid_client"),
        ({}, "invalid_client"),
    ],
)
async def test_the_token_endpoint_refuses_with_http_200_and_a_word(token, given, error):
    reply = await token(**given)
    assert (reply.status_code, reply.json()) == (200, {"error": error})


@pytest.mark.evidence("accounts.parameters-anywhere")
async def test_parameters_may_come_in_query_form_multipart_or_basic(emulator, http):
    held = emulator.credentials
    pair = {"client_id": held.client_id, "client_secret": held.client_secret}
    what = {"grant_type": "refresh_token", "refresh_token": held.refresh_token}
    replies = [
        await http.post("/oauth/v2/token", params={**pair, **what}),
        await http.post("/oauth/v2/token", data={**pair, **what}),
        await http.post("/oauth/v2/token", files={k: (None, v) for k, v in {**pair, **what}.items()}),
        await http.post("/oauth/v2/token", data=what, auth=(held.client_id, held.client_secret)),
    ]
    assert all("access_token" in reply.json() for reply in replies)


@pytest.mark.evidence("accounts.revoke-old")
async def test_a_revoked_refresh_token_dies_with_its_access_tokens(emulator, http, token):
    refresh = {"grant_type": "refresh_token", "refresh_token": emulator.credentials.refresh_token}
    minted = (await token(**refresh)).json()["access_token"]
    revoked = await http.post("/oauth/v2/token/revoke", params={"token": emulator.credentials.refresh_token})
    assert (revoked.status_code, revoked.json()) == (200, {"status": "success"})
    assert (await token(**refresh)).json() == {"error": "invalid_code"}
    assert emulator.grants.holder(minted) is None
    again = await http.post("/oauth/v2/token/revoke", params={"token": emulator.credentials.refresh_token})
    assert again.status_code == 400


@pytest.mark.evidence("accounts.revoke-new")
async def test_the_newer_revocation_wants_the_client_to_sign(emulator, http, token):
    held = emulator.credentials
    data = {"token": held.access_token, "token_type": "access_token"}
    unsigned = await http.post("/oauth/v2/revoke/token", data=data)
    assert unsigned.json() == {"error": "invalid_client"}
    signed = await http.post("/oauth/v2/revoke/token", data=data, auth=(held.client_id, held.client_secret))
    assert signed.json() == {"status": "success"}
    assert emulator.grants.holder(held.access_token) is None
    still = await token(grant_type="refresh_token", refresh_token=held.refresh_token)
    assert "access_token" in still.json()


@pytest.mark.evidence("accounts.callback")
async def test_accepting_sends_code_location_and_accounts_server_back(consent):
    told = await consent(state="a b&c=é")
    code = told.pop("code")
    assert re.fullmatch(r"1000\.[0-9a-f]{32}\.[0-9a-f]{32}", code)
    assert told == {"location": "us", "accounts-server": BASE, "state": "a b&c=é"}


@pytest.mark.evidence("accounts.callback")
async def test_rejecting_sends_access_denied_back_and_grants_nothing(consent):
    assert await consent("reject", state="s1") == {"error": "access_denied", "state": "s1"}


async def test_the_consent_page_says_who_asks_for_what_and_escapes_it(emulator, http):
    name = "<script>alert(1)</script>"
    client = (
        await http.post("/__emulator__/clients", json={"name": name, "redirect_uris": [CALLBACK]})
    ).json()
    asked = {
        "response_type": "code",
        "client_id": client["client_id"],
        "scope": "ZohoCRM.modules.leads.ALL,ZohoCRM.coql.READ",
        "redirect_uri": CALLBACK,
        "state": '"><img src=x>',
    }
    page = (await http.get("/oauth/v2/auth", params=asked)).text
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    assert "Read, create, change and delete leads" in page
    assert "Run queries (COQL) over records it may read" in page
    assert "ZohoCRM.coql.READ" in page


@pytest.mark.evidence("accounts.authorize-faults", "accounts.redirect-registered", "accounts.settings-read")
@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"client_id": "1000.NOBODY"}, "client"),
        ({"redirect_uri": "https://evil.example/"}, "redirect"),
        ({"redirect_uri": CALLBACK + "/"}, "redirect"),
        ({"response_type": "token"}, "response type"),
        ({"access_type": "forever"}, "access type"),
        ({"scope": ""}, "scope"),
        ({"scope": "ZohoCRM.modules.leads"}, "ZohoCRM.modules.leads"),
        ({"scope": "ZohoCRM.modules.rockets.READ"}, "ZohoCRM.modules.rockets.READ"),
        ({"scope": "ZohoCRM.settings.READ"}, "ZohoCRM.settings.READ"),
        ({"scope": "Other.modules.READ"}, "Other.modules.READ"),
    ],
)
async def test_a_wrong_authorization_request_ends_on_a_page_and_never_redirects(emulator, http, wrong, word):
    asked = {
        "response_type": "code",
        "client_id": emulator.credentials.client_id,
        "scope": "ZohoCRM.modules.ALL",
        "redirect_uri": CALLBACK,
        **wrong,
    }
    shown = await http.get("/oauth/v2/auth", params=asked)
    posted = await http.post("/oauth/v2/auth", data={**asked, "decision": "accept"})
    for reply in (shown, posted):
        assert reply.status_code == 400
        assert word in reply.text
        assert "location" not in reply.headers


async def test_consent_is_given_by_an_active_user_of_the_org(emulator, http):
    asked = {
        "response_type": "code",
        "client_id": emulator.credentials.client_id,
        "scope": "ZohoCRM.modules.ALL",
        "redirect_uri": CALLBACK,
        "decision": "accept",
        "user": "1",
    }
    reply = await http.post("/oauth/v2/auth", data=asked)
    assert reply.status_code == 400
    assert "no such active user" in reply.text


@pytest.mark.evidence("accounts.serverinfo")
async def test_the_server_map_names_this_server(http):
    body = (await http.get("/oauth/serverinfo")).json()
    assert body == {"result": "success", "locations": {"us": BASE}}


async def test_the_database_holds_no_secret_in_plain_text(tmp_path):
    opened = open_emulator(tmp_path / "org.db", seed="empty")
    held = opened.credentials
    opened.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert held.client_id.encode() in stored
    for secret in (held.client_secret, held.refresh_token, held.access_token):
        assert secret.encode() not in stored
        assert secret not in repr(held)


WORDS = st.text(max_size=40) | st.sampled_from(
    ["authorization_code", "refresh_token", "client_id", "client_secret", "code", "token", "grant_type"]
)


@settings(max_examples=60, deadline=None)
@given(
    path=st.sampled_from(["token", "token/revoke", "revoke/token", "auth"]),
    query=st.dictionaries(WORDS, WORDS, max_size=4),
    body=st.binary(max_size=80),
    kind=st.sampled_from(
        [
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "text/plain",
        ]
    ),
    authorization=st.sampled_from(["", "Basic", "Basic !", "Basic 6Q==", "Basic Og==", "Bearer x"]),
)
def test_junk_is_refused_and_never_a_server_error(path, query, body, kind, authorization):
    async def send():
        opened = open_emulator(seed="empty")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=opened.app), base_url=BASE) as client:
            headers = {"content-type": kind, "authorization": authorization}
            reply = await client.post(f"/oauth/v2/{path}", params=query, content=body, headers=headers)
        opened.close()
        return reply

    reply = anyio.run(send)
    assert reply.status_code < 500
    assert "access_token" not in reply.text


GUIDE_CONSENT = (
    "https://accounts.zoho.{domain}/oauth/v2/auth?response_type=code&client_id={CLIENT_ID}"
    "&scope={SCOPES}&redirect_uri={REDIRECT_URI}&access_type=offline"
)
GUIDE_EXCHANGE = """curl --location --request POST \\
  'https://accounts.zoho.{domain}/oauth/v2/token' \\
  --header 'Content-Type: application/x-www-form-urlencoded' \\
  --data-urlencode 'code={AUTHORIZATION_CODE}' \\
  --data-urlencode 'client_id={CLIENT_ID}' \\
  --data-urlencode 'client_secret={CLIENT_SECRET}' \\
  --data-urlencode 'redirect_uri={REDIRECT_URI}' \\
  --data-urlencode 'grant_type=authorization_code'"""
GUIDE_REFRESH = """curl --location --request POST \\
  'https://accounts.zoho.{domain}/oauth/v2/token' \\
  --header 'Content-Type: application/x-www-form-urlencoded' \\
  --data-urlencode 'refresh_token={REFRESH_TOKEN}' \\
  --data-urlencode 'client_id={CLIENT_ID}' \\
  --data-urlencode 'client_secret={CLIENT_SECRET}' \\
  --data-urlencode 'grant_type=refresh_token'"""


def filled(call, **values):
    """The guide's text with its host and placeholders replaced, and nothing else."""
    call = call.replace("https://accounts.zoho.{domain}", BASE)
    for name, value in values.items():
        call = call.replace(f"{{{name}}}", value)
    return call


def curl(call):
    """The request a curl command line of the guide makes."""
    words = iter(shlex.split(call.replace("\\\n", " ")))
    assert next(words) == "curl"
    method, url, headers, form = "GET", "", {}, []
    for word in words:
        match word:
            case "--location":
                pass
            case "--request":
                method = next(words)
            case "--header":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "--data-urlencode":
                name, _, value = next(words).partition("=")
                form.append(str(httpx.QueryParams({name: value})))
            case _:
                url = word
    return httpx.Request(method, url, headers=headers, content="&".join(form))


@pytest.mark.evidence("accounts.token-reply", "accounts.no-rotation", "accounts.callback")
async def test_the_guides_consent_url_exchange_and_refresh_work_as_printed(emulator, http):
    held = emulator.credentials
    client = {"CLIENT_ID": held.client_id, "CLIENT_SECRET": held.client_secret, "REDIRECT_URI": CALLBACK}
    scopes = "ZohoCRM.modules.leads.ALL,ZohoCRM.modules.contacts.READ,ZohoCRM.modules.deals.ALL"
    page = await http.get(filled(GUIDE_CONSENT, SCOPES=scopes, **client))
    assert page.status_code == 200
    accepted = await http.post("/oauth/v2/auth", data={**hidden(page), "decision": "accept"})
    code = parse_qs(urlsplit(accepted.headers["location"]).query)["code"][0]

    tokens = (await http.send(curl(filled(GUIDE_EXCHANGE, AUTHORIZATION_CODE=code, **client)))).json()
    assert {"access_token", "refresh_token", "api_domain", "token_type", "expires_in"} <= tokens.keys()
    fresh = (
        await http.send(curl(filled(GUIDE_REFRESH, REFRESH_TOKEN=tokens["refresh_token"], **client)))
    ).json()
    assert {"access_token", "api_domain", "token_type", "expires_in"} <= fresh.keys()
    assert "refresh_token" not in fresh
    assert emulator.grants.holder(fresh["access_token"]).scopes == tuple(scopes.split(","))
