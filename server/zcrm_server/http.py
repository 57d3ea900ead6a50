"""The server over streamable HTTP, both protocol eras at one address. On this machine with a token made at each start; for
others as an OAuth 2.1 resource server.

There, nothing of a client is kept between two requests, so several instances may share an address: the 2025-11-25 era is
served without sessions, and a person is asked out of band. On this machine it has sessions, so that clients of that era
can ask too.
"""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import uvicorn
from mcp.server.auth.provider import TokenVerifier
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from zcrm_server import access
from zcrm_server.guard import BODY, Guard
from zcrm_server.resource_auth import IssuerKeys, Resource, TokenCheck
from zcrm_server.server import Server
from zcrm_tools.datacenters import is_loopback
from zcrm_tools.errors import NotConfigured, Problem

PATH = "/mcp"
GRACE_SECONDS = 3

LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Door:
    """Who may come in, and by which names. `resource` is set when tokens come from an issuer."""

    verifier: TokenVerifier
    resource: Resource | None = None
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        return (urlsplit(self.resource.url).path or "/") if self.resource else PATH

    @property
    def names(self) -> TransportSecuritySettings:
        """Host and Origin of a request must be one of these: a web page that rebinds its name to this machine has another."""
        hosts = [f"{name}{port}" for name in LOCAL_NAMES for port in ("", ":*")]
        origins = (
            [] if self.resource else [f"http://{name}{port}" for name in LOCAL_NAMES for port in ("", ":*")]
        )
        public = [urlsplit(self.resource.url).netloc] if self.resource else []
        return TransportSecuritySettings(
            allowed_hosts=[*hosts, *public, *self.hosts], allowed_origins=[*origins, *self.origins]
        )


class KnownNames:
    """Answers 421 to another Host and 403 to another Origin, on every path."""

    def __init__(self, app: ASGIApp, names: TransportSecuritySettings) -> None:
        self._app = app
        self._check = TransportSecurityMiddleware(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            refused = await self._check.validate_request(Request(scope))
            if refused is not None:
                await refused(scope, receive, send)
                return
        await self._app(scope, receive, send)


def issuer_door(resource: Resource, *, hosts: Iterable[str] = (), origins: Iterable[str] = ()) -> Door:
    return Door(
        TokenCheck(resource, IssuerKeys(resource.issuer)),
        resource,
        hosts=tuple(hosts),
        origins=tuple(origins),
    )


def asgi(server: Server, door: Door, *, more: Iterable[BaseRoute] = ()) -> Starlette:
    """The app: the endpoint behind its door, the metadata that leads clients to a token, and `more` pages of this server."""
    names = door.names
    longest = cache(server.longest)  # the tools are fixed for a process
    server.streamable_http_app(  # makes the session manager; its own routes know no scopes and are not used
        stateless_http=door.resource is not None,
        transport_security=names,
        max_request_body_size=BODY + longest(frozenset(access.SCOPES)),
    )
    manager = server.session_manager
    guard = Guard(
        manager.handle_request,
        door.verifier,
        scope_of=server.scope_of,
        longest=longest,
        metadata=door.resource.metadata_url if door.resource else "",
    )
    routes: list[BaseRoute] = [Route(door.path, endpoint=guard), *more]
    if door.resource is not None:
        told = JSONResponse(
            door.resource.metadata(server.scopes()), headers={"cache-control": "max-age=3600"}
        )
        routes.append(Route(door.resource.metadata_path, endpoint=_always(told), methods=["GET"]))

    @asynccontextmanager
    async def living(_: Starlette) -> AsyncIterator[None]:
        async with manager.run():
            yield

    return Starlette(routes=routes, middleware=[Middleware(KnownNames, names=names)], lifespan=living)


def _always(response: Response) -> Callable[[Request], Response]:
    return lambda _request: response


@contextmanager
def bound(host: str, port: int) -> Iterator[tuple[socket.socket, str]]:
    """A listening socket and its origin. Raises NotConfigured when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would let two servers share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as problem:
        listener.close()
        raise NotConfigured(
            Problem(
                "CANNOT_LISTEN",
                f"Cannot listen on {host}, port {port}: {problem.strerror}.",
                next_step="Choose another with --port; 0 picks a free one.",
                fix_by="person",
            )
        ) from None
    shown = f"[{host}]" if ":" in host else host
    with listener:
        yield listener, f"http://{shown}:{listener.getsockname()[1]}"


def only_local(host: str) -> None:
    """Without an issuer, only this machine is served. Raises NotConfigured."""
    if not is_loopback(f"http://[{host}]" if ":" in host else f"http://{host}"):
        raise NotConfigured(
            Problem(
                "NOT_LOOPBACK",
                f"{host} can be reached from other machines.",
                not_done="The server did not start.",
                next_step="For other machines give --issuer and --public-url: then each caller shows a token of its own.",
                fix_by="person",
            )
        )


async def serve(app: ASGIApp, listener: socket.socket, close: Callable[[], Awaitable[None]]) -> None:
    """Serve until SIGINT or SIGTERM, then let what is under way finish, for three seconds at most."""
    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises the signal again when it has stopped
        signal.signal(number, lambda *_: None)
    config = uvicorn.Config(
        app,
        ws="none",
        loop="asyncio",
        lifespan="on",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    try:
        await uvicorn.Server(config).serve(sockets=[listener])
    finally:
        await close()
