"""Signing in with a real browser: the consent pages are seen and pressed, and the browser comes back by itself."""

from __future__ import annotations

import asyncio
import socket

import pytest
from pydantic import SecretStr

from zcrm_tools import scopes
from zcrm_tools.auth import profiles
from zcrm_tools.auth.flows import browser, device, step_up
from zcrm_tools.auth.flows.asked import Asked
from zcrm_tools.errors import LoginRequired
from zcrm_tools.models.grant import Credentials

SCOPES = tuple(sorted(scopes.parse("ZohoCRM.org.READ,ZohoCRM.modules.leads.READ")))
ACCEPT, REJECT = "button[value=accept]", "button[value=reject]"


@pytest.fixture
def redirect_uri():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://localhost:{free.getsockname()[1]}/callback"


@pytest.fixture
def asked(emulator, profile, redirect_uri):
    client_id, secret = emulator.grants.register("A test <script>", [redirect_uri], "any")
    return Asked(profile.model_copy(update={"client_id": client_id}), SecretStr(secret), SCOPES)


async def flow_in(chromium, asked, redirect_uri, button, last):
    """Run the flow; gives what it brought, and what the consent page said, when the last page has been shown."""
    links: asyncio.Queue[str] = asyncio.Queue()
    flow = asyncio.create_task(browser.sign_in(asked, on_link=links.put_nowait, redirect_uri=redirect_uri))

    def person(url):
        chromium.open(url)
        asks = chromium.text
        chromium.click(button)
        chromium.until(last)
        return asks

    return flow, await asyncio.to_thread(person, await links.get())


async def test_a_person_agrees_and_the_browser_comes_back(chromium, asked, redirect_uri, emulator):
    flow, asks = await flow_in(chromium, asked, redirect_uri, ACCEPT, "You can close this page")
    found = await flow
    assert emulator.grants.holder(found.grant.access_token.get_secret_value()) is not None
    assert found.grant.refresh_token is not None
    assert "A test <script> asks to do this in your name" in asks
    assert all(str(scope) in asks for scope in SCOPES)
    assert "code=" in chromium.address


async def test_a_person_declines(chromium, asked, redirect_uri):
    flow, _ = await flow_in(chromium, asked, redirect_uri, REJECT, "nobody was signed in")
    with pytest.raises(LoginRequired, match="did not agree"):
        await flow


async def test_scopes_are_added_to_a_sign_in(chromium, asked, redirect_uri):
    flow, _ = await flow_in(chromium, asked, redirect_uri, ACCEPT, "You can close this page")
    found = await flow
    kept = Credentials(
        client_id=asked.profile.client_id,
        client_secret=asked.client_secret,
        refresh_token=found.grant.refresh_token,
    )
    more = tuple(scopes.parse("ZohoCRM.modules.leads.CREATE"))

    def person(url):
        chromium.open(url)
        asks = chromium.text
        chromium.click(ACCEPT)
        chromium.arrives(redirect_uri)  # where nobody listens by now
        return asks

    link = await step_up.link(asked.profile, kept, more, redirect_uri=redirect_uri)
    asks = await asyncio.to_thread(person, link)
    assert "has access already and asks for more" in asks
    assert "org.READ" not in asks
    assert "ZohoCRM.modules.leads.CREATE" in (await step_up.granted(asked.profile, kept)).scopes


async def test_a_devices_code_is_typed_in(chromium, asked, time):
    codes = []

    def person():
        chromium.open(codes[0].verification_url)
        chromium.type("#code", codes[0].user_code)
        chromium.click("button")
        chromium.until(codes[0].user_code)
        chromium.click(ACCEPT)
        chromium.until("The device is connected")

    async def sleep(seconds):
        time.pass_by(seconds=seconds)
        await asyncio.to_thread(person)

    found = await device.sign_in(asked, on_code=codes.append, sleep=sleep)
    assert found.grant.refresh_token is not None


def test_the_whole_command_with_a_browser_that_comes_back(chromium, asked, redirect_uri, terminal, tmp_path):
    screen = terminal(
        [
            *("login", "--flow", "browser", "--store", "plaintext-file", "--redirect-uri", redirect_uri),
            *("--scopes", ",".join(map(str, SCOPES)), "--client-id", asked.profile.client_id),
        ],
        {
            "ZCRM_HOME": str(tmp_path / "home"),
            "ZCRM_API_URL": asked.profile.api_url,
            "ZCRM_ACCOUNTS_URL": asked.profile.accounts_url,
            "BROWSER": "true",
        },
    )
    screen.until("Client secret")
    screen.type(asked.client_secret.get_secret_value())
    link = next(line for line in screen.until("Waiting for").split("\n") if "/oauth/v2/auth?" in line)
    chromium.open(link.strip())
    chromium.click(ACCEPT)
    chromium.until("You can close this page")
    assert screen.done() == 0, screen.shown
    assert "Zoho CRM answers: Empty Org" in screen.shown
    assert "They lie there unencrypted" in screen.shown


def test_the_landing_pages_address_is_pasted_at_a_terminal(chromium, asked, redirect_uri, terminal, tmp_path):
    """The page does not load, as in a container: nothing listens. Its address is all that is needed."""
    env = {
        "ZCRM_HOME": str(tmp_path / "home"),
        "ZCRM_API_URL": asked.profile.api_url,
        "ZCRM_ACCOUNTS_URL": asked.profile.accounts_url,
        "ZCRM_PASSPHRASE": "correct horse",
        "BROWSER": "true",
    }
    screen = terminal(
        [
            *("login", "--flow", "paste", "--store", "encrypted-file", "--redirect-uri", redirect_uri),
            *("--scopes", ",".join(map(str, SCOPES)), "--client-id", asked.profile.client_id),
        ],
        env,
    )
    assert f"letter for letter: {redirect_uri}" in screen.until("Client secret")
    screen.type(asked.client_secret.get_secret_value())
    link = next(line for line in screen.until("Address (not shown)").split("\n") if "/oauth/v2/auth?" in line)
    chromium.open(link.strip())
    chromium.click(ACCEPT)
    screen.type(chromium.arrives(redirect_uri))
    assert screen.done() == 0, screen.shown
    assert "Zoho CRM answers: Empty Org" in screen.shown
    for secret in (asked.client_secret.get_secret_value(), "code=", "correct horse"):
        assert secret not in screen.shown
    kept = profiles.load(tmp_path / "home")["default"]
    assert (kept.redirect_uri, kept.store) == (redirect_uri, "encrypted-file")
