"""Zoho's device flow, which is not RFC 8628's: other paths, other grant types, and polling only every 30 seconds.

https://zoho.com/accounts/protocol/oauth/limited-input-devices.html
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from zcrm_tools.emulator import pages
from zcrm_tools.emulator.accounts import (
    bad_scopes,
    checked_client,
    chosen_user,
    issued,
    locations,
    own_url,
    page,
    parameters,
    people,
    refusing,
    scopes_of,
)
from zcrm_tools.emulator.grants import Grants, Holder, TokenRefused, hashed, new_token
from zcrm_tools.emulator.replies import reply

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from zcrm_tools.emulator.grants import Client
    from zcrm_tools.emulator.store import Store

POLL_SECONDS: Final = 30
LIFE_SECONDS: Final = 300
PAGE: Final = "/oauth/v3/device"
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_TABLE = """CREATE TABLE IF NOT EXISTS oauth_device (
    device TEXT PRIMARY KEY, code TEXT NOT NULL UNIQUE, client TEXT NOT NULL, scopes TEXT NOT NULL,
    offline INTEGER NOT NULL, fresh INTEGER NOT NULL, expires INTEGER NOT NULL, polled INTEGER NOT NULL DEFAULT 0,
    user INTEGER, refused INTEGER NOT NULL DEFAULT 0)"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A device that waits for a person. `user` is who agreed."""

    device: str
    client_id: str
    scopes: tuple[str, ...]
    offline: bool
    fresh: bool
    expires: int
    polled: int
    user: int | None
    refused: bool


def ensure(store: Store) -> None:
    store.execute(_TABLE)


def _find(store: Store, column: str, value: str) -> Waiting | None:
    columns = "device, client, scopes, offline, fresh, expires, polled, user, refused"
    rows = store.fetch(f"SELECT {columns} FROM oauth_device WHERE {column} = ?", (value,))  # noqa: S608 - ours
    if not rows:
        return None
    device, client, scopes, offline, fresh, expires, polled, user, refused = rows[0]
    scopes = tuple(scopes.split())
    return Waiting(device, client, scopes, bool(offline), bool(fresh), expires, polled, user, bool(refused))


async def start(request: Request) -> Response:
    """`client_id, grant_type=device_request, scope, access_type?, prompt?`; no secret."""
    given = await parameters(request)
    grants: Grants = request.app.state.grants

    def answered() -> Response:
        client = grants.client(given.get("client_id", ""))
        if client is None or not client.may("device") or given.get("grant_type") != "device_request":
            raise TokenRefused("invalid_client")
        if bad_scopes(scopes_of(given)):
            raise TokenRefused("invalid_scope")
        return reply(_started(request, client, given))

    return refusing(answered)


def _started(request: Request, client: Client, given: Mapping[str, str]) -> Mapping[str, object]:
    grants: Grants = request.app.state.grants
    store: Store = request.app.state.store
    ensure(store)
    device, code = new_token(), "".join(secrets.choice(_LETTERS) for _ in range(8))
    store.execute(
        "INSERT INTO oauth_device (device, code, client, scopes, offline, fresh, expires)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            hashed(device),
            code,
            client.id,
            " ".join(scopes_of(given)),
            given.get("access_type") == "offline",
            given.get("prompt") == "consent",
            grants.now() + LIFE_SECONDS,
        ),
    )
    return {
        "user_code": code,
        "device_code": device,
        "verification_url": own_url(request) + PAGE,
        "verification_uri_complete": f"{own_url(request)}{PAGE}?user_code={code}",
        "interval": POLL_SECONDS,
        "expires_in": LIFE_SECONDS,
    }


async def poll(request: Request) -> Response:
    """`client_id, client_secret, grant_type=device_token, code=<device_code>`, once in 30 seconds."""
    given = await parameters(request)

    def answered() -> Response:
        client = checked_client(request, given)
        if not client.may("device") or given.get("grant_type") != "device_token":
            raise TokenRefused("invalid_client")
        store: Store = request.app.state.store
        ensure(store)
        with store.transaction():
            return _polled(request, client, _find(store, "device", hashed(given.get("code", ""))))

    return refusing(answered)


def _polled(request: Request, client: Client, waiting: Waiting | None) -> Response:
    grants: Grants = request.app.state.grants
    store: Store = request.app.state.store
    if waiting is None or waiting.client_id != client.id:
        raise TokenRefused("invalid_code")
    now = grants.now()
    if waiting.expires <= now:
        raise TokenRefused("expired")
    if waiting.polled and now - waiting.polled < POLL_SECONDS:
        return reply({"error": "slow_down"})
    store.execute("UPDATE oauth_device SET polled = ? WHERE device = ?", (now, waiting.device))
    if waiting.refused:
        raise TokenRefused("access_denied")
    if waiting.user is None:
        return reply({"error": "authorization_pending"})
    where = locations(request)
    home = where.home(waiting.user)
    if home != where.location:
        return reply({"error": "other_dc", "user_location": home})
    store.execute("DELETE FROM oauth_device WHERE device = ?", (waiting.device,))
    holder = Holder(client.id, waiting.user, waiting.scopes)
    return issued(request, grants.consented(holder, "device", offline=waiting.offline, fresh=waiting.fresh))


async def show(request: Request) -> Response:
    """The page that asks for the code, or, with the code, for consent."""
    store: Store = request.app.state.store
    code = request.query_params.get("user_code", "").strip().upper().replace("-", "")
    if not code:
        return page(pages.device_code(""))
    waiting = _open(request, code)
    if waiting is None:
        return page(pages.device_code("No device waits with this code. It may have expired."), 400)
    client = request.app.state.grants.client(waiting.client_id)
    return page(
        pages.device_consent(client.name, code, waiting.scopes, people(store), lasting=waiting.offline)
    )


async def decide(request: Request) -> Response:
    """The person pressed Accept or Reject on the device's page."""
    given = await parameters(request)
    store: Store = request.app.state.store
    waiting = _open(request, given.get("user_code", ""))
    user = chosen_user(request, given)
    if waiting is None:
        return page(pages.device_code("No device waits with this code. It may have expired."), 400)
    if user is None:
        return page(pages.refused("There is no such active user in this org."), 400)
    accepted = given.get("decision") == "accept"
    sets = "user = ?" if accepted else "refused = ?"
    values = (user if accepted else 1, waiting.device)
    store.execute(f"UPDATE oauth_device SET {sets} WHERE device = ?", values)  # noqa: S608 - one of two literals
    return page(pages.device_done(accepted=accepted))


def _open(request: Request, code: str) -> Waiting | None:
    store: Store = request.app.state.store
    ensure(store)
    waiting = _find(store, "code", code)
    grants: Grants = request.app.state.grants
    if waiting is None or waiting.expires <= grants.now() or waiting.refused or waiting.user is not None:
        return None
    return waiting


routes = [
    Route("/oauth/v3/device/code", start, methods=["POST"], name="device_code"),
    Route("/oauth/v3/device/token", poll, methods=["POST"], name="device_token"),
    Route(PAGE, show, methods=["GET"], name="device_page"),
    Route(PAGE, decide, methods=["POST"], name="device_consent"),
]
