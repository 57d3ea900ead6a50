"""Zoho Accounts: consent in the browser, code exchange, refresh, client credentials, revoke.

Errors come as Zoho sends them: HTTP 200 with `{"error": ...}`, except the throttle (400). What is stored lies in
`grants.py`; the device flow and the adding of scopes have files of their own.
https://www.zoho.com/accounts/protocol/oauth/web-apps/authorization.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route

from zcrm_tools.emulator import pages
from zcrm_tools.emulator.access import grantable
from zcrm_tools.emulator.grants import (
    TOKEN_SECONDS,
    Client,
    Consent,
    Grants,
    Holder,
    Throttled,
    TokenRefused,
)
from zcrm_tools.emulator.replies import reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from zcrm_tools.emulator.grants import Tokens
    from zcrm_tools.emulator.locations import Locations
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


def refusing(answer: Callable[[], Response]) -> Response:
    """Run a token endpoint; its refusals are bodies of one word."""
    try:
        return answer()
    except TokenRefused as refused:
        return reply({"error": refused.error})
    except Throttled:
        return reply(THROTTLED, 400)


def issued(request: Request, tokens: Tokens) -> Response:
    lasting = {"refresh_token": tokens.refresh_token} if tokens.refresh_token else {}
    body = {
        "access_token": tokens.access_token,
        **lasting,
        "scope": " ".join(tokens.scopes),
        "api_domain": own_url(request),
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
    }
    return reply(body, headers={"Cache-Control": "no-store"})


async def token(request: Request) -> Response:
    given = await parameters(request)

    def exchanged() -> Response:
        exchange = _EXCHANGES.get(given.get("grant_type", ""))
        if exchange is None:
            raise TokenRefused("invalid_client")
        return issued(request, exchange(request, given, checked_client(request, given)))

    return refusing(exchanged)


def checked_client(request: Request, given: Mapping[str, str]) -> Client:
    """The client that signs with its secret. One for mobile and desktop apps may prove itself by PKCE alone."""
    client: Client | None = request.app.state.grants.client(given.get("client_id", ""))
    if client is None:
        raise TokenRefused("invalid_client")
    secret = given.get("client_secret", "")
    public = client.kind == "mobile" and not secret
    if not public and not client.has_secret(secret):
        raise TokenRefused("invalid_client_secret")
    return client


def _redeem(request: Request, given: Mapping[str, str], client: Client) -> Tokens:
    grants: Grants = request.app.state.grants
    return grants.redeem(
        given.get("code", ""),
        client.id,
        given.get("redirect_uri", ""),
        verifier=given.get("code_verifier", ""),
        location=locations(request).location,
    )


def _refresh(request: Request, given: Mapping[str, str], client: Client) -> Tokens:
    tokens: Tokens = request.app.state.grants.refresh(given.get("refresh_token", ""), client.id)
    return tokens


def _client_credentials(request: Request, given: Mapping[str, str], client: Client) -> Tokens:
    """A self client's token of its own; it speaks for the org's first user, who made the client."""
    if not client.may("self"):
        raise TokenRefused("invalid_client")
    store: Store = request.app.state.store
    asked = scopes_of(given)
    if not asked or not all(grantable(scope) for scope in asked):
        raise TokenRefused("invalid_scope")
    if given.get("soid") != f"ZohoCRM.{store.org().get('zgid')}":
        raise TokenRefused("missing_org_info")
    holder = Holder(client.id, next(iter(people(store))), asked)
    tokens: Tokens = request.app.state.grants.for_client(holder)
    return tokens


_EXCHANGES: Mapping[str, Callable[[Request, Mapping[str, str], Client], Tokens]] = {
    "authorization_code": _redeem,
    "refresh_token": _refresh,
    "client_credentials": _client_credentials,
}


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
        checked_client(request, await parameters(request))
    except TokenRefused as refused:
        return reply({"error": refused.error})
    return await revoke(request)


async def ask(request: Request) -> Response:
    """The consent page, or a page that says what is wrong. A wrong redirect URI is never redirected to."""
    asked = dict(request.query_params)
    wrong = _fault(asked, request.app.state.grants)
    if wrong:
        return page(pages.refused(wrong), 400)
    client = request.app.state.grants.client(asked["client_id"])
    known = people(request.app.state.store)
    return page(pages.consent(client.name, scopes_of(asked), asked, known))


async def answer(request: Request) -> Response:
    """The person pressed Accept or Reject."""
    given = await parameters(request)
    grants: Grants = request.app.state.grants
    wrong = _fault(given, grants)
    if wrong:
        return page(pages.refused(wrong), 400)
    state = {"state": given["state"]} if "state" in given else {}
    if given.get("decision") != "accept":
        return back(given["redirect_uri"], {"error": "access_denied", **state})
    user_id = chosen_user(request, given)
    if user_id is None:
        return page(pages.refused("There is no such active user in this org."), 400)
    if not grants.may_ask(given["client_id"]):
        return back(given["redirect_uri"], {"error": "access_denied", **state})
    where = locations(request)
    home = where.home(user_id)
    code = grants.new_code(
        Consent(
            Holder(given["client_id"], user_id, scopes_of(given)),
            redirect_uri=given["redirect_uri"],
            offline=given.get("access_type") == "offline",
            fresh=given.get("prompt") == "consent",
            challenge=_challenge(given),
            location=home,
        )
    )
    server = where.server(home, own_url(request))
    return back(given["redirect_uri"], {"code": code, "location": home, "accounts-server": server, **state})


def locations(request: Request) -> Locations:
    found: Locations = request.app.state.locations
    return found


def chosen_user(request: Request, given: Mapping[str, str]) -> int | None:
    """Whom the page says signed in, the first active user if it says nothing; None when there is no such user."""
    known = people(request.app.state.store)
    chosen = given.get("user", "")
    user_id = int(chosen) if chosen.isdecimal() else next(iter(known), 0)
    return user_id if user_id in known else None


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
    if asked.get("code_challenge_method", "plain") not in ("plain", "S256"):
        return "Invalid code_challenge_method: it is plain or S256."
    if client.kind == "mobile" and not asked.get("code_challenge"):
        return "Invalid request: an app for mobile or desktop must send a code_challenge."
    return bad_scopes(scopes_of(asked))


def bad_scopes(asked: tuple[str, ...]) -> str:
    """What is wrong with the scopes; empty when nothing is."""
    bad = [scope for scope in asked if not grantable(scope)]
    return "" if asked and not bad else f"Invalid OAuth scope: {', '.join(bad) or 'none was asked for'}."


def _challenge(asked: Mapping[str, str]) -> str | None:
    """`plain` is Zoho's default. Any client that sends a challenge is held to it."""
    found = asked.get("code_challenge")
    return f"{asked.get('code_challenge_method', 'plain')}:{found}" if found else None


def scopes_of(asked: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(asked.get("scope", "").replace(",", " ").split()))


def back(redirect_uri: str, told: Mapping[str, str]) -> Response:
    parts = urlsplit(redirect_uri)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *told.items()])
    return RedirectResponse(urlunsplit(parts._replace(query=query)), 302)


def page(html: str, status: int = 200) -> Response:
    return HTMLResponse(html, status, headers=pages.HEADERS)


async def server_info(request: Request) -> Response:
    """Which data centres there are: this one, and those that the control plane was told of."""
    return reply({"result": "success", "locations": locations(request).all_servers(own_url(request))})


routes = [
    Route("/oauth/v2/auth", ask, methods=["GET"], name="authorize"),
    Route("/oauth/v2/auth", answer, methods=["POST"], name="consent"),
    Route("/oauth/v2/token", token, methods=["POST"], name="token"),
    Route("/oauth/v2/token/revoke", revoke, methods=["POST"], name="revoke"),
    Route("/oauth/v2/revoke/token", revoke_as_client, methods=["POST"], name="revoke_as_client"),
    Route("/oauth/serverinfo", server_info, methods=["GET"], name="server_info"),
]
