"""httpx2's HTTP/1.1 over TCP and TLS of asyncio, in place of its own pool and its way through anyio.

Those cost more CPU than reading and decoding a page of 200 records; these wait once for what has arrived and not once
for every 64 KB, and look at no connection but the one they take (tests/benchmarks/client.py). The parser, the states of
a connection and its timeouts are httpx2's as before. No proxies and no Unix sockets: with a proxy in the environment
httpx2's own is used (`wire`).
"""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, cast

import httpcore2
import httpx2

_FULL = 1 << 20
"""Bytes that may lie here unread before the other side is made to wait."""
_KEPT = 5.0
"""Seconds that an idle connection is kept, as httpx2 keeps it."""
_HAPPY_EYEBALLS = 0.25
"""Seconds before the next address of a host is tried beside the first."""
_INFO = {"client_addr": "sockname", "server_addr": "peername", "ssl_object": "ssl_object", "socket": "socket"}


class Pool(httpx2.AsyncBaseTransport):
    """Connections to a few origins, kept for the next request. How many run at once is `places`' to say."""

    takes_target = True
    """A request may bring its path and query apart from its URL, in `extensions["target"]`."""

    def __init__(self, ssl_context: ssl.SSLContext) -> None:
        self._ssl_context = ssl_context
        self._sockets = Sockets()
        self._idle: dict[tuple[bytes, bytes, int | None], list[httpcore2.AsyncHTTPConnection]] = {}
        self._closed = False

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        whole = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        asked = httpcore2.Request(
            request.method,
            whole,
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        idle = self._idle.setdefault((url.raw_scheme, url.raw_host, url.port), [])
        connection = await self._taken(idle, asked.url.origin)
        try:
            answer = await connection.handle_async_request(asked)
        except _FAULTS as fault:
            raise _named(fault) from fault
        body = _Body(answer, lambda: self._free(connection, idle))
        return httpx2.Response(
            answer.status, headers=answer.headers, stream=body, extensions=answer.extensions
        )

    async def aclose(self) -> None:
        idle, self._idle, self._closed = self._idle, {}, True
        for connection in (one for some in idle.values() for one in some):
            await connection.aclose()

    async def _free(
        self, connection: httpcore2.AsyncHTTPConnection, idle: list[httpcore2.AsyncHTTPConnection]
    ) -> None:
        if self._closed:
            await connection.aclose()
        elif connection.is_idle() and connection not in idle:
            idle.append(connection)

    async def _taken(
        self, idle: list[httpcore2.AsyncHTTPConnection], origin: httpcore2.Origin
    ) -> httpcore2.AsyncHTTPConnection:
        """The one that was used last and still stands, or a new one."""
        while idle:
            connection = idle.pop()
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return httpcore2.AsyncHTTPConnection(
            origin, self._ssl_context, keepalive_expiry=_KEPT, network_backend=self._sockets
        )


class _Body(httpx2.AsyncByteStream):
    """An answer's body. When it was read to its end, its connection is free for the next request."""

    def __init__(self, answer: httpcore2.Response, free: Callable[[], Awaitable[None]]) -> None:
        self._answer = answer
        self._free = free

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in cast("AsyncIterator[bytes]", self._answer.stream):
                yield part
        except _FAULTS as fault:
            raise _named(fault) from fault

    async def aclose(self) -> None:
        await self._answer.aclose()
        await self._free()


class Sockets(httpcore2.AsyncNetworkBackend):
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 — httpcore2's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Stream:
        """The socket has TCP_NODELAY, as all of asyncio's have."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                _, stream = await loop.create_connection(
                    lambda: Stream(loop),
                    host,
                    port,
                    local_addr=(local_address, 0) if local_address else None,
                    happy_eyeballs_delay=_HAPPY_EYEBALLS,
                )
        except TimeoutError as late:
            raise httpcore2.ConnectTimeout(str(late)) from late
        except OSError as failed:
            raise httpcore2.ConnectError(str(failed)) from failed
        for option in socket_options or ():
            stream.get_extra_info("socket").setsockopt(*option)
        return stream

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Stream(asyncio.Protocol, httpcore2.AsyncNetworkStream):
    """One connection. One reader and one writer at a time, as HTTP/1.1 has them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._arrived: list[bytes] = []
        self._size = 0
        self._ended = False
        self._lost: Exception | None = None
        self._reading: asyncio.Future[None] | None = None
        self._writing: asyncio.Future[None] | None = None
        self._paused = False

    # --- what asyncio tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._arrived.append(data)
        self._size += len(data)
        if self._size > _FULL:
            self._open.pause_reading()
        _wake(self._reading)

    def eof_received(self) -> None:
        self._ended = True
        _wake(self._reading)

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._lost = exc
        _wake(self._reading)
        _wake(self._writing)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        _wake(self._writing)

    # --- what httpcore2 asks

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109, ARG002
        """All that has arrived, whatever `max_bytes`: the parser of HTTP/1.1 takes any amount."""
        if not self._arrived and not self._ended:
            self._reading = self._loop.create_future()
            try:
                await self._until(self._reading, timeout, httpcore2.ReadTimeout)
            finally:
                self._reading = None
        if not self._arrived:
            if self._lost is not None:
                raise httpcore2.ReadError(str(self._lost))
            return b""
        data = self._arrived[0] if len(self._arrived) == 1 else b"".join(self._arrived)
        if self._size > _FULL and not self._ended:
            self._open.resume_reading()
        self._arrived, self._size = [], 0
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        if not buffer:
            return
        if self._ended or self._open.is_closing():
            raise httpcore2.WriteError(str(self._lost or "the connection was closed"))
        self._open.write(buffer)
        if self._paused:
            self._writing = self._loop.create_future()
            try:
                await self._until(self._writing, timeout, httpcore2.WriteTimeout)
            finally:
                self._writing = None
            if self._ended:
                raise httpcore2.WriteError(str(self._lost or "the connection was closed"))

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> Stream:
        try:
            async with asyncio.timeout(timeout):
                over = await self._loop.start_tls(
                    self._open, self, ssl_context, server_hostname=server_hostname
                )
        except BaseException as failed:
            self._open.abort()
            if isinstance(failed, TimeoutError):
                raise httpcore2.ConnectTimeout(str(failed)) from failed
            if isinstance(failed, OSError):  # a certificate that is not trusted is one too
                raise httpcore2.ConnectError(str(failed)) from failed
            raise
        self._transport = over
        return self

    async def aclose(self) -> None:
        """At once: what was being sent is dropped, and no farewell of TLS is waited for."""
        self._open.abort()
        await asyncio.sleep(0)  # asyncio closes the socket in the loop's next turn

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._ended or bool(self._arrived) or self._kernel_has_more()
        name = _INFO.get(info)
        return self._open.get_extra_info(name) if name else None

    # ---

    @property
    def _open(self) -> asyncio.Transport:
        assert self._transport is not None  # noqa: S101 — asyncio makes the connection before anybody has this
        return self._transport

    def _kernel_has_more(self) -> bool:
        """Whether an idle connection was closed a moment ago and the loop has not seen it yet."""
        raw = self._open.get_extra_info("socket")
        if raw is None or raw.fileno() < 0:
            return True
        waiting = select.poll() if hasattr(select, "poll") else None
        if waiting is None:
            return bool(select.select([raw], [], [], 0)[0])
        waiting.register(raw.fileno(), select.POLLIN)
        return bool(waiting.poll(0))

    async def _until(
        self, future: asyncio.Future[None], seconds: float | None, late: type[Exception]
    ) -> None:
        timer = self._loop.call_later(seconds, _give_up, future, late) if seconds is not None else None
        try:
            await future
        finally:
            if timer is not None:
                timer.cancel()


def _wake(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)


def _give_up(future: asyncio.Future[None], late: type[Exception]) -> None:
    if not future.done():
        future.set_exception(late())


_FAULTS = (
    httpcore2.NetworkError,
    httpcore2.TimeoutException,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
)


def _named(fault: Exception) -> httpx2.HTTPError:
    """httpx2's exception of the same name."""
    kind: type[httpx2.RequestError] = getattr(httpx2, type(fault).__name__)
    return kind(str(fault))
