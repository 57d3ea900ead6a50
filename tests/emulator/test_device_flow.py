"""Flows of Zoho Accounts beyond the plain code: device, PKCE, client credentials, more scopes, other data centres."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from zcrm_tools.emulator import FrozenClock, open_emulator

BASE = "http://emulator.test"
CALLBACK = "https://app.example.com/oauth/callback"
READ = "ZohoCRM.modules.leads.READ"


@pytest.fixture
def emulator():
    opened = open_emulator(seed="empty", clock=FrozenClock(datetime(2026, 11, 24, 9, tzinfo=UTC)))
    yield opened
    opened.close()


def browser(emulator):
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=emulator.app), base_url=BASE)


@pytest.fixture
async def http(emulator):
    async with browser(emulator) as client:
        yield client


@pytest.fixture
def client(http):
    """Register a client of a kind."""

    async def register(kind, **beside):
        body = {"name": f"A {kind} app", "kind": kind, "redirect_uris": [CALLBACK], **beside}
        made = await http.post("/__emulator__/clients", json=body)
        assert made.status_code == 201, made.text
        return made.json()

    return register


@pytest.fixture
def start(http):
    async def send(client_id, **given):
        asked = {"grant_type": "device_request", "scope": READ, "access_type": "offline", **given}
        return (await http.post("/oauth/v3/device/code", params={"client_id": client_id, **asked})).json()

    return send


@pytest.fixture
def poll(http):
    async def send(client, code):
        asked = {"grant_type": "device_token", "code": code, **client}
        return (await http.post("/oauth/v3/device/token", data=asked)).json()

    return send


@pytest.fixture
def decide(http):
    """A person opens the page, types the code and presses a button."""

    async def press(code, decision="accept", **beside):
        page = await http.get("/oauth/v3/device", params={"user_code": code})
        assert page.status_code == 200, page.text
        return await http.post("/oauth/v3/device", data={**hidden(page), "decision": decision, **beside})

    return press


@pytest.mark.evidence("accounts.device-start", "accounts.device-poll", "accounts.device-reply")
async def test_a_device_waits_until_a_person_agrees_and_gets_both_tokens(
    emulator, client, start, poll, decide
):
    held = await client("device")
    begun = await start(held["client_id"])
    assert begun["verification_url"] == f"{BASE}/oauth/v3/device"
    assert set(begun) >= {"user_code", "device_code", "verification_url", "expires_in"}
    assert await poll(held, begun["device_code"]) == {"error": "authorization_pending"}
    assert "connected" in (await decide(begun["user_code"].lower())).text
    emulator.clock.advance(timedelta(seconds=30))
    tokens = await poll(held, begun["device_code"])
    assert tokens["refresh_token"]
    assert emulator.grants.holder(tokens["access_token"]).scopes == (READ,)
    emulator.clock.advance(timedelta(seconds=30))
    assert await poll(held, begun["device_code"]) == {"error": "invalid_code"}, "a code works once"


@pytest.mark.evidence("accounts.device-poll")
async def test_a_poll_within_thirty_seconds_is_told_to_slow_down(emulator, client, start, poll):
    held = await client("device")
    code = (await start(held["client_id"]))["device_code"]
    assert await poll(held, code) == {"error": "authorization_pending"}
    emulator.clock.advance(timedelta(seconds=29))
    assert await poll(held, code) == {"error": "slow_down"}
    emulator.clock.advance(timedelta(seconds=1))
    assert await poll(held, code) == {"error": "authorization_pending"}


@pytest.mark.evidence("accounts.device-end")
async def test_a_refused_device_and_a_late_one_are_told_so(emulator, http, client, start, poll, decide):
    held = await client("device")
    refused, late = await start(held["client_id"]), await start(held["client_id"])
    assert "refused" in (await decide(refused["user_code"], "reject")).text
    assert await poll(held, refused["device_code"]) == {"error": "access_denied"}
    emulator.clock.advance(timedelta(minutes=5))
    assert await poll(held, late["device_code"]) == {"error": "expired"}
    page = await http.get("/oauth/v3/device", params={"user_code": late["user_code"]})
    assert page.status_code == 400
    assert "expired" in page.text


@pytest.mark.evidence("accounts.device-start")
async def test_without_offline_access_a_device_gets_no_refresh_token(client, start, poll, decide):
    held = await client("device")
    begun = await start(held["client_id"], access_type="online")
    await decide(begun["user_code"])
    assert "refresh_token" not in await poll(held, begun["device_code"])


@pytest.mark.evidence("accounts.device-other-dc")
async def test_a_person_of_another_data_centre_sends_the_device_there(
    emulator, http, client, start, poll, decide
):
    ((user,),) = emulator.store.fetch('SELECT id FROM "Users"')
    moved = {"homes": {str(user): "eu"}, "servers": {"eu": "http://localhost:9999"}}
    assert (await http.patch("/__emulator__/datacenters", json=moved)).status_code == 200
    held = await client("device")
    begun = await start(held["client_id"])
    await decide(begun["user_code"])
    told = await poll(held, begun["device_code"])
    assert told["error"] == "other_dc"
    assert told["user_location"] == "eu"


@pytest.mark.evidence("accounts.device-start")
@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"grant_type": "device_code"}, "invalid_client"),
        ({"client_id": "1000.X"}, "invalid_client"),
        ({"scope": "Nonsense"}, "invalid_scope"),
    ],
)
async def test_a_wrong_start_is_refused(client, start, given, error):
    asked = {"client_id": (await client("device"))["client_id"], **given}
    assert await start(**asked) == {"error": error}


async def test_a_server_client_cannot_use_the_device_flow(client, start):
    assert await start((await client("server"))["client_id"]) == {"error": "invalid_client"}


@pytest.mark.evidence("accounts.device-poll")
async def test_polling_needs_the_secret(client, start, poll):
    held = await client("device")
    begun = await start(held["client_id"])
    wrong = {**held, "client_secret": "0" * 42}
    assert await poll(wrong, begun["device_code"]) == {"error": "invalid_client_secret"}
    other = await client("device")
    assert await poll(other, begun["device_code"]) == {"error": "invalid_code"}


# ---- PKCE


def hidden(page):
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)
    return {name: unescape(value) for name, value in fields}


@pytest.fixture
def code_of(http):
    """Press Accept; the callback's parameters."""

    async def press(client_id, **asked):
        asked = {
            "response_type": "code",
            "client_id": client_id,
            "scope": READ,
            "redirect_uri": CALLBACK,
            "access_type": "offline",
            **asked,
        }
        page = await http.get("/oauth/v2/auth", params=asked)
        assert page.status_code == 200, page.text
        reply = await http.post("/oauth/v2/auth", data={**hidden(page), "decision": "accept"})
        return dict(parse_qsl(urlsplit(reply.headers["location"]).query))

    return press


