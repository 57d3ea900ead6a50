"""How many tokens Zoho Accounts lets live, and how often it hands them out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from zcrm_tools.emulator import FrozenClock, open_emulator

CALLBACK = "https://app.example.com/oauth/callback"
LEADS = "/crm/v8/Leads?fields=Last_Name"


@pytest.fixture
def emulator():
    opened = open_emulator(seed="empty", clock=FrozenClock(datetime(2026, 11, 24, 9, tzinfo=UTC)))
    yield opened
    opened.close()


@pytest.fixture
async def http(emulator):
    transport = httpx.ASGITransport(app=emulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://emulator.test") as client:
        yield client


@pytest.fixture
def mint(emulator, http):
    async def refresh(refresh_token):
        held = emulator.credentials
        data = {
            "grant_type": "refresh_token",
            "client_id": held.client_id,
            "client_secret": held.client_secret,
            "refresh_token": refresh_token,
        }
        return (await http.post("/oauth/v2/token", data=data)).json()

    return refresh


@pytest.fixture
def consent(emulator, http):
    """A whole sign-in; the token reply, or the callback's error."""

    async def sign_in(**given):
        held = emulator.credentials
        asked = {
            "response_type": "code",
            "client_id": held.client_id,
            "scope": "ZohoCRM.modules.ALL",
            "redirect_uri": CALLBACK,
            "access_type": "offline",
            "prompt": "consent",
            "decision": "accept",
            **given,
        }
        reply = await http.post("/oauth/v2/auth", data=asked)
        told = dict(parse_qsl(urlsplit(reply.headers["location"]).query))
        if "error" in told:
            return told
        data = {
            "grant_type": "authorization_code",
            "client_id": held.client_id,
            "client_secret": held.client_secret,
            "redirect_uri": CALLBACK,
            "code": told["code"],
        }
        return (await http.post("/oauth/v2/token", data=data)).json()

    return sign_in


@pytest.mark.evidence("accounts.active-tokens")
@pytest.mark.parametrize("alive", [10, 15])
async def test_beyond_so_many_live_access_tokens_the_oldest_ends_silently(emulator, http, mint, alive):
    if alive != 10:
        await http.patch("/__emulator__/limits", json={"active_tokens": alive, "mints": 100})
    first = emulator.credentials.access_token
    minted = [(await mint(emulator.credentials.refresh_token))["access_token"] for _ in range(alive - 1)]
    assert emulator.grants.holder(first) is not None
    minted.append((await mint(emulator.credentials.refresh_token))["access_token"])
    reply = await http.get(LEADS, headers={"Authorization": f"Zoho-oauthtoken {first}"})
    assert (reply.status_code, reply.json()["code"]) == (401, "INVALID_TOKEN")
    assert all(emulator.grants.holder(token) for token in minted)


@pytest.mark.evidence("accounts.active-tokens", "accounts.throttle")
async def test_an_evicted_token_still_counts_as_minted(emulator, http, mint):
    await http.patch("/__emulator__/limits", json={"active_tokens": 2})
    for _ in range(10):
        assert "access_token" in await mint(emulator.credentials.refresh_token)
    assert (await mint(emulator.credentials.refresh_token))["error"] == "Access Denied"


@pytest.mark.evidence("accounts.refresh-tokens")
async def test_the_twenty_first_refresh_token_of_a_user_ends_the_oldest_and_its_access_tokens(
    emulator, mint, consent
):
    issued = []
    for _ in range(21):
        issued.append(await consent())
        emulator.clock.advance(timedelta(minutes=2))
    oldest, *others = issued
    assert await mint(oldest["refresh_token"]) == {"error": "invalid_code"}
    assert emulator.grants.holder(oldest["access_token"]) is None
    assert all(["access_token" in await mint(one["refresh_token"]) for one in others])
    assert "access_token" in await mint(emulator.credentials.refresh_token), "the emulator's own is spared"


@pytest.mark.evidence("accounts.refresh-tokens")
async def test_the_tokens_of_other_users_are_left_alone(emulator, http, mint, consent):
    await http.patch("/__emulator__/limits", json={"refresh_tokens": 1, "codes": 100})
    user = (await http.post("/__emulator__/users", json={"email": "b@example.com", "last_name": "B"})).json()[
        "ids"
    ][0]
    first, other, second = await consent(), await consent(user=user), await consent()
    assert await mint(first["refresh_token"]) == {"error": "invalid_code"}
    assert "access_token" in await mint(other["refresh_token"])
    assert "access_token" in await mint(second["refresh_token"])


@pytest.mark.evidence("accounts.codes-limit")
async def test_the_eleventh_sign_in_within_ten_minutes_is_denied(emulator, consent):
    for _ in range(10):
        assert "access_token" in await consent()
    assert await consent() == {"error": "access_denied"}
    emulator.clock.advance(timedelta(minutes=10))
    assert "access_token" in await consent()
