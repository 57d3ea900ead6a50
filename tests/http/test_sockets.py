"""Our own sockets under httpx2's HTTP/1.1: kept connections, TLS, big bodies both ways, and every way to fail."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from zcrm_tools import endpoints
from zcrm_tools.errors import NotSent
from zcrm_tools.http import wire
from zcrm_tools.http.line import Line
from zcrm_tools.http.patience import NEVER
from zcrm_tools.http.session import Session
from zcrm_tools.http.sockets import Pool

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve, **options: Any) -> AsyncIterator[str]:
    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client is gone, which some tests want
        finally:
            writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0, **options)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield f"{'https' if 'ssl' in options else 'http'}://localhost:{port}"


def request(url: str, method: str = "GET", **more: Any) -> httpx2.Request:
    timeout = {"connect": 5.0, "read": 5.0, "write": 5.0} | more.pop("timeout", {})
    return httpx2.Request(method, url, extensions={"timeout": timeout}, **more)


async def asked(pool: Pool, *given: Any, **more: Any) -> httpx2.Response:
    response = await pool.handle_async_request(request(*given, **more))
    await response.aread()
    return response


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    made = Pool(ssl.create_default_context())
    yield made
    await made.aclose()


class Server:
    """Answers every request of a connection with the same bytes, and counts."""

    def __init__(self, answer: bytes = OK) -> None:
        self.answer = answer
        self.connections = self.requests = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while await reader.readuntil(b"\r\n\r\n"):
            self.requests += 1
            writer.write(self.answer)
            await writer.drain()


async def test_a_connection_is_kept_for_the_next_request(pool: Pool):
    server = Server()
    async with listening(server) as url:
        for _ in range(3):
            assert (await asked(pool, url)).content == b"ok"
        assert (server.connections, server.requests) == (1, 3)
        await asyncio.gather(*(asked(pool, url) for _ in range(5)))
        await asyncio.gather(*(asked(pool, url) for _ in range(5)))
        assert server.connections <= 5


async def test_a_connection_that_the_server_closed_meanwhile_is_not_used(pool: Pool):
    """Closed a moment ago, so that the loop has not been told: the next request would be lost."""
    close, closed = asyncio.Event(), asyncio.Event()
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await writer.drain()
        await close.wait()
        writer.close()
        await writer.wait_closed()
        closed.set()

    async with listening(serve) as url:
        await asked(pool, url)
        close.set()
        await closed.wait()
        assert (await asked(pool, url)).content == b"ok"
        assert connections == 2


async def test_megabytes_come_and_go_whole(pool: Pool):
    big = bytes(range(256)) * 20_000
    got = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(got) < length:
            got.extend(await reader.read(65_536))
            await asyncio.sleep(0)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(big) + big)
        await writer.drain()

    async with listening(serve) as url:
        response = await asked(pool, url, "POST", content=big)
        assert response.content == big
        assert bytes(got) == big


async def test_a_reader_that_takes_its_time_makes_the_server_wait(pool: Pool):
    """Not everything is held here: what is unread stays with the other side."""
    sent = 0
    total = 64

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (total << 20))
        for _ in range(total):
            writer.write(bytes(1 << 20))
            await writer.drain()
            sent += 1

    async with listening(serve) as url:
        response = await pool.handle_async_request(request(url))
        parts = aiter(response.stream)  # type: ignore[arg-type]
        size = len(await anext(parts))
        for _ in range(200):
            await asyncio.sleep(0)
        assert sent < total // 2
        async for part in parts:
            size += len(part)
        assert size == total << 20
        await response.aclose()


async def test_tls_with_a_certificate_that_is_trusted_and_one_that_is_not(
    certificate: tuple[Path, Path], pool: Pool
):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    big = bytes(range(256)) * 8_000
    server = Server(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(big) + big)
    async with listening(server, ssl=context) as url:
        trusting = Pool(ssl.create_default_context(cafile=str(certificate[0])))
        for _ in range(2):
            assert (await asked(trusting, url)).content == big
        assert server.connections == 1
        await trusting.aclose()
        with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await asked(pool, url)
        assert server.requests == 2


async def test_nobody_listening_is_an_error_before_anything_was_sent(pool: Pool):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(httpx2.ConnectError):
        await asked(pool, f"http://127.0.0.1:{port}")
    with pytest.raises(httpx2.ConnectError):
        await asked(pool, "http://no-such-host.invalid")


async def test_a_handshake_that_never_ends_is_a_connection_that_took_too_long(pool: Pool):
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(silent) as url:
        with pytest.raises(httpx2.ConnectTimeout):
            await asked(pool, url.replace("http:", "https:"), timeout={"connect": 0.05})


async def test_an_answer_that_does_not_come_is_a_read_that_took_too_long(pool: Pool):
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(silent) as url:
        with pytest.raises(httpx2.ReadTimeout):
            await asked(pool, url, timeout={"read": 0.05})


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"])
async def test_a_connection_cut_before_or_in_the_answer_is_an_error_and_not_kept(pool: Pool, head: bytes):
    connections = 0

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        await writer.drain()

    async with listening(cut) as url:
        for number in (1, 2):
            with pytest.raises(httpx2.RemoteProtocolError):
                await asked(pool, url)
            assert connections == number


async def test_a_reset_is_a_network_error(pool: Pool):
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()

    async with listening(reset) as url:
        with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
            await asked(pool, url)


async def test_a_caller_that_gives_up_leaves_no_connection_behind(pool: Pool):
    begun, ended = asyncio.Event(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        begun.set()
        await reader.read()
        ended.set()

    async with listening(silent) as url:
        waiting = asyncio.create_task(asked(pool, url))
        await begun.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await ended.wait()


async def test_a_connection_that_was_busy_when_all_were_closed_is_closed_after_it(pool: Pool):
    begun, go_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        begun.set()
        await go_on.wait()
        writer.write(OK)
        await reader.read()
        ended.set()

    async with listening(slow) as url, asyncio.timeout(5):
        answer = asyncio.create_task(asked(pool, url))
        await begun.wait()
        await pool.aclose()
        go_on.set()
        assert (await answer).content == b"ok"
        await ended.wait()


async def test_an_upload_to_a_server_that_does_not_read_takes_too_long(pool: Pool):
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with listening(deaf, limit=1024) as url:
        with pytest.raises((httpx2.WriteTimeout, httpx2.ReadTimeout)):
            await asked(pool, url, "POST", content=bytes(32 << 20), timeout={"write": 0.05, "read": 0.05})


@pytest.mark.parametrize(
    "params", [None, {"fields": "A,B", "q": "a b&c=d/é+\U0001f600", "flag": True, "n": 3}, {"q": ""}]
)
async def test_the_target_arrives_as_httpx2_itself_would_send_it(issued: Any, params: Any):
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0])
        body = b'{"data":[]}'
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    async with listening(serve) as url:
        session = Session(url, issued)
        await session.call(endpoints.LIST_RECORDS, module="Leads", params=params)
        await session.aclose()
        async with httpx2.AsyncClient(trust_env=False) as plain:
            await plain.get(f"{url}/crm/v8/Leads", params=params)
    assert seen[0] == seen[1]


async def test_a_proxy_is_asked_for_zohos_host_and_told_nothing_else(
    monkeypatch: pytest.MonkeyPatch, issued: Any
):
    heads: list[bytes] = []

    async def refusing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()

    async with listening(refusing) as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        session = Session("https://www.zohoapis.eu", issued, line=Line(NEVER))
        with pytest.raises(NotSent):
            await session.call(endpoints.LIST_RECORDS, module="Leads", params={"fields": "Last_Name"})
        await session.aclose()
    (head,) = heads
    assert head.startswith(b"CONNECT www.zohoapis.eu:443 HTTP/1.1\r\n")
    assert b"Last_Name" not in head
    assert b"oauthtoken" not in head


async def test_behind_a_proxy_httpx2_does_it_all(monkeypatch: pytest.MonkeyPatch):
    assert isinstance(wire.usual_transport("https://www.zohoapis.eu"), Pool)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert wire.usual_transport("https://www.zohoapis.eu") is None
    assert isinstance(wire.usual_transport("http://127.0.0.1:1"), Pool)
