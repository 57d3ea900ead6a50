"""The CRM API under `/crm/{version}`: finds the route, checks token and scopes, and hands over the caller."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.routing import Match

from zcrm_tools.emulator import permissions
from zcrm_tools.emulator.access import authenticate, demand_for
from zcrm_tools.emulator.coverage import says_so, variables
from zcrm_tools.emulator.credits import price
from zcrm_tools.emulator.faulty import once
from zcrm_tools.emulator.limits import HEADER
from zcrm_tools.emulator.replies import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.routing import Route
    from starlette.types import Message, Receive, Scope, Send

    from zcrm_tools.emulator.coverage import NotCovered
    from zcrm_tools.emulator.limits import Limits

VERSIONS = {
    name: (int(name[1]), int(name[3:] or 0))
    for name in ("v2", "v2.1", "v2.2", "v3", "v4", "v5", "v6", "v7", "v8")
}


class CrmApi:
    """An ASGI app to mount at `/crm/{version}`.

    Literal path segments win over `{module}` whatever file a route comes from. The order of the checks (address,
    method, token, scopes) is not documented; whoever asks rightly never sees it.
    """

    def __init__(self, routes: Iterable[Route], absent: NotCovered | None = None) -> None:
        self._routes = sorted(routes, key=lambda route: variables(route.path))
        self._absent = absent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        version = VERSIONS.get(scope["path_params"]["version"])
        if version is None:
            raise wrong_address()
        route = self._find(scope)
        state = scope["app"].state
        header = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        caller = authenticate(header.decode("latin-1"), version, grants=state.grants, store=state.store)
        scope["state"]["caller"] = caller
        demand_for(route.name, caller, scope["path_params"])
        module = scope["path_params"].get("module", "")
        permissions.check(state.store, caller, route.name, route.path, scope["method"], module)
        if scope["state"].get("composite"):  # paid for by the request it is a part of
            await route.handle(scope, receive, send)
            return
        request = Request(scope, receive)
        body = await request.body()
        limits: Limits = state.limits
        with limits.admitted(caller.client_id, price(route.name, request.query_params, body)):
            if seconds := scope["state"].get("seconds"):
                await asyncio.sleep(seconds)
            await route.handle(scope, once(body, receive), _counted(send, limits))

    def named(self, method: str, path: str) -> tuple[str, str]:
        """The name of the route that a call would take, and the module in its path; both may be empty."""
        scope: Scope = {"type": "http", "method": method, "path": path, "root_path": "", "path_params": {}}
        try:
            route = self._find(scope)
        except Refusal:
            return "", ""
        return route.name, scope["path_params"].get("module", "")

    def _find(self, scope: Scope) -> Route:
        """The route, its parameters put into `scope`; the first path that fits decides, whatever its methods."""
        address = scope["path"].removeprefix(scope["root_path"])
        absent = self._absent.find(scope["method"], address) if self._absent else None
        path = None
        for route in self._routes:
            match, child = route.matches(scope)
            if match is Match.NONE or path not in (None, route.path):
                continue
            if absent is not None and variables(absent.path) < variables(route.path):
                break
            if match is Match.FULL:
                scope.update(child)
                return route
            path = route.path
        if absent is not None:
            raise says_so(f"{absent.method} {absent.path}", absent.operation)
        raise wrong_address() if path is None else wrong_method()


def _counted(send: Send, limits: Limits) -> Send:
    """Zoho says what is left of the day's credits once half is gone, and nothing before."""
    left = limits.header()
    if left is None:
        return send

    async def telling(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], (HEADER.lower().encode(), left.encode())]}
        await send(message)

    return telling


def wrong_address() -> Refusal:
    message = "Please check if the URL trying to access is a correct one"
    return Refusal("INVALID_URL_PATTERN", message, status=404)


def wrong_method() -> Refusal:
    return Refusal("INVALID_REQUEST_METHOD", "The http request method type is not a valid one", status=400)
