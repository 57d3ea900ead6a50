"""The door of the HTTP endpoint: no request passes without a token, and no call with a token that does not cover it.

Refusals follow RFC 6750 and RFC 9728: the challenge says where the metadata is and which scopes to ask for, so that a
client can get a better token by itself. The SDK's own door names no scopes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import TokenVerifier
from mcp.types import INVALID_REQUEST
from starlette.authentication import AuthCredentials
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zcrm_server import access
from zcrm_tools.errors import AuthError

BODY = 4_000_000
"""Bytes of a request beside the longest argument that its tools take. A bigger one is refused before it is read."""


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
    `longest` gives the characters of the longest argument that a token of these scopes may send.
    """

    def __init__(
        self,
        app: ASGIApp,
        verifier: TokenVerifier,
        *,
        scope_of: Callable[[str], str | None],
        longest: Callable[[frozenset[str]], int],
        metadata: str = "",
    ) -> None:
        self._app = AuthContextMiddleware(app)
        self._verifier = verifier
        self._scope_of = scope_of
        self._longest = longest
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
        await (self._call if scope["method"] == "POST" else self._app)(scope, receive, send)

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        held = access.covered(scope["auth"].scopes)
        most = BODY + self._longest(held)
        body = await _whole(scope, receive, most)
        if body is None:
            await _answer(send, 413, _too_big(most))
            return
        short = sorted({s for name in _called(body) if (s := self._scope_of(name))} - held)
        if short:
            await self._refuse(send, _more((access.READ, *short)))
            return
        await self._app(scope, _replaying(body, receive), send)

    async def _refuse(self, send: Send, refusal: Refusal) -> None:
        parts = {
            "error": refusal.error,
            "error_description": refusal.description if refusal.error else "",
            "scope": " ".join(refusal.scopes),
            "resource_metadata": self._metadata,
        }
        challenge = "Bearer " + ", ".join(f'{name}="{value}"' for name, value in parts.items() if value)
        body = {"error": refusal.error or "invalid_token", "error_description": refusal.description}
        with_it = (
            (b"retry-after", b"30") if refusal.status == 503 else (b"www-authenticate", challenge.encode())
        )
        await _answer(send, refusal.status, body, with_it)


async def _answer(send: Send, status: int, body: Any, *headers: tuple[bytes, bytes]) -> None:
    said = [(b"content-type", b"application/json"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": said})
    await send({"type": "http.response.body", "body": orjson.dumps(body)})


def _more(scopes: tuple[str, ...]) -> Refusal:
    """All that the operation needs in one challenge, so that one more consent is enough."""
    return Refusal(403, scopes, "insufficient_scope", f"This needs the scope {scopes[-1]}. Nothing was done.")


def _bearer(header: str) -> str:
    kind, _, token = header.partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _too_big(most: int) -> dict[str, Any]:
    """A JSON-RPC error, which clients show in words. The call's id was not read."""
    words = (
        f"This request has more than the {most:,} bytes that a call of this token may have. It was not read, and nothing "
        "was done. Send fewer records in a call. A file goes by attach_file, up to 20 MB, where the server offers it "
        "(--toolsets core,notes_files) and the token may write."
    )
    return {"jsonrpc": "2.0", "id": None, "error": {"code": INVALID_REQUEST, "message": words}}


async def _whole(scope: Scope, receive: Receive, most: int) -> bytes | None:
    """The body, empty when the client left in the middle of it; None as soon as it is known to have more bytes."""
    declared = Headers(scope=scope).get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        return None
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        body += message.get("body", b"")
        if len(body) > most:
            return None
        if not message.get("more_body", False):
            return bytes(body)


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


def _replaying(body: bytes, receive: Receive) -> Receive:
    """The body that was looked at, then what follows it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
