"""The ASGI layer that makes plans of `faults.py` come true, outside everything that answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

from zcrm_tools.emulator import lag, wire
from zcrm_tools.emulator.clock import skewed
from zcrm_tools.emulator.replies import Refusal, reply

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from zcrm_tools.emulator.faults import Faults, Plan

BAD_GATEWAY = HTMLResponse(
    "<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n<center><h1>502 Bad Gateway</h1></center>\n"
    "</body>\n</html>\n",
    502,
)
CONTROL = "/__emulator__/"


class Faulty:
    """`describe` names a request's route, module, method and path."""

    def __init__(self, app: ASGIApp, faults: Faults, describe: Callable[[Scope], Mapping[str, str]]) -> None:
        self._app = app
        self._faults = faults
        self._describe = describe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._faults.waiting or scope["path"].startswith(CONTROL):
            await self._app(scope, receive, send)
            return
        plan = self._faults.take(self._describe(scope))
        if plan is None:
            await self._app(scope, receive, send)
            return
        await _DOES[plan.kind](plan, self._app, scope, receive, send)


Fault = Callable[["Plan", "ASGIApp", "Scope", "Receive", "Send"], Awaitable[None]]


async def _read(receive: Receive) -> bytes:
    """The body, so that a client that is still sending it is not cut off before it listens."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _silence(_message: Message) -> None:
    """Where an answer goes that nobody gets."""


async def _refuse(plan: Plan, _app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await _read(receive)
    refusal = Refusal(plan.code, plan.message, plan.details, status=plan.status)
    headers = {} if plan.retry_after is None else {"Retry-After": str(plan.retry_after)}
    await reply(refusal.item(), plan.status, headers)(scope, receive, send)


async def _token_error(plan: Plan, _app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await _read(receive)
    await reply({"error": plan.code})(scope, receive, send)


async def _bad_gateway(_plan: Plan, _app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await _read(receive)
    await BAD_GATEWAY(scope, receive, send)


async def _drop_request(_plan: Plan, _app: ASGIApp, scope: Scope, receive: Receive, _send: Send) -> None:
    await _read(receive)
    wire.hang_up(scope)


async def _drop_reply(_plan: Plan, app: ASGIApp, scope: Scope, receive: Receive, _send: Send) -> None:
    await app(scope, receive, _silence)
    wire.hang_up(scope)


async def _reset(plan: Plan, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The headers promise the whole body; so many bytes of it go out. An answer that is shorter is cut at its end."""
    left = plan.bytes
    cut = False

    async def some(message: Message) -> None:
        nonlocal left, cut
        if cut or message["type"] != "http.response.body":
            if not cut:
                await send(message)
            return
        body = message.get("body", b"")
        cut = len(body) > left or not message.get("more_body")
        await send({**message, "body": body[: min(left, max(len(body) - cut, 0))], "more_body": True})
        left -= len(body)

    await app(scope, receive, some)
    wire.hang_up(scope)


async def _slow(plan: Plan, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """A CRM call holds its place among the concurrent calls while it is slow: `dispatch` waits there."""
    if scope["path"].startswith("/crm/"):
        scope["state"]["seconds"] = plan.seconds
    else:
        await asyncio.sleep(plan.seconds)
    if not plan.trickle:
        await app(scope, receive, send)
        return

    async def halting(message: Message) -> None:
        body = message.get("body", b"")
        if message["type"] == "http.response.body" and len(body) > 1:
            half = len(body) // 2
            await send({**message, "body": body[:half], "more_body": True})
            await asyncio.sleep(plan.seconds)
            message = {**message, "body": body[half:]}
        await send(message)

    await app(scope, receive, halting)


async def _stale_index(plan: Plan, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    with lag.behind(plan.seconds):
        await app(scope, receive, send)


async def _skew(plan: Plan, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    with skewed(timedelta(seconds=plan.seconds)):
        await app(scope, receive, send)


async def _repeat(_plan: Plan, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    body = await _read(receive)
    for answer in (_silence, send):
        again = {**scope, "state": dict(scope["state"])}
        await app(again, once(body, receive), answer)
    scope["state"].update(again["state"])


def once(body: bytes, rest: Receive) -> Receive:
    """A request's body as one message, and after it what the connection has to say."""
    given = False

    async def receive() -> Message:
        nonlocal given
        if given:
            return await rest()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


_DOES: Mapping[str, Fault] = {
    "refuse": _refuse,
    "throttle": _refuse,
    "token_error": _token_error,
    "bad_gateway": _bad_gateway,
    "drop_request": _drop_request,
    "drop_reply": _drop_reply,
    "reset": _reset,
    "slow": _slow,
    "stale_index": _stale_index,
    "skew": _skew,
    "repeat": _repeat,
}
