"""The calls to Zoho Accounts that give and end tokens, and what their answers mean.

Accounts answers errors with status 200 as often as with 400, so only the body is judged
(https://zoho.com/accounts/protocol/oauth/web-apps/access-token-expiry.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from zcrm_tools.errors import (
    AuthError,
    ClientRejected,
    FixBy,
    LoginRequired,
    Problem,
    ServerFault,
    TokenThrottled,
    ZcrmError,
)
from zcrm_tools.http.forms import post_form
from zcrm_tools.http.wire import Transport
from zcrm_tools.models.grant import Credentials, Grant
from zcrm_tools.scopes import Scope

TOKEN_PATH = "/oauth/v2/token"  # noqa: S105
REVOKE_PATH = "/oauth/v2/token/revoke"
ENHANCE_PATH = "/oauth/v2/token/scopeenhance"
_LIFE = timedelta(hours=1)
_LONGEST = timedelta(hours=24)
_TOKEN = re.compile(r"[!-~]+")


async def exchange(
    accounts_url: str,
    *,
    client_id: str,
    client_secret: SecretStr,
    code: SecretStr,
    redirect_uri: str = "",
    verifier: SecretStr | None = None,
    transport: Transport | None = None,
) -> Grant:
    """Trade a grant code, good once and for a minute or so, for tokens.

    A self client's code has no redirect URI. A second consent of the same client without `prompt=consent` brings no
    refresh token. Raises LoginRequired for a used or expired code, ClientRejected, TokenThrottled.
    """
    form: dict[str, str | SecretStr] = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "client_secret": client_secret,
        "code": code,
    }
    if redirect_uri:
        form["redirect_uri"] = redirect_uri
    if verifier is not None:
        form["code_verifier"] = verifier
    return await _ask(accounts_url, form, transport, stale="The grant code is used up, expired or mistyped.")


async def refresh(
    accounts_url: str,
    credentials: Credentials,
    *,
    asked_at: datetime | None = None,
    transport: Transport | None = None,
) -> Grant:
    """Mint an access token; its life counts from `asked_at`, by default now. Zoho allows 10 in 10 minutes for one refresh token, and does not replace the latter."""
    form: dict[str, str | SecretStr] = {
        "grant_type": "refresh_token",
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "refresh_token": credentials.refresh_token,
    }
    stale = "The refresh token is revoked, deleted or mistyped."
    return await _ask(accounts_url, form, transport, stale=stale, asked_at=asked_at)


async def client_credentials(
    accounts_url: str,
    *,
    client_id: str,
    client_secret: SecretStr,
    scopes: Iterable[Scope],
    soid: str,
    asked_at: datetime | None = None,
    transport: Transport | None = None,
) -> Grant:
    """A token for a self client in its own name. `soid` (`ZohoCRM.<org id>`) says which org: without it Zoho answers `missing_org_info`."""
    form: dict[str, str | SecretStr] = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": client_secret,
        "scope": ",".join(map(str, scopes)),
        "soid": soid,
    }
    return await _ask(
        accounts_url, form, transport, stale="Zoho does not take this self client.", asked_at=asked_at
    )


async def enhancement_token(
    accounts_url: str, credentials: Credentials, *, transport: Transport | None = None
) -> SecretStr:
    """A short-lived token with which a person may add scopes to this sign-in."""
    form: dict[str, str | SecretStr] = {
        "grant_type": "update_scopes_token",
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "refresh_token": credentials.refresh_token,
    }
    stale = "The refresh token is revoked, deleted or mistyped."
    grant = await _ask(accounts_url, form, transport, stale=stale, path=ENHANCE_PATH)
    return grant.access_token


async def revoke(accounts_url: str, token: SecretStr, *, transport: Transport | None = None) -> bool:
    """End a refresh token and the access tokens made from it. False when Zoho no longer knew it.

    https://www.zoho.com/crm/developer/docs/api/v8/revoke-tokens.html
    """
    status, body = await post_form(accounts_url, REVOKE_PATH, {"token": token}, transport=transport)
    if isinstance(body, dict) and body.get("status") == "success":
        return True
    if error_code(body) in ("invalid_code", "invalid_token"):
        return False
    raise refusal(accounts_url, status, body, stale="")


async def _ask(
    accounts_url: str,
    form: dict[str, str | SecretStr],
    transport: Transport | None,
    *,
    stale: str,
    asked_at: datetime | None = None,
    path: str = TOKEN_PATH,
) -> Grant:
    asked_at = asked_at or datetime.now(UTC)
    status, body = await post_form(accounts_url, path, form, transport=transport)
    grant = read_grant(body, asked_at)
    if grant is None:
        raise refusal(accounts_url, status, body, stale=stale)
    return grant


def read_grant(body: Any, asked_at: datetime) -> Grant | None:
    """The tokens in a reply, or None when it holds none. Life counts from the moment of asking."""
    access = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(access, str) or not _TOKEN.fullmatch(access):
        return None
    kept = body.get("refresh_token")
    return Grant(
        access_token=SecretStr(access),
        expires_at=asked_at + _life(body),
        refresh_token=SecretStr(kept) if isinstance(kept, str) and kept else None,
        scopes=_scopes(body.get("scope")),
        api_domain=str(body.get("api_domain") or ""),
    )


def _life(body: dict[str, Any]) -> timedelta:
    """Old replies carry `expires_in_sec`, and `expires_in` is then in milliseconds."""
    seconds = _number(body.get("expires_in_sec"))
    if seconds is None:
        seconds = _number(body.get("expires_in"))
        if seconds is not None and seconds > _LONGEST.total_seconds():
            seconds /= 1000
    if seconds is None:
        return _LIFE
    return min(timedelta(seconds=max(seconds, 0.0)), _LONGEST) if seconds < 1e9 else _LIFE


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _scopes(value: Any) -> str:
    """Separated by spaces or commas; what is no scope of the API (`email`, `openid`) is left out."""
    named = re.split(r"[,\s]+", value) if isinstance(value, str) else []
    return " ".join(name for name in named if len(name.split(".")) > 2 and all(name.split(".")))


def error_code(body: Any) -> str:
    return str(body.get("error") or "").strip().lower().replace(" ", "_") if isinstance(body, dict) else ""


def refusal(accounts_url: str, status: int, body: Any, *, stale: str) -> ZcrmError:
    """The exception for an answer without tokens."""
    host = urlsplit(accounts_url).hostname or accounts_url
    code = error_code(body)
    said = str(body.get("error_description") or "") if isinstance(body, dict) else str(body or "")
    if code == "access_denied" or "too many requests" in said.lower():
        return TokenThrottled(
            _problem(
                "TOKEN_THROTTLED",
                f"{host} gives no more tokens for now: at most 10 in 10 minutes.",
                "Wait ten minutes without trying; each try makes the wait longer. The sign-in is still good.",
                "wait",
            )
        )
    if code in ("invalid_code", "invalid_token"):
        return LoginRequired(
            _problem(
                "LOGIN_REQUIRED", stale or "The token is not known.", "Sign in again: zcrm login", "person"
            )
        )
    if code in ("invalid_client", "invalid_client_secret", "invalid_redirect_uri"):
        return ClientRejected(_problem(code.upper(), f"{host} {_REJECTED[code]}", _FIX[code], "person"))
    if not isinstance(body, dict):
        return ServerFault(
            _problem(
                "NOT_ZOHO_JSON",
                f"The answer of {host} (HTTP {status}) is not Zoho's JSON but a page.",
                "Look for a proxy or firewall on the way, check the data centre, and try again in a minute.",
                "wait",
            ),
            status=status,
        )
    return AuthError(
        _problem(
            code.upper() or "NO_TOKEN",
            f"{host} gave no token: {said or code or 'no reason given'}.",
            "Check client, data centre and scopes, then sign in again: zcrm login",
            "person",
        )
    )


_REJECTED = {
    "invalid_client": "does not know this client.",
    "invalid_client_secret": "does not accept the client secret.",
    "invalid_redirect_uri": "does not accept the redirect URI.",
}
_DATA_CENTER = (
    "A client works only in the data centre where it was made, unless others are switched on for it in the API "
    "console (where its secret may differ); so check the data centre first, then the id and the secret."
)
_FIX = {
    "invalid_client": _DATA_CENTER,
    "invalid_client_secret": _DATA_CENTER,
    "invalid_redirect_uri": "Send exactly a redirect URI that is registered in the API console; a self client has none.",
}


def _problem(code: str, message: str, next_step: str, fix_by: FixBy) -> Problem:
    return Problem(code, message, not_done="No token was given.", next_step=next_step, fix_by=fix_by)
