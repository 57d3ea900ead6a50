"""Zoho Accounts from behind: tokens without a flow, clients without the API console, who is whose data centre."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from starlette.responses import JSONResponse

from zcrm_tools.emulator.access import grantable
from zcrm_tools.emulator.accounts import people
from zcrm_tools.emulator.control.base import Wrong, body_of, route
from zcrm_tools.emulator.grants import ClientKind, Consent, Holder

if TYPE_CHECKING:
    from typing import Any

    from starlette.requests import Request
    from starlette.responses import Response

    from zcrm_tools.emulator.app import Emulator


async def grants(request: Request, emulator: Emulator) -> Response:
    """`{"scopes": [...], "user_id"? | "email"?}` to a self client's code and a pair of tokens with just those scopes."""
    body = await body_of(request)
    scopes = body.get("scopes")
    if not isinstance(scopes, list) or not scopes or not all(isinstance(scope, str) for scope in scopes):
        raise Wrong('"scopes" must be a list of at least one scope.')
    bad = [scope for scope in scopes if not grantable(scope)]
    if bad:
        raise Wrong(f"Zoho has no such scope: {', '.join(bad)}.")
    holder = Holder(emulator.credentials.client_id, _user(body, emulator), tuple(scopes))
    issued = emulator.grants.issue(holder)
    return JSONResponse(
        {
            "code": emulator.grants.new_code(Consent(holder)),
            "refresh_token": issued.refresh_token,
            "access_token": issued.access_token,
        },
        201,
    )


def _user(body: dict[str, Any], emulator: Emulator) -> int:
    known = people(emulator.store)
    if "email" in body:
        rows = emulator.store.fetch('SELECT id FROM "Users" WHERE email = ?', (str(body["email"]),))
        found = next((user for (user,) in rows if user in known), None)
        if found is None:
            raise Wrong(f"There is no active user {body['email']!r}.")
        return int(found)
    user_id = str(body.get("user_id") or next(iter(known), 0))
    if not user_id.isdecimal() or int(user_id) not in known:
        raise Wrong(f"There is no active user {user_id}.")
    return int(user_id)


async def clients(request: Request, emulator: Emulator) -> Response:
    """`{"name", "kind"?, "redirect_uris"?: [...]}` to a registered client, as the API console would make one."""
    body = await body_of(request)
    name, uris, kind = body.get("name"), body.get("redirect_uris", []), body.get("kind", "server")
    if not isinstance(name, str) or not name:
        raise Wrong('"name" must be a text.')
    if kind not in get_args(ClientKind):
        raise Wrong(f'"kind" is one of {", ".join(get_args(ClientKind))}.')
    if not isinstance(uris, list) or not all(
        isinstance(uri, str) and uri.startswith(("http://", "https://")) for uri in uris
    ):
        raise Wrong('"redirect_uris" must be a list of http or https addresses.')
    if not uris and kind in ("server", "mobile"):
        raise Wrong(f'A {kind} client needs "redirect_uris".')
    client_id, secret = emulator.grants.register(name, uris, kind)
    return JSONResponse({"client_id": client_id, "client_secret": secret}, 201)


async def show_datacenters(_request: Request, emulator: Emulator) -> Response:
    """Which data centre this process is, where the others are, who lives there."""
    return JSONResponse(emulator.locations.report())


async def set_datacenters(request: Request, emulator: Emulator) -> Response:
    """`{"location"?, "servers"?: {code: accounts URL}, "homes"?: {user id: code}}`: which data centre this process is,
    where the others are, and which users live there.
    """
    try:
        emulator.locations.change(await body_of(request))
    except ValueError as problem:
        raise Wrong(str(problem)) from problem
    return await show_datacenters(request, emulator)


routes = [
    route("/grants", grants, "POST"),
    route("/clients", clients, "POST"),
    route("/datacenters", show_datacenters),
    route("/datacenters", set_datacenters, "PATCH"),
]
