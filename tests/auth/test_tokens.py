from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse

from zcrm_tools.auth import tokens
from zcrm_tools.auth.flows import self_client
from zcrm_tools.emulator.grants import Consent, Holder
from zcrm_tools.errors import (
    AuthError,
    ClientRejected,
    LoginRequired,
    NotConfigured,
    OutcomeUnknown,
    ServerFault,
    TokenThrottled,
)
from zcrm_tools.http.inprocess import InProcess

HERE = "http://localhost"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


async def exchange(response, **options):
    return await tokens.exchange(
        options.pop("url", HERE),
        client_id="1000.ID",
        client_secret=SecretStr("secret"),
        code=SecretStr("1000.code"),
        transport=InProcess(response),
        **options,
    )


@pytest.mark.evidence("auth.errors-by-body", "auth.invalid-code", "auth.throttled", "auth.wrong-data-center")
@pytest.mark.parametrize("status", [200, 400, 401, 500])
@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        ({"error": "invalid_code"}, LoginRequired, "zcrm login"),
        ({"error": "invalid_client"}, ClientRejected, "data centre"),
        ({"error": "invalid_client_secret"}, ClientRejected, "data centre"),
        ({"error": "invalid_redirect_uri"}, ClientRejected, "registered"),
        ({"error": "Access Denied", "error_description": "You have made too many requests continuously."}, TokenThrottled, "ten minutes"),
        ({"error": "access_denied"}, TokenThrottled, "ten minutes"),
        ({"error": "general_error"}, AuthError, "zcrm login"),
        ({"status": "failure"}, AuthError, "zcrm login"),
        ([], ServerFault, "proxy"),
    ],
)  # fmt: skip
async def test_an_answer_without_tokens_is_judged_by_its_body(body, kind, says, status):
    with pytest.raises((AuthError, ServerFault)) as caught:
        await exchange(JSONResponse(body, status))
    assert type(caught.value) is kind
    assert says in caught.value.problem.next_step
    assert caught.value.problem.not_done == "No token was given."


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        (HTMLResponse("<h1>Bad gateway</h1>", 502), ServerFault),
        (HTMLResponse("<h1>Sign in to the hotel's network</h1>"), ServerFault),
        (HTMLResponse("You have made too many requests continuously.", 400), TokenThrottled),
    ],
)
async def test_a_page_is_not_taken_for_a_wrong_secret(page, kind):
    with pytest.raises(kind):
        await exchange(page)


async def test_secrets_are_posted_in_the_body_and_never_in_the_address():
    seen: list[tuple[str, bytes]] = []

    async def app(scope, receive, send):
        request = Request(scope, receive)
        seen.append((str(request.url), await request.body()))
        await JSONResponse({"access_token": "1000.a"})(scope, receive, send)

    await exchange(app, redirect_uri="http://localhost:8765/callback", verifier=SecretStr("v"))
    ((url, body),) = seen
    assert url == "http://localhost/oauth/v2/token"
    assert body == (
        b"grant_type=authorization_code&client_id=1000.ID&client_secret=secret&code=1000.code"
        b"&redirect_uri=http%3A%2F%2Flocalhost%3A8765%2Fcallback&code_verifier=v"
    )


async def test_a_redirect_is_not_followed_with_the_secret(serve):
    asked: list[bytes] = []

    async def thief(scope, receive, send):
        asked.append(scope["path"])
        await JSONResponse({"access_token": "1000.a"})(scope, receive, send)

    target = serve(thief)
    for status in (301, 302, 303, 307, 308):
        url = serve(RedirectResponse(f"{target}/oauth/v2/token", status))
        with pytest.raises(ServerFault):
            await tokens.exchange(url, client_id="1000.ID", client_secret=SecretStr("s"), code=SecretStr("c"))
    assert asked == []


@pytest.mark.parametrize(
    "url",
    ["https://accounts.example.com", "http://accounts.zoho.com", "https://accounts.zoho.com@example.com", "https://www.zohoapis.com"],
)  # fmt: skip
async def test_a_secret_is_posted_to_zohos_accounts_hosts_only(url):
    with pytest.raises(NotConfigured):
        await exchange(JSONResponse({"access_token": "1000.a"}), url=url)


async def test_a_lost_answer_of_accounts_is_an_unknown_outcome():
    async def cut(scope, receive, send):
        await receive()
        scope["extensions"]["zcrm.wire"]["abort"]()

    with pytest.raises(OutcomeUnknown) as caught:
        await exchange(cut)
    assert "whether a token was given" in caught.value.problem.not_done
    assert "make a new one" in caught.value.problem.next_step