@pytest.fixture
def exchange(http):
    async def send(code, **given):
        data = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            **given,
        }
        return (await http.post("/oauth/v2/token", data=data)).json()

    return send


VERIFIER = "a-verifier-of-more-than-forty-three-characters-0123"
S256 = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.mark.evidence("accounts.pkce")
@pytest.mark.parametrize(
    "challenge",
    [
        {"code_challenge": S256, "code_challenge_method": "S256"},
        {"code_challenge": VERIFIER, "code_challenge_method": "plain"},
        {"code_challenge": VERIFIER},
    ],
    ids=["S256", "plain", "plain by default"],
)
@pytest.mark.parametrize("kind", ["mobile", "server"])
async def test_a_code_with_a_challenge_is_exchanged_by_whoever_knows_the_verifier(
    client, code_of, exchange, challenge, kind
):
    held = await client(kind)
    code = (await code_of(held["client_id"], **challenge))["code"]
    assert await exchange(code, **held) == {"error": "invalid_code"}
    assert await exchange(code, **held, code_verifier=VERIFIER + "x") == {"error": "invalid_code"}
    assert "access_token" in await exchange(code, **held, code_verifier=VERIFIER)


@pytest.mark.evidence("accounts.pkce")
async def test_a_mobile_app_must_send_a_challenge_and_needs_no_secret(http, client, code_of, exchange):
    held = await client("mobile")
    asked = {
        "response_type": "code",
        "client_id": held["client_id"],
        "scope": READ,
        "redirect_uri": CALLBACK,
    }
    page = await http.get("/oauth/v2/auth", params=asked)
    assert page.status_code == 400
    assert "code_challenge" in page.text
    code = (await code_of(held["client_id"], code_challenge=S256, code_challenge_method="S256"))["code"]
    assert "access_token" in await exchange(code, client_id=held["client_id"], code_verifier=VERIFIER)


