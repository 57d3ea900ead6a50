"""Adding scopes to a grant that exists: the client asks for a short token, the person agrees to the new scopes only.

https://zoho.com/accounts/protocol/oauth/incremental-auth/initiation-request.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from zcrm_tools.emulator import pages
from zcrm_tools.emulator.access import covers
from zcrm_tools.emulator.accounts import (
    back,
    bad_scopes,
    checked_client,
    locations,
    own_url,
    page,
    parameters,
    refusing,
    scopes_of,
)
from zcrm_tools.emulator.grants import Grants, Holder, TokenRefused, hashed, new_token
from zcrm_tools.emulator.replies import reply

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from zcrm_tools.emulator.store import Store

PAGE: Final = "/oauth/v2/token/addextrascope"
LIFE_SECONDS: Final = 600
_TABLE = """CREATE TABLE IF NOT EXISTS oauth_enhance (
    token TEXT PRIMARY KEY, grant_id INTEGER NOT NULL, expires INTEGER NOT NULL)"""


async def start(request: Request) -> Response:
    """`grant_type=update_scopes_token`, the client's credentials and a refresh token, to a scope enhancement token."""
    given = await parameters(request)
    grants: Grants = request.app.state.grants
    store: Store = request.app.state.store

    def answered() -> Response:
        client = checked_client(request, given)
        if given.get("grant_type") != "update_scopes_token":
            raise TokenRefused("invalid_client")
        found = grants.grant_of(given.get("refresh_token", ""), client.id)
        if found is None:
            raise TokenRefused("invalid_code")
        made = new_token()
        store.execute(_TABLE)
        store.execute(
            "INSERT INTO oauth_enhance VALUES (?, ?, ?)",
            (hashed(made), found[0], grants.now() + LIFE_SECONDS),
        )
        return reply({"access_token": made, "token_type": "Bearer", "expires_in": LIFE_SECONDS})

    return refusing(answered)


async def ask(request: Request) -> Response:
    asked = dict(request.query_params)
    found = _found(request, asked)
    if isinstance(found, str):
        return page(pages.refused(found), 400)
    _, holder, new = found
    client = request.app.state.grants.client(holder.client_id)
    who = request.app.state.store.get("Users", holder.user_id)
    return page(pages.more_scopes(client.name, new, asked, who["full_name"] if who else ""))


async def answer(request: Request) -> Response:
    """Accepted scopes join the same refresh token, and show in the access tokens it mints from now on."""
    given = await parameters(request)
    found = _found(request, given)
    if isinstance(found, str):
        return page(pages.refused(found), 400)
    grant_id, holder, new = found
    state = {"state": given["state"]} if "state" in given else {}
    if given.get("decision") != "accept":
        return back(given["redirect_uri"], {"error": "access_denied", **state})
    store: Store = request.app.state.store
    with store.transaction():
        request.app.state.grants.widen(grant_id, new)
        store.execute("DELETE FROM oauth_enhance WHERE token = ?", (hashed(given["enhance_token"]),))
    where = locations(request)
    home = where.home(holder.user_id)
    server = where.server(home, own_url(request))
    return back(
        given["redirect_uri"],
        {"status": "success", "location": home, "accounts-server": server, **state},
    )


def _found(request: Request, asked: Mapping[str, str]) -> tuple[int, Holder, tuple[str, ...]] | str:
    """The grant, whom it speaks for and the scopes it does not cover yet; or what is wrong, in words."""
    grants: Grants = request.app.state.grants
    store: Store = request.app.state.store
    client = grants.client(asked.get("client_id", ""))
    if client is None:
        return "Invalid client: no client has this client_id."
    if asked.get("redirect_uri", "") not in client.redirect_uris:
        return "Invalid redirect URI: it does not equal one registered for this client."
    if asked.get("response_type") != "update_scopes":
        return "Invalid response type: it must be update_scopes."
    if "logout" not in asked:
        return "Invalid request: logout is missing."
    if wrong := bad_scopes(scopes_of(asked)):
        return wrong
    store.execute(_TABLE)
    rows = store.fetch(
        "SELECT g.id, g.user, g.scopes FROM oauth_enhance e JOIN oauth_grant g ON g.id = e.grant_id"
        " WHERE e.token = ? AND e.expires > ? AND g.client = ?",
        (hashed(asked.get("enhance_token", "")), grants.now(), client.id),
    )
    if not rows:
        return "Invalid scope enhancement token: it is unknown, used or expired."
    grant_id, user, held = rows[0]
    known = tuple(held.split())
    new = tuple(s for s in scopes_of(asked) if not any(covers(have, s) for have in known))
    return grant_id, Holder(client.id, user, known), new


routes = [
    Route("/oauth/v2/token/scopeenhance", start, methods=["POST"], name="scope_enhance"),
    Route(PAGE, ask, methods=["GET"], name="add_scopes"),
    Route(PAGE, answer, methods=["POST"], name="add_scopes_consent"),
]
