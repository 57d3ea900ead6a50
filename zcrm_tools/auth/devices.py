"""The calls of Zoho's device flow, and what their answers mean. Waiting and showing are `flows.device`'s."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from zcrm_tools.auth.consent import accounts_server
from zcrm_tools.auth.tokens import error_code, read_grant, refusal
from zcrm_tools.errors import AuthError, LoginRequired, Problem
from zcrm_tools.http.forms import post_form
from zcrm_tools.http.wire import Transport
from zcrm_tools.models.grant import Grant
from zcrm_tools.redact import NotPickled
from zcrm_tools.scopes import Scope

CODE_PATH = "/oauth/v3/device/code"
TOKEN_PATH = "/oauth/v3/device/token"  # noqa: S105 — a path
_LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class DeviceCode(NotPickled):
    device_code: SecretStr
    user_code: str
    verification_url: str
    life: timedelta


async def device_code(
    accounts_url: str,
    *,
    client_id: str,
    scopes: Iterable[Scope],
    ask_again: bool,
    transport: Transport | None = None,
) -> DeviceCode:
    """Begin. The client must be of the type for limited-input devices."""
    form: dict[str, str | SecretStr] = {
        "client_id": client_id,
        "grant_type": "device_request",
        "scope": ",".join(map(str, scopes)),
        "access_type": "offline",
    }
    if ask_again:
        form["prompt"] = "consent"
    status, body = await post_form(accounts_url, CODE_PATH, form, transport=transport)
    if not isinstance(body, dict) or not body.get("device_code") or not body.get("user_code"):
        raise refusal(accounts_url, status, body, stale="Zoho gave no code.")
    return DeviceCode(
        SecretStr(str(body["device_code"])),
        str(body["user_code"]),
        str(body.get("verification_url") or body.get("verification_uri") or ""),
        _life(body),
    )


async def device_poll(
    accounts_url: str,
    *,
    client_id: str,
    client_secret: SecretStr,
    device_code: SecretStr,
    emulator: str = "",
    transport: Transport | None = None,
) -> Grant | str | None:
    """The tokens; None while the person has not decided; the accounts server to ask from now on when they live elsewhere."""
    form: dict[str, str | SecretStr] = {
        "client_id": client_id,
        "client_secret": client_secret,
        "grant_type": "device_token",
        "code": device_code,
    }
    status, body = await post_form(accounts_url, TOKEN_PATH, form, transport=transport)
    grant = read_grant(body, datetime.now(UTC))
    if grant is not None:
        return grant
    match error_code(body):
        case "authorization_pending" | "slow_down":
            return None
        case "other_dc":
            return _elsewhere(body, emulator)
        case "access_denied":
            raise LoginRequired(_ended("ACCESS_DENIED", "The person did not agree."))
        case "expired" | "expired_token":
            raise LoginRequired(_ended("CODE_EXPIRED", "The code ran out before it was typed in."))
    raise refusal(accounts_url, status, body, stale="The code is used up, expired or unknown.")


def _elsewhere(body: dict[str, object], emulator: str) -> str:
    """The payload of `other_dc` is not documented; a host is taken only from the table of data centres."""
    named = str(body.get("accounts-server") or "")
    location = str(body.get("user_location") or body.get("location") or "").lower()
    found = accounts_server(named, location, emulator)
    if found:
        return found
    raise AuthError(
        _ended("OTHER_DC", "The person lives in another data centre, and Zoho did not say which.")
    )


def _life(body: dict[str, object]) -> timedelta:
    """`expires_in` in seconds, or in milliseconds as other replies of Accounts have it."""
    given = body.get("expires_in")
    if not isinstance(given, int | float | str) or not str(given).replace(".", "", 1).isdigit():
        return _LIFE
    seconds = float(given)
    return timedelta(seconds=seconds / 1000 if seconds > 86_400 else seconds)


def _ended(code: str, why: str) -> Problem:
    step = "Start again, with --data-center if the org is in another one: zcrm login --flow device"
    return Problem(code, why, not_done="Nobody was signed in.", next_step=step, fix_by="person")
