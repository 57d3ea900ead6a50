"""The request journal, and the outermost layer: nothing leaves the emulator without a line in it, or as a traceback."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import asdict, dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse

from zcrm_tools.datacenters import is_loopback
from zcrm_tools.emulator.replies import reply
from zcrm_tools.emulator.wire import HungUp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from zcrm_tools.emulator.clock import Clock

CAP = 10_000
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. `status` is 0 when no answer went out; `user` is who the token spoke for, if anybody."""

    method: str
    path: str
    query: str
    status: int
    user: str | None
    at: str


class Journal:
    """The last 10,000 requests to the CRM API and to Accounts, newest last. Query strings of Accounts, which may hold tokens, are left out."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._entries: deque[Entry] = deque(maxlen=CAP)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def as_list(self) -> list[dict[str, Any]]:
        return [asdict(entry) for entry in self]

    def add(self, scope: Scope, status: int) -> None:
        path = scope["path"]
        if not path.startswith(("/crm/", "/oauth/")):
            return
        query = scope["query_string"].decode("latin-1") if path.startswith("/crm/") else ""
        caller = scope["state"].get("caller")
        user = None if caller is None else str(caller.user_id)
        at = self.clock.now().isoformat(timespec="milliseconds")
        self._entries.append(Entry(scope["method"], path, query, status, user, at))

    def clear(self) -> None:
        self._entries.clear()


class Journaled:
    """The ASGI layer. An exception that reaches it is logged with its traceback and answered as Zoho's 500."""

    def __init__(self, app: ASGIApp, journal: Journal) -> None:
        self._app = app
        self._journal = journal
        self.loopback_only = False
        """Refuse a Host that is not this machine, so that no web page reaches in through DNS rebinding."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._journal.add(scope, status)  # before the client can see it: who asks next finds it here
                now = format_datetime(self._journal.clock.now(), usegmt=True).encode()
                message = {**message, "headers": [*message.get("headers", ()), (b"date", now)]}
            await send(message)

        try:
            if self.loopback_only and not is_loopback(f"http://{_host(scope)}"):
                await _STRANGER(scope, receive, watched)
                return
            await self._app(scope, receive, watched)
        except HungUp:
            raise
        except Exception:
            log.exception("%s %s failed inside the emulator", scope["method"], scope["path"])
            if status == 0:
                await internal_error()(scope, receive, watched)
        finally:
            if status == 0:
                self._journal.add(scope, status)


_STRANGER = PlainTextResponse(
    "This emulator answers to localhost only. Start it with --allow-remote to use another host name.\n", 403
)


def internal_error() -> Response:
    body = {"code": "INTERNAL_ERROR", "details": {}, "message": "Internal Server Error", "status": "error"}
    return reply(body, 500)


def _host(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
