from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import traceback
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from starlette.responses import JSONResponse

from zcrm_tools import endpoints
from zcrm_tools.auth.refresh import Tokens
from zcrm_tools.auth.sharing import InMemory, Known
from zcrm_tools.errors import (
    ClientRejected,
    LoginRequired,
    NotSent,
    OutcomeUnknown,
    TokenThrottled,
    ZcrmError,
)
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.http.session import Session
from zcrm_tools.models.grant import Grant


@pytest.fixture
def shared():
    return InMemory()


@pytest.fixture
def source(profile, credentials, shared, time):
    return Tokens(profile, credentials, shared=shared, clock=time)


async def fifty_calls(url, source):
    session = Session(url, source)
    calls = (session.call(endpoints.GET_ORG) for _ in range(50))
    replies = await asyncio.gather(*calls)
    await session.aclose()
    return [reply.status for reply in replies]


async def test_fifty_calls_with_an_expired_token_cause_one_refresh(profile, source, shared, time, mints):
    old = Grant(access_token=SecretStr("1000.old"), expires_at=time.now() - timedelta(minutes=1))
    shared.known = Known(old)
    assert await fifty_calls(profile.api_url, source) == [200] * 50
    assert mints() == 1


async def test_fifty_calls_refused_with_the_same_token_cause_one_refresh(
    profile, source, shared, time, mints, emulator
):
    dead = emulator.credentials.access_token
    emulator.grants.revoke(dead)
    shared.known = Known(Grant(access_token=SecretStr(dead), expires_at=time.now() + timedelta(minutes=50)))
    assert await fifty_calls(profile.api_url, source) == [200] * 50
    assert mints() == 1


async def test_a_token_is_kept_while_it_has_more_than_five_minutes(source, time, mints):
    first = await source.token()
    time.pass_by(minutes=54)
    assert await source.token() == first
    time.pass_by(minutes=1, seconds=1)
    assert await source.token() != first
    assert mints() == 2


@pytest.mark.evidence("auth.token-life")
async def test_a_wall_clock_that_is_set_back_does_not_keep_a_dead_token_alive(source, time, mints):
    await source.token()
    time.pass_by(minutes=59)
    time.set_back(hours=5)
    await source.token()
    assert mints() == 2


async def test_a_token_that_died_while_the_machine_slept_is_replaced(source, time, mints):
    await source.token()
    time.sleep(hours=8)
    await source.token()
    assert mints() == 2


@pytest.mark.evidence("auth.mint-limit")
async def test_a_second_process_takes_the_stored_token_instead_of_minting(
    profile, credentials, shared, time, source, mints
):
    first = await source.token()
    for _ in range(11):
        again = Tokens(profile, credentials, shared=shared, clock=time)
        assert await again.token() == first
    assert mints() == 1


async def test_a_refused_token_is_replaced_by_what_another_process_stored(
    profile, credentials, shared, time, source, mints
):
    refused = await source.token()
    other = Tokens(profile, credentials, shared=shared, clock=time)
    newer = await other.renew(refused)
    assert await source.renew(refused) == newer
    assert mints() == 2


async def test_a_token_that_was_replaced_already_is_not_replaced_again(source, mints):
    old = await source.token()
    new = await source.renew(old)
    assert await source.renew(old) == new
    assert mints() == 2


async def test_a_stored_expiry_in_the_far_future_is_held_to_an_hour(profile, shared, time, source, mints):
    shared.known = Known(Grant(access_token=SecretStr("1000.x"), expires_at=datetime(2999, 1, 1, tzinfo=UTC)))
    assert await source.token() == "1000.x"
    time.pass_by(minutes=56)
    assert await source.token() != "1000.x"


async def test_a_cancelled_caller_does_not_take_the_refresh_away_from_the_others(source, mints):
    first, second = asyncio.create_task(source.token()), asyncio.create_task(source.token())
    await asyncio.sleep(0)
    first.cancel()
    assert await second
    with pytest.raises(asyncio.CancelledError):
        await first
    assert mints() == 1