# ---- client credentials


@pytest.fixture
def own_token(http, emulator):
    async def ask(held, **given):
        data = {
            "grant_type": "client_credentials",
            "scope": READ,
            "soid": f"ZohoCRM.{emulator.credentials.org_id}",
            **held,
            **given,
        }
        return await http.post("/oauth/v2/token", data={k: v for k, v in data.items() if v})

    return ask


@pytest.mark.evidence("accounts.client-credentials")
async def test_a_self_client_gets_a_token_of_its_own_and_no_refresh_token(emulator, client, own_token):
    held = await client("self", redirect_uris=[])
    body = (await own_token(held)).json()
    assert "refresh_token" not in body
    holder = emulator.grants.holder(body["access_token"])
    assert holder.scopes == (READ,)
    assert (holder.user_id,) == emulator.store.fetch('SELECT id FROM "Users" ORDER BY id')[0]


@pytest.mark.evidence("accounts.client-credentials")
@pytest.mark.parametrize(
    ("kind", "given", "error"),
    [
        ("self", {"soid": ""}, "missing_org_info"),
        ("self", {"soid": "ZohoCRM.1"}, "missing_org_info"),
        ("self", {"scope": "x"}, "invalid_scope"),
        ("self", {"scope": ""}, "invalid_scope"),
        ("self", {"client_secret": "x"}, "invalid_client_secret"),
        ("server", {}, "invalid_client"),
    ],
)
async def test_client_credentials_are_refused_in_a_word(client, own_token, kind, given, error):
    reply = await own_token(await client(kind), **given)
    assert (reply.status_code, reply.json()) == (200, {"error": error})


@pytest.mark.evidence("accounts.client-credentials", "accounts.throttle")
async def test_client_credentials_are_throttled_like_refreshes(client, own_token):
    held = await client("self")
    for _ in range(10):
        assert "access_token" in (await own_token(held)).json()
    assert (await own_token(held)).json()["error"] == "Access Denied"


# ---- more scopes for the same refresh token


@pytest.fixture
def enhance(http, emulator):
    async def ask(**given):
        held = emulator.credentials
        data = {
            "grant_type": "update_scopes_token",
            "client_id": held.client_id,
            "client_secret": held.client_secret,
            **given,
        }
        return (await http.post("/oauth/v2/token/scopeenhance", data=data)).json()

    return ask


@pytest.fixture
def granted(http):
    async def make(*scopes):
        return (await http.post("/__emulator__/grants", json={"scopes": scopes})).json()

    return make


def more(emulator, enhanced, *scopes, **beside):
    return {
        "response_type": "update_scopes",
        "client_id": emulator.credentials.client_id,
        "redirect_uri": CALLBACK,
        "scope": ",".join(scopes),
        "enhance_token": enhanced,
        "logout": "false",
        **beside,
    }


@pytest.mark.evidence("accounts.scope-enhancement")
async def test_the_person_is_asked_about_new_scopes_only_and_the_refresh_token_keeps_both(
    emulator, http, enhance, granted
):
    held = await granted(READ)
    begun = await enhance(refresh_token=held["refresh_token"])
    assert set(begun) == {"access_token", "token_type", "expires_in"}
    asked = more(emulator, begun["access_token"], READ, "ZohoCRM.users.READ")
    page = await http.get("/oauth/v2/token/addextrascope", params=asked)
    assert "Read the users of this organisation" in page.text
    assert "Read leads" not in page.text
    reply = await http.post("/oauth/v2/token/addextrascope", data={**hidden(page), "decision": "accept"})
    assert reply.status_code == 302
    assert emulator.grants.holder(held["access_token"]).scopes == (READ,)
    own = emulator.credentials
    refreshed = await http.post(
        "/oauth/v2/token",
        data={
            "grant_type": "refresh_token",
            "client_id": own.client_id,
            "client_secret": own.client_secret,
            "refresh_token": held["refresh_token"],
        },
    )
    assert refreshed.json()["scope"] == f"{READ} ZohoCRM.users.READ"
    again = await http.get("/oauth/v2/token/addextrascope", params=asked)
    assert again.status_code == 400, "the enhancement token is used up"


