"""An ASGI app as a transport: the emulator inside this process, behaving as it would behind a socket.

httpx2's own ASGI transport ignores read timeouts, gives the body only when it is whole, and cancels the app in the
middle of a write when the client gives up. Here the app runs in a task of its own, as it does under a server.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote

import httpx2

Message = MutableMapping[str, Any]
App = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]

_log = logging.getLogger(__name__)
_GRACE = 5.0


class InProcess(httpx2.AsyncBaseTransport):
    """Carries requests to `app`. Use it with a loopback origin such as `http://localhost`, in one event loop.

    `scope["extensions"]["zcrm.wire"]["abort"]` breaks the connection, for a fault layer to call.
    """

    takes_target = True
    """A request may bring its path and query apart from its URL, in `extensions["target"]`."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._running: set[asyncio.Task[None]] = set()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        exchange = _Exchange(request, await request.aread())
        task = asyncio.create_task(exchange.serve(self._app))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            head = await exchange.take()
        except BaseException:
            exchange.hang_up()
            raise
        return httpx2.Response(head["status"], headers=head["headers"], stream=_Body(exchange))

    async def aclose(self) -> None:
        """Let requests under way finish, as a server shutting down would; 5 s at most."""
        if self._running:
            await asyncio.wait(self._running, timeout=_GRACE)


class _Exchange:
    """One request and its answer, as messages in a queue; None in the queue means the connection broke."""

    def __init__(self, request: httpx2.Request, body: bytes) -> None:
        self._request = request
        self._body: bytes | None = body
        self._messages: asyncio.Queue[Message | None] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._limit: float | None = request.extensions.get("timeout", {}).get("read")
        self._started = self._finished = False

    async def serve(self, app: App) -> None:
        try:
            await app(self._scope(), self._receive, self._send)
        except Exception:  # noqa: BLE001 (whatever an app raises, a server outlives it)
            _log.exception("the app failed on %s %s", self._request.method, self._request.url.path)
            if not self._started:
                await self._send({"type": "http.response.start", "status": 500, "headers": []})
                await self._send({"type": "http.response.body", "body": b"Internal Server Error"})
        finally:
            if not self._finished:
                self._abort()

    async def take(self) -> Message:
        """The next message. Raises what a socket would: ReadTimeout, or RemoteProtocolError when cut off."""
        try:
            # Not wait_for: before Python 3.12 that loses a cancellation which comes together with the message.
            async with asyncio.timeout(self._limit):
                message = await self._messages.get()
        except TimeoutError:
            raise httpx2.ReadTimeout("no answer in time", request=self._request) from None
        if message is None:
            raise httpx2.RemoteProtocolError("the server hung up", request=self._request)
        return message

    def hang_up(self) -> None:
        """The client gives up; the app is told, and not cancelled."""
        self._gone.set()

    def _abort(self) -> None:
        self._messages.put_nowait(None)
        self._gone.set()

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if self._gone.is_set():
            return
        self._started = True
        self._finished = message["type"] == "http.response.body" and not message.get("more_body")
        self._messages.put_nowait(message)

    def _scope(self) -> dict[str, Any]:
        url = self._request.url
        target: bytes = self._request.extensions.get("target") or url.raw_path
        raw_path, _, query = target.partition(b"?")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": self._request.method,
            "headers": [(name.lower(), value) for name, value in self._request.headers.raw],
            "scheme": url.scheme,
            "path": unquote(raw_path),
            "raw_path": raw_path,
            "query_string": query,
            "server": (url.host, url.port or (443 if url.scheme == "https" else 80)),
            "client": ("127.0.0.1", 1),
            "root_path": "",
            "extensions": {"zcrm.wire": {"abort": self._abort}},
        }


class _Body(httpx2.AsyncByteStream):
    def __init__(self, exchange: _Exchange) -> None:
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            message = await self._exchange.take()
            if message.get("body"):
                yield message["body"]
            if not message.get("more_body"):
                return

    async def aclose(self) -> None:
        self._exchange.hang_up()
