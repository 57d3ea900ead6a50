"""The consent page's address, and what comes back from it. Nothing here is fetched.

https://zoho.com/accounts/protocol/oauth/web-apps/authorization.html
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from pydantic import SecretStr

from zcrm_tools.datacenters import DATA_CENTERS, is_loopback
from zcrm_tools.errors import AuthError, LoginRequired, Problem
from zcrm_tools.http.hosts import pinned
from zcrm_tools.redact import NotPickled
from zcrm_tools.scopes import Scope

_NOT_ASKED = "No token was asked for."


@dataclass(frozen=True, slots=True)
class Callback(NotPickled):
    """What the redirect brought. `accounts_server` is where the code may be exchanged, empty when it did not say."""

    code: SecretStr
    state: str
    location: str
    accounts_server: str


@dataclass(frozen=True, slots=True)
class Challenge(NotPickled):
    """PKCE: `verifier` stays here until the exchange, `challenge` (S256) goes into the address."""

    verifier: SecretStr
    challenge: str


def new_state() -> str:
    return secrets.token_urlsafe(24)


def new_challenge() -> Challenge:
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return Challenge(SecretStr(verifier), base64.urlsafe_b64encode(digest).rstrip(b"=").decode())


def authorization_url(
    accounts_url: str,
    client_id: str,
    scopes: Iterable[Scope],
    redirect_uri: str,
    *,
    state: str,
    challenge: str = "",
    ask_again: bool = False,
) -> str:
    """Where a person agrees. Always asks for offline access.

    `ask_again` adds `prompt=consent`: needed for a new refresh token when the client has had one before, and each of
    those takes one of a user's twenty, so ask only when none is stored.
    """
    query = {
        "response_type": "code",
        "client_id": client_id,
        "scope": ",".join(map(str, scopes)),
        "redirect_uri": redirect_uri,
        "access_type": "offline",
        "state": state,
    }
    if ask_again:
        query["prompt"] = "consent"
    if challenge:
        query |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    return f"{pinned(accounts_url, 'accounts')}/oauth/v2/auth?{urlencode(query)}"


def read_callback(url: str, *, state: str = "", emulator: str = "") -> Callback:
    """Read the address the browser was sent to, given whole or as its query alone.

    With `state`, another or none is refused. `accounts-server` counts only when it is in the table of data centres,
    or is `emulator`, the URL of the emulator that was asked: the secret will be posted there.
    """
    asked = _query(url.strip())
    query = {name: values[0] for name, values in parse_qs(asked).items()}
    if query.get("error"):
        raise _refused(query["error"])
    if not query.get("code"):
        why = "There is no code in this address."
        raise AuthError(_problem("NO_CODE", why, "Copy the whole address from the browser's address bar."))
    if state and not hmac.compare_digest(query.get("state", "").encode(errors="replace"), state.encode()):
        why = "This address does not answer the sign-in that was started here."
        raise AuthError(_problem("STATE_MISMATCH", why, "Start again, and use the page that opens last."))
    location = query.get("location", "").lower()
    server = accounts_server(query.get("accounts-server", ""), location, emulator)
    return Callback(SecretStr(query["code"]), query.get("state", ""), location, server)


def accounts_server(named: str, location: str, emulator: str = "") -> str:
    """The server that an answer names, when it is one of Zoho's (or the emulator asked); "" when it names none."""
    named, emulator = named.rstrip("/"), emulator.rstrip("/")
    if emulator and is_loopback(emulator):
        known = {emulator: location}
    else:
        known = {dc.accounts: dc.code for dc in DATA_CENTERS.values()}
    if not named:
        return next((url for url, code in known.items() if location and code == location), "")
    if named not in known or location not in ("", known[named]):
        raise AuthError(
            _problem(
                "UNKNOWN_ACCOUNTS_SERVER",
                f"The address names the accounts server {named!r} (location {location or 'not given'}), which is not one of Zoho's.",
                "Do not go on with this address; start the sign-in again from `zcrm login`.",
            )
        )
    return named


def _query(text: str) -> str:
    """Of a whole address, or of what stands behind its question mark."""
    try:
        return urlsplit(text).query or text.lstrip("?")
    except ValueError:  # no address at all
        return ""


def _refused(code: str) -> AuthError:
    if code == "access_denied":
        why = "The person did not agree, or asked too often."
        return LoginRequired(_problem("ACCESS_DENIED", why, "Start again when they are ready."))
    shown = "".join(c for c in code if c.isalnum() or c in "_- ")[:60]
    why = f"The consent page answered {shown!r}."
    return AuthError(_problem(shown.upper(), why, "Check client id, scopes and redirect URI."))


def _problem(code: str, message: str, next_step: str) -> Problem:
    return Problem(code, message, not_done=_NOT_ASKED, next_step=next_step, fix_by="person")
