"""A web application's sign-in, from its link to a connected client; the application is a small one of Starlette."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

import zcrm_tools
from zcrm_tools.errors import AuthError, InvalidInput, LoginRequired, NotConfigured
from zcrm_tools.settings import Settings

REDIRECT = "https://app.example.com/zoho"
SCOPES = "ZohoCRM.org.READ,ZohoCRM.modules.leads.READ"


@pytest.fixture
def client(emulator):
    """Id and secret of a server-based client."""
    return emulator.grants.register("an application", [REDIRECT])


@pytest.fixture
def begin(client, emulator_url):
    given = {"client_id": client[0], "redirect_uri": REDIRECT, "scopes": SCOPES, "emulator": emulator_url}
    return lambda **more: zcrm_tools.authorization_url(**{**given, **more})


async def agree(url: str) -> str:
    async with httpx.AsyncClient() as person:
        form = {**dict(parse_qsl(urlsplit(url).query)), "decision": "accept"}
        return (await person.post(url.split("?", maxsplit=1)[0], data=form)).headers["location"]


async def test_an_application_signs_a_person_in_and_connects(client, begin, emulator_url, tmp_path):
    sessions = {}

    async def start(request: Request):
        begun = begin()
        sessions["ada"] = json.dumps(begun.kept)  # what a session holds must be plain text
        return RedirectResponse(begun.url)

    async def back(request: Request):
        kept = json.loads(sessions.pop("ada"))
        signed_in = await zcrm_tools.exchange(str(request.url), kept=kept, client_secret=client[1])
        sessions["refresh"] = signed_in.grant.refresh_token.get_secret_value()
        return JSONResponse({"api": signed_in.profile.api_url, "scopes": signed_in.profile.scopes})

    app = Starlette(routes=[Route("/start", start), Route("/zoho", back)])
    over = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=over, base_url="https://app.example.com") as browser:
        link = (await browser.get("/start")).headers["location"]
        answered = await browser.get(await agree(link))
    assert answered.json()["api"] == emulator_url
    assert set(answered.json()["scopes"].split()) == set(SCOPES.split(","))
    async with await zcrm_tools.open_client(
        Settings(
            home=tmp_path,
            client_id=client[0],
            client_secret=SecretStr(client[1]),
            refresh_token=SecretStr(sessions["refresh"]),
            scopes=SCOPES,
            api_url=emulator_url,
            accounts_url=emulator_url,
        )
    ) as crm:
        assert (await crm.get_connection()).org


def test_the_link_asks_for_what_it_should_and_hides_what_it_must():
    begun = zcrm_tools.authorization_url(
        client_id="1000.ID", redirect_uri=REDIRECT, scopes=SCOPES, data_center="eu", ask_again=True
    )
    query = {name: values[0] for name, values in parse_qs(urlsplit(begun.url).query).items()}
    assert begun.url.startswith("https://accounts.zoho.eu/oauth/v2/auth?")
    assert query["access_type"] == "offline"
    assert query["prompt"] == "consent"
    assert query["code_challenge_method"] == "S256"
    assert (query["state"], query["redirect_uri"]) == (begun.state, REDIRECT)
    assert begun.kept["verifier"] not in begun.url + repr(begun)
    again = zcrm_tools.authorization_url(client_id="1000.ID", redirect_uri=REDIRECT, scopes=SCOPES)
    assert "prompt" not in parse_qs(urlsplit(again.url).query)
    assert again.state != begun.state


async def test_the_answer_to_somebody_elses_link_is_refused(begin, client, mints):
    mine, theirs = begin(), begin()
    with pytest.raises(AuthError, match="does not answer"):
        await zcrm_tools.exchange(await agree(theirs.url), kept=mine.kept, client_secret=client[1])
    assert mints() == 0


async def test_the_same_answer_twice_is_refused(begin, client):
    begun = begin()
    address = await agree(begun.url)
    await zcrm_tools.exchange(address, kept=begun.kept, client_secret=client[1])
    with pytest.raises(LoginRequired):
        await zcrm_tools.exchange(address, kept=begun.kept, client_secret=client[1])


@pytest.mark.parametrize("uri", ["http://app.example.com/zoho", "app.example.com", "https://a/#b", "javascript:alert(1)", ""])  # fmt: skip
def test_an_address_that_cannot_be_registered_is_refused(begin, uri):
    with pytest.raises(InvalidInput):
        begin(redirect_uri=uri)


def test_a_misspelt_scope_and_a_strangers_emulator_are_refused(begin):
    with pytest.raises(InvalidInput, match="is not a scope"):
        begin(scopes="leads")
    with pytest.raises(NotConfigured):
        begin(emulator="https://accounts.example.com")