@pytest.mark.evidence("accounts.scope-enhancement")
async def test_a_refused_enhancement_adds_nothing(emulator, http, enhance, granted):
    held = await granted(READ)
    begun = await enhance(refresh_token=held["refresh_token"])
    asked = more(emulator, begun["access_token"], "ZohoCRM.users.READ")
    reply = await http.post("/oauth/v2/token/addextrascope", data={**asked, "decision": "reject"})
    assert "error=access_denied" in reply.headers["location"]
    _, holder = emulator.grants.grant_of(held["refresh_token"], emulator.credentials.client_id)
    assert holder.scopes == (READ,)


@pytest.mark.evidence("accounts.scope-enhancement")
@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"client_id": "x"}, "client"),
        ({"redirect_uri": "https://evil.example/"}, "redirect"),
        ({"response_type": "code"}, "response type"),
        ({"enhance_token": "x"}, "token"),
        ({"scope": "x"}, "scope"),
    ],
)
async def test_a_wrong_enhancement_ends_on_a_page(emulator, http, enhance, granted, wrong, word):
    held = await granted(READ)
    begun = await enhance(refresh_token=held["refresh_token"])
    asked = more(emulator, begun["access_token"], "ZohoCRM.users.READ", **wrong)
    page = await http.get("/oauth/v2/token/addextrascope", params=asked)
    assert page.status_code == 400
    assert word in page.text
    assert await enhance(refresh_token="x") == {"error": "invalid_code"}
    assert await enhance(grant_type="x", refresh_token=held["refresh_token"]) == {"error": "invalid_client"}


# ---- data centres


@pytest.mark.evidence("accounts.multi-dc", "accounts.serverinfo", "accounts.callback")
async def test_the_callback_names_the_data_centre_where_the_code_is_good(tmp_path):
    """Two emulators on one file are two data centres."""
    db = tmp_path / "org.db"
    here, there = open_emulator(db, seed="empty"), open_emulator(db, seed="empty")
    ((user,),) = here.store.fetch('SELECT id FROM "Users"')
    async with browser(here) as us, browser(there) as eu:
        home = {str(user): "eu"}
        await us.patch("/__emulator__/datacenters", json={"homes": home, "servers": {"eu": "http://eu.test"}})
        await eu.patch("/__emulator__/datacenters", json={"location": "eu", "homes": home})
        servers = (await us.get("/oauth/serverinfo")).json()["locations"]
        assert servers == {"us": BASE, "eu": "http://eu.test"}
        held = here.credentials
        asked = {
            "response_type": "code",
            "client_id": held.client_id,
            "scope": READ,
            "redirect_uri": CALLBACK,
            "decision": "accept",
        }
        reply = await us.post("/oauth/v2/auth", data=asked)
        told = dict(parse_qsl(urlsplit(reply.headers["location"]).query))
        assert (told["location"], told["accounts-server"]) == ("eu", "http://eu.test")
        data = {
            "grant_type": "authorization_code",
            "client_id": held.client_id,
            "client_secret": held.client_secret,
            "redirect_uri": CALLBACK,
            "code": told["code"],
        }
        assert (await us.post("/oauth/v2/token", data=data)).json() == {"error": "invalid_code"}
        assert "access_token" in (await eu.post("/oauth/v2/token", data=data)).json()
    here.close()
    there.close()


@pytest.mark.parametrize(
    "body", [{"location": "moon"}, {"servers": {"eu": "ftp://x"}}, {"homes": {"x": "eu"}}, {"other": 1}]
)
async def test_wrong_data_centres_are_refused(http, body):
    reply = await http.patch("/__emulator__/datacenters", json=body)
    assert reply.status_code == 400
    assert (await http.get("/__emulator__/datacenters")).json() == {
        "location": "us",
        "servers": {},
        "homes": {},
    }
