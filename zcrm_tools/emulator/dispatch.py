"""The CRM API under `/crm/{version}`: finds the route, checks token and scopes, and hands over the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Match

from zcrm_tools.emulator import permissions
from zcrm_tools.emulator.access import authenticate, demand_for
from zcrm_tools.emulator.replies import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.routing import Route
    from starlette.types import Receive, Scope, Send

VERSIONS = {
    name: (int(name[1]), int(name[3:] or 0))
    for name in ("v2", "v2.1", "v2.2", "v3", "v4", "v5", "v6", "v7", "v8")
}


class CrmApi:
    """An ASGI app to mount at `/crm/{version}`.

    Literal path segments win over `{module}` whatever file a route comes from. The order of the checks (address,
    method, token, scopes) is not documented; whoever asks rightly never sees it.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = sorted(
            routes, key=lambda route: [part.startswith("{") for part in route.path.split("/")]
        )

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
        await route.handle(scope, receive, send)

    def _find(self, scope: Scope) -> Route:
        """The route, its parameters put into `scope`; the first path that fits decides, whatever its methods."""
        path = None
        for route in self._routes:
            match, child = route.matches(scope)
            if match is Match.NONE or path not in (None, route.path):
                continue
            if match is Match.FULL:
                scope.update(child)
                return route
            path = route.path
        raise wrong_address() if path is None else wrong_method()


def wrong_address() -> Refusal:
    message = "Please check if the URL trying to access is a correct one"
    return Refusal("INVALID_URL_PATTERN", message, status=404)


def wrong_method() -> Refusal:
    return Refusal("INVALID_REQUEST_METHOD", "The http request method type is not a valid one", status=400)