@pytest.mark.evidence("auth.mint-limit", "auth.throttled")
async def test_after_ten_tokens_the_eleventh_is_refused_and_no_twelfth_is_asked_for(source, time, mints):
    token = await source.token()
    for _ in range(9):
        token = await source.renew(token)
    with pytest.raises(TokenThrottled):
        await source.renew(token)
    with pytest.raises(TokenThrottled) as caught:
        await source.renew(token)
    assert "Wait 600 seconds" in caught.value.problem.next_step
    assert mints() == 10
    assert await source.token() == token  # the tokens at hand are still good
    time.pass_by(minutes=10)
    assert await source.renew(token) != token


async def test_a_token_whose_answer_was_lost_counts_among_the_ten(
    profile, credentials, shared, emulator, time, mints
):
    emulator.faults.lay({"kind": "drop_reply", "path": "/oauth/v2/token"}, frozenset())
    inside = InProcess(emulator.app)
    source = Tokens(profile, credentials, shared=shared, clock=time, transport=inside)
    with pytest.raises(OutcomeUnknown):
        await source.token()
    assert await source.token()
    assert len((await shared.read()).mints) == mints() == 2


@pytest.mark.evidence("auth.invalid-code")
async def test_a_revoked_sign_in_asks_for_a_new_one(source, emulator):
    emulator.grants.revoke(emulator.credentials.refresh_token)
    with pytest.raises(LoginRequired) as caught:
        await source.token()
    assert "zcrm login" in caught.value.problem.next_step


async def test_every_waiting_call_gets_the_reason_when_the_refresh_fails(profile, source, emulator, mints):
    emulator.grants.revoke(emulator.credentials.refresh_token)
    session = Session(profile.api_url, source)
    results = await asyncio.gather(
        *(session.call(endpoints.GET_ORG) for _ in range(20)), return_exceptions=True
    )
    await session.aclose()
    assert all(isinstance(result, LoginRequired) for result in results)
    assert mints() == 1


CANARY = "canary-canary"


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"error": "invalid_code"}, 200, LoginRequired),
        ({"error": "invalid_client"}, 400, ClientRejected),
        ({"error": "Access Denied"}, 400, TokenThrottled),
        ({"error": "general_error"}, 200, ZcrmError),
        (None, 0, NotSent),
    ],
)
async def test_no_error_of_a_refresh_shows_a_secret_even_with_the_variables_of_its_traceback(
    profile, credentials, shared, body, status, kind, caplog
):
    caplog.set_level(logging.DEBUG)
    secret = {"client_secret": SecretStr(CANARY + "1"), "refresh_token": SecretStr(CANARY + "2")}
    wrapped = credentials.model_copy(update=secret)
    later = datetime.now(UTC) + timedelta(minutes=50)
    unreachable = profile.model_copy(update={"accounts_url": "http://127.0.0.1:1"})
    stale = {"code": "INVALID_TOKEN", "details": {}, "message": "invalid oauth token", "status": "error"}
    if body is None:
        profile, transport = unreachable, None
    else:
        transport = InProcess(JSONResponse(body, status))
    shared.known = Known(Grant(access_token=SecretStr(CANARY + "3"), expires_at=later))
    source = Tokens(profile, wrapped, shared=shared, transport=transport)
    session = Session("http://localhost", source, transport=InProcess(JSONResponse(stale, 401)))
    with pytest.raises(kind) as caught:
        await session.call(endpoints.GET_ORG)
    shown = io.StringIO()
    traceback.TracebackException.from_exception(caught.value, capture_locals=True).print(file=shown)
    with contextlib.redirect_stdout(shown):
        print(repr(caught.value), caught.value, caught.value.__context__, source, wrapped)
    assert "refused = " in shown.getvalue()
    assert CANARY not in shown.getvalue() + caplog.text
