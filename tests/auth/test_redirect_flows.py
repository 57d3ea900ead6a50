"""Signing in by redirect: over a port of this machine, and by pasting. The person is played by plain HTTP."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from zcrm_tools import scopes
from zcrm_tools.auth.flows import browser, paste, redirect
from zcrm_tools.auth.flows.asked import Asked
from zcrm_tools.auth.profiles import of_data_center
from zcrm_tools.errors import AuthError, ClientRejected, LoginRequired, NotConfigured

SCOPES = tuple(sorted(scopes.parse("ZohoCRM.org.READ,ZohoCRM.modules.leads.READ")))


@pytest.fixture
def redirect_uri():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return f"http://localhost:{port}/callback"


@pytest.fixture
def asked(emulator, profile, redirect_uri):
    client_id, secret = emulator.grants.register("a test's client", [redirect_uri])
    return Asked(profile.model_copy(update={"client_id": client_id}), SecretStr(secret), SCOPES)


async def decide(url: str, decision: str = "accept") -> str:
    """Open the consent page, press a button, and give back where the browser is sent."""
    async with httpx.AsyncClient() as person:
        page = await person.get(url)
        assert page.status_code == 200, page.text
        form = {**dict(parse_qsl(urlsplit(url).query)), "decision": decision}
        sent = await person.post(url.split("?", maxsplit=1)[0], data=form)
    return sent.headers["location"]


async def signed_in(asked, redirect_uri, visit, **options):
    """Run the browser flow while `visit(url)` does what a person does."""
    links: asyncio.Queue[str] = asyncio.Queue()
    flow = asyncio.create_task(
        browser.sign_in(asked, on_link=links.put_nowait, redirect_uri=redirect_uri, **options)
    )
    await visit(await links.get())
    return await flow


async def get(url: str) -> httpx.Response:
    async with httpx.AsyncClient() as person:
        return await person.get(url)


async def test_a_person_agrees_in_the_browser_and_the_tokens_work(asked, redirect_uri, emulator):
    shown = []

    async def visit(url):
        assert parse_qs(urlsplit(url).query)["code_challenge_method"] == ["S256"]
        assert parse_qs(urlsplit(url).query)["access_type"] == ["offline"]
        shown.append(await get(await decide(url)))

    found = await signed_in(asked, redirect_uri, visit)
    assert emulator.grants.holder(found.grant.access_token.get_secret_value()) is not None
    assert found.grant.refresh_token is not None
    assert set(found.grant.scopes.split()) == set(map(str, SCOPES))
    (page,) = shown
    assert "close this page" in page.text
    assert page.headers["cache-control"] == "no-store"


async def test_both_families_of_localhost_are_listened_on(asked, redirect_uri):
    async def visit(url):
        address = await decide(url)
        assert (await get(address.replace("localhost", "127.0.0.1").split("?")[0])).status_code == 400
        assert (await get(address.replace("localhost", "[::1]"))).status_code == 200

    await signed_in(asked, redirect_uri, visit)


async def test_stray_requests_are_answered_and_change_nothing(asked, redirect_uri):
    async def visit(url):
        origin = redirect_uri.removesuffix("/callback")
        assert (await get(f"{origin}/favicon.ico")).status_code == 404
        forged = f"{redirect_uri}?{urlencode({'code': '1000.evil', 'state': 'guess'})}"
        answer = await get(forged)
        assert answer.status_code == 400
        assert "1000.evil" not in answer.text
        for noise in (
            b"\x16\x03\x01\x02",
            b"GET " + b"x" * 40_000 + b" HTTP/1.1\r\n\r\n",
            b"POST /callback HTTP/1.1\r\n\r\n",
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(redirect_uri).port)
            writer.write(noise)
            writer.write_eof()
            await reader.read()
            writer.close()
        await get(await decide(url))

    assert (await signed_in(asked, redirect_uri, visit)).grant.refresh_token


async def test_declining_ends_the_wait_at_once(asked, redirect_uri):
    async def visit(url):
        assert "did not agree" in (await get(await decide(url, "reject"))).text

    with pytest.raises(LoginRequired, match="did not agree"):
        await signed_in(asked, redirect_uri, visit)


async def test_the_wait_ends_by_itself_and_names_the_next_flow(asked, redirect_uri):
    async def visit(url):
        pass

    with pytest.raises(LoginRequired) as caught:
        await signed_in(asked, redirect_uri, visit, patience=0.05)
    assert "--flow paste" in caught.value.problem.next_step
    with socket.create_server(("127.0.0.1", urlsplit(redirect_uri).port)):
        pass  # the port is free again


async def test_cancelling_frees_the_port(asked, redirect_uri):
    links: asyncio.Queue[str] = asyncio.Queue()
    flow = asyncio.create_task(browser.sign_in(asked, on_link=links.put_nowait, redirect_uri=redirect_uri))
    await links.get()
    flow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await flow
    with socket.create_server(("127.0.0.1", urlsplit(redirect_uri).port)):
        pass


async def test_a_taken_port_is_said_at_once_and_no_other_is_tried(asked, redirect_uri):
    port = urlsplit(redirect_uri).port
    with (
        socket.create_server(("127.0.0.1", port)),
        socket.create_server(("::1", port), family=socket.AF_INET6),
        pytest.raises(NotConfigured, match=f"Port {port}"),
    ):
        await browser.sign_in(asked, on_link=pytest.fail, redirect_uri=redirect_uri)


async def test_the_landing_pages_address_is_pasted(asked, redirect_uri, emulator):
    links = []

    async def pasted():
        return f"  {await decide(links[0])}\n"

    found = await paste.sign_in(asked, on_link=links.append, pasted=pasted, redirect_uri=redirect_uri)
    assert emulator.grants.holder(found.grant.access_token.get_secret_value()) is not None


async def test_an_address_of_another_sign_in_is_refused(asked, redirect_uri):
    first, second = redirect.begin(asked, redirect_uri), redirect.begin(asked, redirect_uri)
    with pytest.raises(AuthError, match="does not answer"):
        await redirect.finish(second, await decide(first.url))


async def test_an_address_that_names_a_strangers_host_sends_nothing_there(asked, redirect_uri, mints):
    begun = redirect.begin(asked, redirect_uri)
    address = await decide(begun.url)
    lured = address.replace(
        urlencode({"": asked.profile.accounts_url})[1:], "https%3A%2F%2Faccounts.zoho.evil.example"
    )
    assert lured != address
    with pytest.raises(AuthError, match="not one of Zoho's"):
        await redirect.finish(begun, lured)
    assert mints() == 0


async def test_a_code_is_good_once(asked, redirect_uri):
    begun = redirect.begin(asked, redirect_uri)
    address = await decide(begun.url)
    await redirect.finish(begun, address)
    with pytest.raises(LoginRequired):
        await redirect.finish(begun, address)


async def test_a_wrong_secret_is_not_taken_for_a_wrong_code(asked, redirect_uri):
    begun = redirect.begin(replace(asked, client_secret=SecretStr("wrong")), redirect_uri)
    with pytest.raises(ClientRejected):
        await redirect.finish(begun, await decide(begun.url))


async def test_a_sign_in_without_a_refresh_token_says_how_to_get_one(asked, redirect_uri):
    again = replace(asked, ask_again=False)
    begun = redirect.begin(asked, redirect_uri)
    await redirect.finish(begun, await decide(begun.url))
    second = redirect.begin(again, redirect_uri)
    with pytest.raises(LoginRequired) as caught:
        await redirect.finish(second, await decide(second.url))
    assert "--again" in caught.value.problem.next_step


def test_the_answer_of_another_data_centre_moves_the_profile_there():
    us = of_data_center("work", "us", "sandbox", "1000.ID").model_copy(update={"store": "encrypted-file"})
    moved = redirect.at_server(us, "https://accounts.zoho.eu")
    assert (moved.api_url, moved.environment, moved.store) == (
        "https://sandbox.zohoapis.eu",
        "sandbox",
        "encrypted-file",
    )
    assert redirect.at_server(us, "") == us


def test_neither_address_nor_repr_shows_the_verifier(asked, redirect_uri):
    begun = redirect.begin(asked, redirect_uri)
    assert begun.verifier.get_secret_value() not in begun.url + repr(begun)
    assert asked.client_secret.get_secret_value() not in begun.url + repr(begun)
