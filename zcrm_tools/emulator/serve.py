"""The emulator on a port."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from zcrm_tools.datacenters import is_loopback
from zcrm_tools.emulator.wire import EXTENSION, extension

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

    from zcrm_tools.emulator.app import Emulator

GRACE_SECONDS = 2


class Wired(H11Protocol):
    """Lets the app break its connection: see `wire.py`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[EXTENSION] = extension(transport.abort)
            await inner(scope, receive, send)

        self.app = app


class _Announcing(uvicorn.Server):
    """Says when it really accepts connections, which is later than when the socket was bound."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()


def is_local(host: str) -> bool:
    """Whether a server bound to this host can be reached from this machine only."""
    return is_loopback(f"http://[{host}]" if ":" in host else f"http://{host}")


def bind(host: str, port: int) -> tuple[socket.socket, str]:
    """A listening socket and the base URL it answers at. Port 0 picks a free one. Raises OSError.

    The protocol is named because asyncio turns Nagle's algorithm off only where it reads IPPROTO_TCP; with it on,
    every answer on a kept connection waits 40 ms for the client's delayed acknowledgement.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would let two servers share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    shown = f"[{host}]" if ":" in host else host
    return listener, f"http://{shown}:{listener.getsockname()[1]}"


def serve(
    emulator: Emulator,
    host: str = "127.0.0.1",
    port: int = 0,
    on_ready: Callable[[str], None] = lambda _url: None,
    *,
    any_host: bool = False,
) -> None:
    """Serve until SIGINT or SIGTERM; `on_ready` gets the base URL once connections are accepted.

    On a loopback address only requests for a loopback Host are answered, unless `any_host`.

    uvicorn restores the process's own signal handlers when it has shut down and raises the signal again, so the caller
    decides what the signal means for the process.
    """
    listener, url = bind(host, port)
    emulator.app.loopback_only = is_local(host) and not any_host
    with listener:
        _Announcing(_config(emulator.app), lambda: on_ready(url)).run(sockets=[listener])


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve an app on a free loopback port from a thread of this process; gives its base URL."""
    listener, url = bind("127.0.0.1", 0)
    ready = threading.Event()
    server = _Announcing(_config(app), ready.set)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="zoho-emulator", daemon=True
    )
    with listener:
        thread.start()
        try:
            if not ready.wait(10):
                raise RuntimeError("the emulator did not start within ten seconds")
            yield url
        finally:
            server.should_exit = True
            thread.join()


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=Wired,
        ws="none",
        loop="asyncio",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,  # the emulator sends its own clock's
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
