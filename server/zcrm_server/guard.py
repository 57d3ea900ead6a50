"""The door of the HTTP endpoint: no request passes without a token, and no call with a token that does not cover it.

Refusals follow RFC 6750 and RFC 9728: the challenge says where the metadata is and which scopes to ask for, so that a
client can get a better token by itself. The SDK's own door names no scopes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import TokenVerifier
from mcp.server.transport_security import RequestBodyLimitMiddleware
from starlette.authentication import AuthCredentials
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zcrm_server import access
from zcrm_tools.errors import AuthError

MAX_BODY = 4 * 1024 * 1024
"""Bytes of a request. A bigger one is refused before it is read."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One answer of the door. `error` is empty when no token was shown, as RFC 6750 wants it."""

    status: int
    scopes: tuple[str, ...]
    error: str = ""
    description: str = "A bearer token is needed."


class Guard:
    """`metadata` is the URL of the protected-resource metadata, "" where there is none.

    `scope_of` gives the scope that a tool needs, None for one that is not offered: the server has the better words for it.
    """

    def __init__(
        self,
        app: ASGIApp,
        verifier: TokenVerifier,
        *,
        scope_of: Callable[[str], str | None],
        metadata: str = "",
    ) -> None:
        self._app = AuthContextMiddleware(app)
        self._calls = RequestBodyLimitMiddleware(self._call, MAX_BODY)
        self._verifier = verifier
        self._scope_of = scope_of
        self._metadata = metadata

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        shown = _bearer(Headers(scope=scope).get("authorization", ""))
        if not shown:
            await self._refuse(send, Refusal(401, (access.READ,)))
            return
        try:
            token = await self._verifier.verify_token(shown)
        except AuthError:
            await self._refuse(
                send, Refusal(503, (), "temporarily_unavailable", "The issuer cannot be asked now.")
            )
            return
        if token is None:
            await self._refuse(
                send,
                Refusal(
                    401,
                    (access.READ,),
                    "invalid_token",
                    "The token is not valid for this server, or is no more.",
                ),
            )
            return
        if access.READ not in access.covered(token.scopes):
            await self._refuse(send, _more((access.READ,)))
            return
        scope["user"] = AuthenticatedUser(token)
        scope["auth"] = AuthCredentials(token.scopes)
        await (self._calls if scope["method"] == "POST" else self._app)(scope, receive, send)

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The body is whole and in one message by now."""
        first = await receive()
        held = access.covered(scope["auth"].scopes)
        short = sorted({s for name in _called(first.get("body", b"")) if (s := self._scope_of(name))} - held)
        if short:
            await self._refuse(send, _more((access.READ, *short)))
            return
        await self._app(scope, _replaying(first, receive), send)

    async def _refuse(self, send: Send, refusal: Refusal) -> None:
        parts = {
            "error": refusal.error,
            "error_description": refusal.description if refusal.error else "",
            "scope": " ".join(refusal.scopes),
            "resource_metadata": self._metadata,
        }
        challenge = "Bearer " + ", ".join(f'{name}="{value}"' for name, value in parts.items() if value)
        body = {"error": refusal.error or "invalid_token", "error_description": refusal.description}
        headers = [(b"content-type", b"application/json")]
        headers.append(
            (b"retry-after", b"30") if refusal.status == 503 else (b"www-authenticate", challenge.encode())
        )
        await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})


def _more(scopes: tuple[str, ...]) -> Refusal:
    """All that the operation needs in one challenge, so that one more consent is enough."""
    return Refusal(403, scopes, "insufficient_scope", f"This needs the scope {scopes[-1]}. Nothing was done.")


def _bearer(header: str) -> str:
    kind, _, token = header.partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _called(body: bytes) -> Iterable[str]:
    """The tools that a body calls. What is not JSON is refused further in."""
    try:
        said: Any = orjson.loads(body)
    except ValueError:
        return ()
    return [
        str(one["params"].get("name", ""))
        for one in (said if isinstance(said, list) else [said])
        if isinstance(one, dict) and one.get("method") == "tools/call" and isinstance(one.get("params"), dict)
    ]


def _replaying(first: Message, receive: Receive) -> Receive:
    """The message that was looked at, then those that follow."""
    waiting = [first]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
