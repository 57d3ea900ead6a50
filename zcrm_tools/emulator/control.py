"""The control plane under `/__emulator__/`: look into the store, read the journal, reset, hand out limited grants.

Zoho has nothing of the kind. It asks for no credentials, so the server binds to this machine only, and a request that a
web page of another origin sends is refused.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from zcrm_tools.emulator.access import grantable
from zcrm_tools.emulator.accounts import own_url, people
from zcrm_tools.emulator.grants import Consent, Holder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from zcrm_tools.emulator.app import Emulator

    Answer = Callable[[Request, Emulator], Awaitable[Response]]


class _Wrong(Exception):
    """The request to the control plane is wrong; the text says how."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def _route(path: str, answer: Answer, method: str = "GET") -> Route:
    async def endpoint(request: Request) -> Response:
        origin = request.headers.get("origin")
        try:
            if origin is not None and origin != own_url(request):
                raise _Wrong("The control plane answers no page of another origin.", 403)
            return await answer(request, request.app.state.emulator)
        except _Wrong as wrong:
            return JSONResponse({"error": str(wrong)}, wrong.status)

    return Route(f"/__emulator__{path}", endpoint, methods=[method])


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError as problem:
        raise _Wrong(f"The body is not JSON: {problem}") from problem
    if not isinstance(body, dict):
        raise _Wrong("The body must be a JSON object.")
    return body


def _module(request: Request, emulator: Emulator) -> str:
    module: str = request.path_params["module"]
    if module not in emulator.store.modules:
        raise _Wrong(f"There is no module {module!r} in the store.", 404)
    return module


async def health(_request: Request, emulator: Emulator) -> Response:
    return JSONResponse(
        {"status": "ok", "at": emulator.clock.now().isoformat(), "records": emulator.counts()}
    )


async def record(request: Request, emulator: Emulator) -> Response:
    """The stored row with raw columns: ids are JSON numbers here."""
    module = _module(request, emulator)
    row = emulator.store.get(module, request.path_params["id"])
    if row is None:
        raise _Wrong(f"{module} has no record {request.path_params['id']}.", 404)
    return JSONResponse(row)


async def count(request: Request, emulator: Emulator) -> Response:
    return JSONResponse({"count": emulator.store.count(_module(request, emulator))})


async def requests(_request: Request, emulator: Emulator) -> Response:
    return JSONResponse({"requests": emulator.journal.as_list()})


async def reset(_request: Request, emulator: Emulator) -> Response:
    """The org as it was seeded, an empty journal; tokens go on working."""
    emulator.reset()
    return JSONResponse({"status": "ok", "records": emulator.counts()})


async def grants(request: Request, emulator: Emulator) -> Response:
    """`{"scopes": [...], "user_id"?}` to a self client's code and a pair of tokens with just those scopes."""
    body = await _body(request)
    scopes = body.get("scopes")
    if not isinstance(scopes, list) or not scopes or not all(isinstance(scope, str) for scope in scopes):
        raise _Wrong('"scopes" must be a list of at least one scope.')
    bad = [scope for scope in scopes if not grantable(scope)]
    if bad:
        raise _Wrong(f"Zoho has no such scope: {', '.join(bad)}.")
    known = people(emulator.store)
    user_id = str(body.get("user_id") or next(iter(known), 0))
    if not user_id.isdecimal() or int(user_id) not in known:
        raise _Wrong(f"There is no active user {user_id}.")
    holder = Holder(emulator.credentials.client_id, int(user_id), tuple(scopes))
    issued = emulator.grants.issue(holder)
    return JSONResponse(
        {
            "code": emulator.grants.new_code(Consent(holder)),
            "refresh_token": issued.refresh_token,
            "access_token": issued.access_token,
        },
        201,
    )


async def clients(request: Request, emulator: Emulator) -> Response:
    """`{"name", "redirect_uris": [...]}` to a registered client, as the API console would make one."""
    body = await _body(request)
    name, uris = body.get("name"), body.get("redirect_uris")
    if not isinstance(name, str) or not name:
        raise _Wrong('"name" must be a text.')
    if not isinstance(uris, list) or not all(
        isinstance(uri, str) and uri.startswith(("http://", "https://")) for uri in uris
    ):
        raise _Wrong('"redirect_uris" must be a list of http or https addresses.')
    client_id, secret = emulator.grants.register(name, uris)
    return JSONResponse({"client_id": client_id, "client_secret": secret}, 201)


routes = [
    _route("/health", health),
    _route("/records/{module}/count", count),
    _route("/records/{module}/{id:int}", record),
    _route("/requests", requests),
    _route("/reset", reset, "POST"),
    _route("/grants", grants, "POST"),
    _route("/clients", clients, "POST"),
]
