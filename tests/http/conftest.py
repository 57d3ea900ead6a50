"""Servers on real sockets: small apps that misbehave on purpose, and the emulator."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from zcrm_tools.emulator.app import Emulator, open_emulator


class Breakable(H11Protocol):
    """Gives the app a way to cut its own connection: `scope["extensions"]["zcrm.wire"]["abort"]`."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        inner = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope.setdefault("extensions", {})["zcrm.wire"] = {"abort": transport.abort}
            await inner(scope, receive, send)

        self.app = app


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    """Serve an ASGI app on a free port of this machine and give its URL."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(app: Any) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        ready = threading.Event()

        class Server(uvicorn.Server):
            async def startup(self, sockets: Any = None) -> None:
                await super().startup(sockets)
                ready.set()

        config = uvicorn.Config(app, http=Breakable, ws="none", log_level="critical", lifespan="off")
        server = Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        assert ready.wait(10)
        running.append((server, thread))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = True
        server.force_exit = True
        thread.join(10)


@dataclass
class Replies:
    """An app that answers with what it was given, the last one for ever, and remembers what it was asked."""

    replies: list[Response | Callable[[Request], Response]]
    seen: list[Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        self.bodies.append(await request.body())
        self.seen.append(request)
        given = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        response = given(request) if not isinstance(given, Response) else given
        await response(scope, receive, send)

    @property
    def tokens(self) -> list[str]:
        return [request.headers.get("authorization", "") for request in self.seen]


@pytest.fixture
def answering() -> Callable[..., Replies]:
    """`answering((200, {...}), response, …)`: an app with these answers in turn."""

    def make(*replies: Any) -> Replies:
        return Replies([JSONResponse(r[1], r[0]) if isinstance(r, tuple) else r for r in replies])

    return make


class Issued:
    """A `TokenSource` with numbered tokens."""

    def __init__(self) -> None:
        self.number = 1
        self.refused: list[str] = []

    async def token(self) -> str:
        return f"1000.token{self.number}"

    async def renew(self, refused: str) -> str:
        self.refused.append(refused)
        self.number += 1
        return await self.token()


@pytest.fixture
def issued() -> Issued:
    return Issued()


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with_org = open_emulator(seed="empty")
    yield with_org
    with_org.close()


@pytest.fixture
def emulator_url(emulator: Emulator, serve: Callable[[Any], str]) -> str:
    return serve(emulator.app)
