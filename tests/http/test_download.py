"""A file is opened like any read: tried again, within a deadline, in its place among the calls that run at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response, StreamingResponse

from zcrm_tools import operations
from zcrm_tools.errors import CreditsUsedUp, NotAllowed, NotFound, NotSent, OutcomeUnknown, ServerFault
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.http.line import Line, Spending
from zcrm_tools.http.patience import Patience
from zcrm_tools.http.session import Session

FILE = Response(b"contents", media_type="application/octet-stream")
BUSY = (429, {"code": "TOO_MANY_REQUESTS", "details": {}, "message": "too many", "status": "error"})
DOWN = (503, {"code": "SERVICE_UNAVAILABLE", "details": {}, "message": "down", "status": "error"})
STALE = (401, {"code": "INVALID_TOKEN", "details": {}, "message": "invalid oauth token", "status": "error"})


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def session(issued: Any, waits: list[float]) -> Callable[..., Session]:
    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    def make(app: Any, *, spending: Spending | None = None, **patience: Any) -> Session:
        line = Line(Patience(sleep=sleep, chance=lambda: 1.0, **patience), spending=spending)
        return Session("http://localhost", issued, transport=InProcess(app), line=line)

    return make


async def fetched(session: Session) -> bytes | None:
    async with session.download(operations.GET_FILE, params={"id": "x"}) as streamed:
        return None if streamed is None else (await streamed.whole()).content


async def test_what_fails_for_a_moment_is_opened_again(session: Any, answering: Any, waits: list[float]):
    app = answering(BUSY, DOWN, FILE)
    one = session(app)
    assert await fetched(one) == b"contents"
    assert (len(app.seen), waits) == (3, [0.5, 1.0])
    assert one.credits_spent == 3 * operations.GET_FILE.credits


async def test_what_stays_down_is_raised_as_what_it_is(session: Any, answering: Any):
    app = answering(DOWN)
    with pytest.raises(ServerFault):
        await fetched(session(app))
    assert len(app.seen) == 4


async def test_a_stale_token_is_renewed_once(session: Any, answering: Any, issued: Any):
    app = answering(STALE, FILE)
    assert await fetched(session(app)) == b"contents"
    assert [one.rsplit(" ")[-1] for one in app.tokens] == ["1000.token1", "1000.token2"]
    assert len(issued.refused) == 1


async def test_nothing_there_is_none_and_an_id_of_nothing_an_error(session: Any, answering: Any):
    assert await fetched(session(answering(Response(status_code=204)))) is None
    gone = (404, {"code": "RESOURCE_NOT_FOUND", "details": {}, "message": "gone", "status": "error"})
    with pytest.raises(NotFound):
        await fetched(session(answering(gone)))


async def test_a_body_that_breaks_off_is_not_begun_again(session: Any, answering: Any):
    async def half() -> Any:
        yield b"cont"
        raise ConnectionResetError

    app = answering(StreamingResponse(half()))
    with pytest.raises((OutcomeUnknown, ConnectionResetError)):
        await fetched(session(app))
    assert len(app.seen) == 1


async def test_it_keeps_its_place_until_the_file_is_read(session: Any, answering: Any):
    one = session(answering(FILE), deadline=0.05, attempts=1)
    async with one.download(operations.GET_FILE, params={"id": "x"}):
        held = [asyncio.create_task(_holding(one)) for _ in range(4)]
        await asyncio.sleep(0)
        with pytest.raises(NotSent) as full:
            await fetched(one)
        assert full.value.problem.code == "NO_PLACE"
        for task in held:
            task.cancel()
        await asyncio.wait(held)
    assert await fetched(one) == b"contents"


async def _holding(session: Session) -> None:
    async with session.line.places.held(heavy=False, within=1):
        await asyncio.Event().wait()


async def test_a_failed_attempt_gives_its_place_back(session: Any, answering: Any):
    one = session(answering(DOWN), deadline=5)
    for _ in range(3):
        with pytest.raises(ServerFault):
            await fetched(one)
    assert one.line.places._used == {"call": 0, "heavy": 0}


async def test_an_answer_that_never_comes_ends_at_the_deadline(session: Any):
    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    with pytest.raises(OutcomeUnknown):
        await fetched(session(silent, deadline=0.05, attempts=1))


async def test_it_counts_towards_the_runs_credits(session: Any, answering: Any):
    one = session(answering(FILE), spending=Spending(most=operations.GET_FILE.credits))
    await fetched(one)
    with pytest.raises(NotAllowed, match="credits"):
        await fetched(one)


async def test_credits_that_are_gone_are_not_asked_for_again(session: Any, answering: Any):
    used_up = JSONResponse(BUSY[1], 429, headers={"X-API-CREDITS-REMAINING": "0"})
    app = answering(used_up)
    with pytest.raises(CreditsUsedUp):
        await fetched(session(app))
    assert len(app.seen) == 1
