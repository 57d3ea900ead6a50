"""Zoho Accounts: consent in the browser, code exchange, refresh, revoke.

Errors come as Zoho sends them: HTTP 200 with `{"error": ...}`, except the throttle (400). What is stored lies in
`grants.py`. https://www.zoho.com/accounts/protocol/oauth/web-apps/authorization.html
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route

from zcrm_tools.emulator import pages
from zcrm_tools.emulator.access import grantable
from zcrm_tools.emulator.grants import TOKEN_SECONDS, Consent, Grants, Holder, Throttled, TokenRefused
from zcrm_tools.emulator.replies import reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from zcrm_tools.emulator.grants import Tokens
    from zcrm_tools.emulator.store import Store

THROTTLED = {
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "error": "Access Denied",
    "status": "failure",
}


def own_url(request: Request) -> str:
    """The base URL this request came in on; the emulator is its own accounts server and API domain."""
    return str(request.base_url).rstrip("/")


async def parameters(request: Request) -> dict[str, str]:
    """Query string, form body and Basic header, the later winning: Zoho takes them from any of the three."""
    given = dict(request.query_params)
    given.update({key: value for key, value in (await request.form()).items() if isinstance(value, str)})
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return given
        given.update(client_id=client_id, client_secret=secret)
    return given


async def token(request: Request) -> Response:
    given = await parameters(request)
    grants: Grants = request.app.state.grants
    exchange = {"authorization_code": _redeem, "refresh_token": _refresh}.get(given.get("grant_type", ""))
    try:
        if exchange is None:
            raise TokenRefused("invalid_client")
        _check_client(given, grants)
        issued = exchange(given, grants)
    except TokenRefused as refused:
        return reply({"error": refused.error})
    except Throttled:
        return reply(THROTTLED, 400)
    lasting = {"refresh_token": issued.refresh_token} if issued.refresh_token else {}
    body = {
        "access_token": issued.access_token,
        **lasting,
        "scope": " ".join(issued.scopes),
        "api_domain": own_url(request),
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
    }
    return reply(body, headers={"Cache-Control": "no-store"})


def _check_client(given: Mapping[str, str], grants: Grants) -> None:
    client = grants.client(given.get("client_id", ""))
    if client is None:
        raise TokenRefused("invalid_client")
    if not client.has_secret(given.get("client_secret", "")):
        raise TokenRefused("invalid_client_secret")


def _redeem(given: Mapping[str, str], grants: Grants) -> Tokens:
    return grants.redeem(given.get("code", ""), given["client_id"], given.get("redirect_uri", ""))


def _refresh(given: Mapping[str, str], grants: Grants) -> Tokens:
    return grants.refresh(given.get("refresh_token", ""), given["client_id"])


async def revoke(request: Request) -> Response:
    """The older form, without client credentials: `POST /oauth/v2/token/revoke?token=`."""
    given = await parameters(request)
    grants: Grants = request.app.state.grants
    if not grants.revoke(given.get("token", "")):
        return reply({"error": "invalid_token"}, 400)
    return reply({"status": "success"})


async def revoke_as_client(request: Request) -> Response:
    """The newer form: the client signs with Basic."""
    try:
        _check_client(await parameters(request), request.app.state.grants)
    except TokenRefused as refused:
        return reply({"error": refused.error})
    return await revoke(request)


async def ask(request: Request) -> Response:
    """The consent page, or a page that says what is wrong. A wrong redirect URI is never redirected to."""
    asked = dict(request.query_params)
    wrong = _fault(asked, request.app.state.grants)
    if wrong:
        return _page(pages.refused(wrong), 400)
    client = request.app.state.grants.client(asked["client_id"])
    return _page(pages.consent(client.name, _scopes(asked), asked, people(request.app.state.store)))


async def answer(request: Request) -> Response:
    """The person pressed Accept or Reject."""
    given = await parameters(request)
    grants: Grants = request.app.state.grants
    wrong = _fault(given, grants)
    if wrong:
        return _page(pages.refused(wrong), 400)
    state = {"state": given["state"]} if "state" in given else {}
    if given.get("decision") != "accept":
        return _back(given["redirect_uri"], {"error": "access_denied", **state})
    known = people(request.app.state.store)
    chosen = given.get("user", "")
    user_id = int(chosen) if chosen.isdecimal() else next(iter(known), 0)
    if user_id not in known:
        return _page(pages.refused("There is no such active user in this org."), 400)
    code = grants.new_code(
        Consent(
            Holder(given["client_id"], user_id, _scopes(given)),
            redirect_uri=given["redirect_uri"],
            offline=given.get("access_type") == "offline",
            fresh=given.get("prompt") == "consent",
        )
    )
    told = {"code": code, "location": "us", "accounts-server": own_url(request), **state}
    return _back(given["redirect_uri"], told)


def people(store: Store) -> dict[int, str]:
    """Active users by id, the first one being who signs in unless the page says otherwise."""
    rows = store.fetch('SELECT id, full_name FROM "Users" WHERE status = ? ORDER BY id', ("active",))
    return dict(rows)


def _fault(asked: Mapping[str, str], grants: Grants) -> str:
    """What Zoho's page would complain about, in the order client, redirect, type, scope."""
    client = grants.client(asked.get("client_id", ""))
    if client is None:
        return "Invalid client: no client has this client_id."
    if asked.get("redirect_uri", "") not in client.redirect_uris:
        return "Invalid redirect URI: it does not equal one registered for this client."
    if asked.get("response_type") != "code":
        return "Invalid response type: it must be code."
    if asked.get("access_type", "online") not in ("online", "offline"):
        return "Invalid access type: it is online or offline."
    bad = [scope for scope in _scopes(asked) if not grantable(scope)]
    if bad or not _scopes(asked):
        return f"Invalid OAuth scope: {', '.join(bad) or 'none was asked for'}."
    return ""


def _scopes(asked: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(asked.get("scope", "").replace(",", " ").split())


def _back(redirect_uri: str, told: Mapping[str, str]) -> Response:
    parts = urlsplit(redirect_uri)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *told.items()])
    return RedirectResponse(urlunsplit(parts._replace(query=query)), 302)


def _page(html: str, status: int = 200) -> Response:
    return HTMLResponse(html, status, headers=pages.HEADERS)


async def server_info(request: Request) -> Response:
    """Which data centres there are: this one."""
    return reply({"result": "success", "locations": {"us": own_url(request)}})


routes = [
    Route("/oauth/v2/auth", ask, methods=["GET"]),
    Route("/oauth/v2/auth", answer, methods=["POST"]),
    Route("/oauth/v2/token", token, methods=["POST"]),
    Route("/oauth/v2/token/revoke", revoke, methods=["POST"]),
    Route("/oauth/v2/revoke/token", revoke_as_client, methods=["POST"]),
    Route("/oauth/serverinfo", server_info, methods=["GET"]),
]
