"""The in-process transport behaves as a socket does, faults included."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from zcrm_tools.http.inprocess import InProcess


@pytest.fixture(params=["socket", "in-process"])
def reach(request, serve):
    """`reach(app)`: a client of the app, over a socket and in-process."""

    def make(app: Any, **options: Any) -> httpx2.AsyncClient:
        if request.param == "socket":
            return httpx2.AsyncClient(base_url=serve(app), trust_env=False, **options)
        return httpx2.AsyncClient(base_url="http://localhost", transport=InProcess(app), **options)

    return make


async def passed(event: threading.Event) -> None:
    """Wait for another thread, which may run this very loop."""
    assert await asyncio.to_thread(event.wait, 10)


async def echo(request: Request) -> JSONResponse:
    return JSONResponse(
        {
            "method": request.method,
            "path": request.url.path,
            "query": dict(request.query_params),
            "header": request.headers.get("x-asked"),
            "body": (await request.body()).decode(),
        },
        status_code=202,
        headers={"X-Told": "yes"},
    )


async def test_an_app_sees_the_request_and_the_client_its_answer(reach):
    async with reach(Starlette(routes=[Route("/a b/c", echo, methods=["PUT"])])) as client:
        answer = await client.put("/a b/c", params={"q": "ü&"}, headers={"X-Asked": "1"}, content="body")
    assert (answer.status_code, answer.headers["x-told"]) == (202, "yes")
    assert answer.json() == {"method": "PUT", "path": "/a b/c", "query": {"q": "ü&"}, "header": "1", "body": "body"}  # fmt: skip


async def test_a_body_streams_while_the_app_is_still_writing(reach):
    going_on = threading.Event()

    async def parts():
        yield b"first"
        await passed(going_on)
        yield b"second"

    app = Starlette(routes=[Route("/", lambda _: StreamingResponse(parts()))])
    async with reach(app) as client, client.stream("GET", "/") as answer:
        read = answer.aiter_raw()
        assert await anext(read) == b"first"
        going_on.set()
        assert b"".join([part async for part in read]) == b"second"


async def test_a_read_timeout_is_honoured(reach):
    async def slow(scope, receive, send):
        while (await receive())["type"] != "http.disconnect":
            pass

    async with reach(slow, timeout=0.05) as client:
        with pytest.raises(httpx2.ReadTimeout):
            await client.get("/")


async def test_a_cut_connection_is_an_error_of_the_network(reach):
    async def cut(scope, receive, send):
        await receive()
        scope["extensions"]["zcrm.wire"]["abort"]()

    async with reach(cut) as client:
        with pytest.raises((httpx2.RemoteProtocolError, httpx2.NetworkError)):
            await client.get("/")


async def test_an_app_that_fails_answers_500_and_says_so_in_the_log(reach, caplog):
    async def broken(scope, receive, send):
        raise RuntimeError("the app is broken")

    async with reach(broken) as client:
        assert (await client.get("/")).status_code == 500


async def test_an_app_that_fails_in_mid_body_cuts_the_connection(reach):
    async def broken(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("the app is broken")

    async with reach(broken) as client:
        with pytest.raises((httpx2.RemoteProtocolError, httpx2.NetworkError)):
            await client.get("/")


@pytest.mark.parametrize("gives_up", ["timeout", "cancel"])
async def test_a_write_is_finished_though_the_client_gave_up(reach, gives_up):
    gave_up, finished = threading.Event(), threading.Event()

    async def write(scope, receive, send):
        await receive()
        await passed(gave_up)
        finished.set()
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async with reach(write, timeout=0.05 if gives_up == "timeout" else 5) as client:
        with pytest.raises((httpx2.ReadTimeout, TimeoutError)):
            await asyncio.wait_for(client.post("/"), 0.1)
        assert not finished.is_set()
        gave_up.set()
        await passed(finished)


async def test_an_app_is_told_that_the_client_has_gone(reach):
    told = threading.Event()

    async def waiting(scope, receive, send):
        while (await receive())["type"] != "http.disconnect":
            pass
        told.set()

    async with reach(waiting, timeout=0.05) as client:
        with pytest.raises(httpx2.ReadTimeout):
            await client.get("/")
        await passed(told)


async def test_closing_waits_for_the_writes_under_way():
    closing, done = threading.Event(), threading.Event()

    async def write(scope, receive, send):
        await receive()
        await passed(closing)
        done.set()

    transport = InProcess(write)
    client = httpx2.AsyncClient(base_url="http://localhost", transport=transport, timeout=0.01)
    with pytest.raises(httpx2.ReadTimeout):
        await client.post("/")
    closed = asyncio.create_task(client.aclose())
    await asyncio.sleep(0)
    assert not closed.done()
    closing.set()
    await closed
    assert done.is_set()