# --- reading a reply


def read(**body):
    grant = tokens.read_grant({"access_token": "1000.a", **body}, NOW)
    assert grant is not None
    return grant


@pytest.mark.evidence("auth.token-life", "auth.expires-in-milliseconds")
@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"expires_in": 3600}, 3600),
        ({"expires_in": "3600"}, 3600),
        ({"expires_in": 3600000}, 3600),
        ({"expires_in": 3600000, "expires_in_sec": 3600}, 3600),
        ({"expires_in_sec": 1800}, 1800),
        ({}, 3600),
        ({"expires_in": None}, 3600),
        ({"expires_in": "soon"}, 3600),
        ({"expires_in": -5}, 0),
        ({"expires_in": 1e300}, 3600),
        ({"expires_in_sec": float("nan")}, 3600),
    ],
)
def test_a_tokens_life_is_read_right_however_it_is_written(body, seconds):
    assert read(**body).expires_at == NOW + timedelta(seconds=seconds)


@pytest.mark.evidence("auth.scope-in-reply")
@pytest.mark.parametrize(
    ("scope", "scopes"),
    [
        ("ZohoCRM.modules.READ ZohoCRM.org.READ", "ZohoCRM.modules.READ ZohoCRM.org.READ"),
        ("ZohoCRM.modules.READ,ZohoCRM.org.READ", "ZohoCRM.modules.READ ZohoCRM.org.READ"),
        (" ZohoCRM.org.READ ,email ", "ZohoCRM.org.READ"),
        ("a..b", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_scopes_are_read_with_either_separator_and_may_be_absent(scope, scopes):
    assert read(scope=scope).scopes == scopes


@pytest.mark.parametrize(
    "body", [None, [], "<html>", {}, {"access_token": 7}, {"access_token": "a\r\nHost: b"}]
)
def test_what_holds_no_usable_token_is_no_grant(body):
    assert tokens.read_grant(body, NOW) is None


# --- against the emulator


@pytest.mark.evidence("auth.exchange", "auth.code-once")
async def test_a_self_clients_code_gives_tokens_once(emulator, emulator_url):
    holder = Holder(emulator.credentials.client_id, 0, ("ZohoCRM.org.READ",))
    code = emulator.grants.new_code(Consent(holder))

    async def sign_in():
        return await self_client.sign_in(
            emulator_url,
            client_id=f" {emulator.credentials.client_id}\n",
            client_secret=SecretStr(f"{emulator.credentials.client_secret}\n"),
            code=SecretStr(f" {code} "),
        )

    grant = await sign_in()
    assert grant.refresh_token is not None
    assert grant.scopes == "ZohoCRM.org.READ"
    with pytest.raises(LoginRequired) as caught:
        await sign_in()
    assert "used up, expired or mistyped" in caught.value.problem.message


@pytest.mark.evidence("auth.no-refresh-token")
async def test_a_self_clients_code_without_offline_access_is_not_accepted(emulator, emulator_url):
    holder = Holder(emulator.credentials.client_id, 0, ("ZohoCRM.org.READ",))
    code = emulator.grants.new_code(Consent(holder, offline=False))
    with pytest.raises(LoginRequired) as caught:
        await self_client.sign_in(
            emulator_url,
            client_id=emulator.credentials.client_id,
            client_secret=SecretStr(emulator.credentials.client_secret),
            code=SecretStr(code),
        )
    assert caught.value.problem.code == "NO_REFRESH_TOKEN"


@pytest.mark.evidence("auth.wrong-data-center")
async def test_an_unknown_client_is_told_to_check_the_data_center(emulator_url, credentials):
    with pytest.raises(ClientRejected) as caught:
        await tokens.refresh(emulator_url, credentials.model_copy(update={"client_id": "1000.OTHER"}))
    assert "data centre" in caught.value.problem.next_step


@pytest.mark.evidence("auth.revoke")
async def test_revoking_ends_the_sign_in_and_doing_it_twice_is_no_error(emulator_url, credentials):
    assert await tokens.revoke(emulator_url, credentials.refresh_token)
    assert not await tokens.revoke(emulator_url, credentials.refresh_token)
    with pytest.raises(LoginRequired):
        await tokens.refresh(emulator_url, credentials)
