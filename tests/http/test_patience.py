"""What is tried again, how often, after which waits, and what is never tried twice. No test waits: time is a list."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from zcrm_tools import endpoints
from zcrm_tools.errors import (
    CircuitOpen,
    CreditsUsedUp,
    InvalidRequest,
    NotAllowed,
    NotSent,
    OutcomeUnknown,
    Problem,
    RateLimited,
    ServerFault,
    ZcrmError,
)
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.http.line import Line, Spending
from zcrm_tools.http.patience import Breaker, Budget, Patience, asked_to_wait
from zcrm_tools.http.session import Reply, Session

BUSY = {"code": "TOO_MANY_REQUESTS", "details": {}, "message": "too many", "status": "error"}
FAULT = {"code": "INTERNAL_ERROR", "details": {}, "message": "Internal Server Error", "status": "error"}
FOUND = {"data": [{"id": "1"}]}
MADE = {"data": [{"code": "SUCCESS", "details": {"id": "1"}, "message": "record added", "status": "success"}]}


@dataclass
class Time:
    """A clock that only waiting moves."""

    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def session(time: Time, issued: Any) -> Callable[..., Session]:
    def make(
        app: Any, *, breaker: Breaker | None = None, spending: Spending | None = None, **patience: Any
    ) -> Session:
        patient = Patience(clock=time, sleep=time.sleep, **{"chance": lambda: 1.0, **patience})
        line = Line(patient, breaker=breaker, spending=spending)
        return Session("http://localhost", issued, transport=InProcess(app), line=line)

    return make


async def read(session: Session) -> Reply:
    return await session.call(endpoints.LIST_RECORDS, module="Leads", params={"fields": "id"})


async def create(session: Session) -> Reply:
    return await session.call(endpoints.CREATE_RECORDS, module="Leads", json={"data": [{"Last_Name": "Doe"}]})


async def hang_up(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    scope["extensions"]["zcrm.wire"]["abort"]()


class Flaky:
    """Fails in one way a number of times and answers then."""

    def __init__(self, failing: Any, times: int, answer: Any = FOUND) -> None:
        self.failing, self.times, self.answer, self.asked = failing, times, answer, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        app = self.failing if self.asked <= self.times else JSONResponse(self.answer)
        await app(scope, receive, send)


FAILURES = {
    "429": JSONResponse(BUSY, 429),
    "500": JSONResponse(FAULT, 500),
    "502": HTMLResponse("<h1>Bad Gateway</h1>", 502),
    "hang up": hang_up,
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_read_outlives_any_passing_failure(session, time, failure):
    app = Flaky(FAILURES[failure], 3)
    assert (await read(session(app))).body == FOUND
    assert app.asked == 4
    assert time.waits == [0.5, 1.0, 2.0]


@pytest.mark.evidence("http.429-codes")
async def test_a_create_that_zoho_did_not_look_at_is_sent_again(session):
    app = Flaky(FAILURES["429"], 3, MADE)
    assert (await create(session(app))).body == MADE
    assert app.asked == 4


@pytest.mark.parametrize(
    ("failure", "kind"), [("500", ServerFault), ("502", ServerFault), ("hang up", OutcomeUnknown)]
)
async def test_a_create_that_may_have_happened_is_sent_once(session, failure, kind):
    app = Flaky(FAILURES[failure], 1, MADE)
    with pytest.raises(kind):
        await create(session(app))
    assert app.asked == 1


async def test_a_write_that_may_be_done_twice_is_sent_again_when_its_caller_says_so(session):
    app = Flaky(hang_up, 2, MADE)
    row = {"data": [{"id": "1", "Last_Name": "Doe"}]}
    await session(app).call(endpoints.UPDATE_RECORDS, module="Leads", json=row, repeatable=True)
    assert app.asked == 3


async def test_a_refusal_is_not_asked_about_twice(session):
    app = Flaky(JSONResponse({**BUSY, "code": "INVALID_DATA"}, 400), 1)
    with pytest.raises(InvalidRequest):
        await read(session(app))
    assert app.asked == 1


async def test_attempts_end_and_the_error_says_how_many_there_were(session):
    app = Flaky(FAILURES["500"], 99)
    with pytest.raises(ServerFault) as caught:
        await read(session(app))
    assert app.asked == 4
    assert caught.value.__notes__ == ["It was tried 4 times."]


# --- waits


@given(st.integers(1, 30), st.floats(0, 1), st.none() | st.floats(0, 100))
def test_a_wait_is_jittered_under_a_doubling_ceiling_and_never_shorter_than_asked(attempt, chance, asked):
    wait = Patience(chance=lambda: chance).wait(attempt, asked)
    assert (asked or 0) <= wait <= (asked or 0) + min(20, 0.5 * 2 ** (attempt - 1))


async def test_retry_after_is_honoured_when_there_is_one(session, time):
    app = Flaky(JSONResponse(BUSY, 429, headers={"Retry-After": "7"}), 1)
    await read(session(app, chance=lambda: 0.5))
    assert time.waits == [7.25]


async def test_a_wait_past_the_deadline_is_not_begun(session, time):
    app = Flaky(JSONResponse(BUSY, 429, headers={"Retry-After": "600"}), 1)
    with pytest.raises(RateLimited) as caught:
        await read(session(app))
    assert (time.waits, caught.value.retry_after) == ([], 600.0)


async def test_one_deadline_holds_for_all_attempts_and_waits_together(session, time):
    app = Flaky(JSONResponse(BUSY, 429, headers={"Retry-After": "50"}), 99)
    with pytest.raises(RateLimited):
        await read(session(app, attempts=99, chance=lambda: 0.0))
    assert time.waits == [50.0, 50.0]


async def test_a_write_is_not_begun_again_with_too_little_time_left_to_hear_of_it(session, time):
    """It would be cut off, and nobody would know whether it was done; a read may be."""
    for call, asked, refused in ((create, 1, RateLimited), (read, 2, None)):
        app = Flaky(JSONResponse(BUSY, 429, headers={"Retry-After": "116"}), 1)
        with pytest.raises(refused) if refused else contextlib.nullcontext():
            await call(session(app, chance=lambda: 0.0))
        assert app.asked == asked


async def test_a_call_whose_time_went_into_its_token_is_not_sent(session, time, issued):
    class Slow:
        async def token(self) -> str:
            time.now += 130
            return await issued.token()

    app = Flaky(hang_up, 0)
    one = session(app, attempts=1)
    one._tokens = Slow()
    with pytest.raises(NotSent) as caught:
        await create(one)
    assert (caught.value.problem.code, app.asked) == ("NO_TIME", 0)


async def test_a_server_that_drips_is_cut_off_at_the_deadline(session):
    async def drip(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not (await asyncio.wait({asyncio.ensure_future(receive())}, timeout=0.01))[0]:
            await send({"type": "http.response.body", "body": b" ", "more_body": True})

    with pytest.raises(OutcomeUnknown):
        await read(session(drip, deadline=0.1, attempts=1))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("3", 3.0), ("0", 0.0), ("Tue, 24 Nov 2026 10:00:30 GMT", 30.0), ("Tue, 24 Nov 2026 09:00:00 GMT", 0.0), ("soon", None), ("-1", None), ("", None)],
)  # fmt: skip
def test_retry_after_is_a_number_or_a_date_and_nonsense_is_nothing(header, seconds):
    at_ten = datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert asked_to_wait({"retry-after": header}, lambda: at_ten) == seconds


# --- the budget of retries, and the breaker


def test_a_hundred_failures_use_up_the_budget_and_successes_fill_it():
    budget = Budget()
    fault = ServerFault(*_problem(), status=500)
    assert sum(bool(budget.take(fault)) for _ in range(200)) == 100
    assert budget.take(fault) == 0
    for _ in range(9):
        budget.give(1)
    assert budget.take(OutcomeUnknown(*_problem())) == 0
    budget.give(1)
    assert budget.take(OutcomeUnknown(*_problem())) == 10


def _problem() -> tuple[Any]:
    from zcrm_tools.errors import Problem

    return (Problem("X", "x"),)


async def test_when_everything_fails_the_load_grows_by_little(session):
    app = Flaky(FAILURES["500"], 10_000)
    one = session(app, breaker=Breaker(limit=10_000))
    for _ in range(300):
        with pytest.raises(ServerFault):
            await read(one)
    assert app.asked == 300 + 100


async def test_a_server_that_is_down_is_left_alone_and_then_asked_once(session, time):
    app = Flaky(FAILURES["500"], 20)
    one = session(app, attempts=1, breaker=Breaker(limit=20, rest=30))
    for _ in range(20):
        with pytest.raises(ServerFault):
            await read(one)
    with pytest.raises(CircuitOpen) as caught:
        await create(one)
    assert caught.value.problem.not_done == "Nothing was sent."
    assert "30 s" in caught.value.problem.next_step
    time.now += 30
    assert (await read(one)).body == FOUND
    assert (await read(one)).body == FOUND
    assert app.asked == 22


async def test_one_call_tries_a_server_that_was_down_and_the_others_wait_for_its_result(session, time):
    app = Flaky(FAILURES["500"], 99)
    one = session(app, attempts=1, breaker=Breaker(limit=1, rest=30))
    with pytest.raises(ServerFault):
        await read(one)
    time.now += 30
    results: list[Any] = await asyncio.gather(*(read(one) for _ in range(5)), return_exceptions=True)
    assert sorted(type(r).__name__ for r in results) == ["CircuitOpen"] * 4 + ["ServerFault"]


async def test_calls_that_found_no_place_say_nothing_about_the_server():
    breaker, busy = Breaker(limit=2), NotSent(Problem("NO_PLACE", "All were in use."))
    for _ in range(5):
        breaker.note(busy, 0.0)
    breaker.check(0.0)
    breaker.note(ServerFault(Problem("X", "x"), status=500), 0.0)
    breaker.note(busy, 0.0)
    breaker.note(ServerFault(Problem("X", "x"), status=500), 0.0)
    with pytest.raises(CircuitOpen):
        breaker.check(0.0)


async def test_refusals_do_not_open_the_breaker(session):
    app = Flaky(JSONResponse({**BUSY, "code": "INVALID_DATA"}, 400), 99)
    one = session(app, breaker=Breaker(limit=3))
    for _ in range(10):
        with pytest.raises(InvalidRequest):
            await read(one)


async def test_a_call_that_could_not_be_sent_is_tried_again_whatever_it_does(time, issued):
    patience = Patience(clock=time, sleep=time.sleep)
    nowhere = Session("http://127.0.0.1:1", issued, line=Line(patience))
    with pytest.raises(NotSent):
        await create(nowhere)
    await nowhere.aclose()
    assert len(time.waits) == 3


# --- credits


def last_credits(request: Request) -> Response:
    return JSONResponse(FOUND, headers={"X-API-CREDITS-REMAINING": "0"})


@pytest.mark.evidence("http.credits-header", "http.429-codes")
async def test_spent_credits_are_a_clock_and_not_a_blip(session, time, answering):
    app = answering(last_credits, (429, BUSY))
    one = session(app)
    await read(one)
    with pytest.raises(CreditsUsedUp) as caught:
        await read(one)
    assert time.waits == []
    assert len(app.seen) == 2
    assert "24 hours" in caught.value.problem.next_step


@pytest.mark.evidence("http.credits-details")
async def test_details_that_speak_of_credits_are_believed(session, time, answering):
    app = answering((429, {**BUSY, "details": {"limit": "api_credits"}}))
    with pytest.raises(CreditsUsedUp):
        await read(session(app))
    assert len(app.seen) == 1


async def test_a_run_stops_at_its_own_budget_before_it_sends(session, answering):
    app = answering((200, FOUND))
    one = session(app, spending=Spending(most=2))
    await read(one)
    await read(one)
    with pytest.raises(NotAllowed) as caught:
        await read(one)
    assert caught.value.problem.code == "CREDIT_BUDGET"
    assert len(app.seen) == 2


async def test_what_was_spent_is_noted_for_other_processes(session, answering):
    noted: list[int] = []

    class Ledger:
        def spend(self, credits: int) -> None:
            noted.append(credits)

    one = session(answering((200, FOUND)), spending=Spending(ledger=Ledger()))
    for _ in range(60):
        await read(one)
    await one.aclose()
    assert noted == [50, 10]


async def test_a_write_whose_cost_cannot_be_noted_still_has_its_answer(session, answering, caplog):
    class Full:
        def spend(self, credits: int) -> None:
            raise OSError("no space left on device")

    one = session(answering((200, MADE)), spending=Spending(ledger=Full()))
    for _ in range(60):
        assert (await create(one)).body == MADE
    await one.aclose()
    assert caplog.text.count("no space left on device") == 1
    assert one.credits_spent == 60


async def test_the_servers_clock_is_known_from_its_date(session, answering):
    at = datetime.now(UTC).timestamp() + 3_600
    stamp = datetime.fromtimestamp(at, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    one = session(answering(JSONResponse(FOUND, headers={"Date": stamp})))
    await read(one)
    assert 3_590 < one.server_ahead.total_seconds() <= 3_600


def test_every_error_of_this_library_has_a_meaning():
    from zcrm_tools.http.patience import meaning

    def kinds(kind: type[ZcrmError]) -> list[type[ZcrmError]]:
        return [kind, *(k for sub in kind.__subclasses__() for k in kinds(sub))]

    assert len(kinds(ZcrmError)) > 15
    for kind in kinds(ZcrmError):
        error = kind.__new__(kind)
        error.status = 500  # type: ignore[attr-defined]
        assert meaning(error)


@pytest.mark.parametrize(
    "text", [r'{"data": [{"Last_Name": "\ud83d"}]}', '{"data": [{"Big": 123456789012345678901234567890}]}']
)
async def test_a_body_that_the_fast_decoder_refuses_is_read_all_the_same(session, answering, text):
    reply = await read(session(answering(Response(text, media_type="application/json"))))
    assert len(reply.body["data"]) == 1
