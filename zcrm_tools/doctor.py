"""Why does it not work? One look at each thing a connection needs, in order, and the one fix for what is wrong.

Every check sends as little as it can: one token at most, one read call. A check that depends on a failed one is skipped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from zcrm_tools import endpoints, scopes
from zcrm_tools.actions import needs, registry
from zcrm_tools.auth import profiles, signed_in
from zcrm_tools.auth.store import opening
from zcrm_tools.errors import (
    ClientRejected,
    LoginRequired,
    NotSent,
    PermissionDenied,
    Problem,
    ScopeMissing,
    TokenThrottled,
    ZcrmError,
)
from zcrm_tools.http.refusals import TOKEN_CODES
from zcrm_tools.http.session import Reply, Session
from zcrm_tools.http.wire import UNTRUSTED, Transport
from zcrm_tools.metadata import kinds
from zcrm_tools.metadata.kept import Kept
from zcrm_tools.models.grant import Profile
from zcrm_tools.settings import Settings
from zcrm_tools.state.sqlite import STATE_FILE, SqliteState

SKEW = timedelta(seconds=90)
"""A clock this far off makes tokens look fresh that are dead, and times in records wrong."""

Health = Literal["ok", "bad", "warning", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` names the diagnosis for a program; `fix` is the one thing to do."""

    check: str
    health: Health
    said: str
    code: str = ""
    fix: str = ""


async def examine(
    settings: Settings,
    *,
    transport: Transport | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[Finding]:
    """Look at everything. Never raises for what it finds."""
    found: list[Finding] = []
    profile = _profile(settings, found)
    tokens = await asyncio.to_thread(_tokens, settings, profile, found, transport) if profile else None
    reply = None
    if profile is not None and tokens is not None and await _token(tokens, found):
        reply = await _call(profile, tokens, found, transport)
    if reply is not None:
        found.append(_clock(reply, now()))
    if profile is not None:
        found.append(_scopes(profile))
        found.append(await asyncio.to_thread(_writes, settings, profile))
        found.append(await asyncio.to_thread(_metadata, settings, profile))
    done = {f.check for f in found}
    found += [Finding(c, "skipped", "needs what failed above") for c in CHECKS if c not in done]
    return sorted(found, key=lambda f: CHECKS.index(f.check))


CHECKS = ("profile", "secrets", "token", "api", "clock", "scopes", "writes", "metadata")


def _profile(settings: Settings, found: list[Finding]) -> Profile | None:
    try:
        profile = profiles.resolve(settings)
        profiles.check_hosts(profile)
    except ZcrmError as error:
        found.append(_bad("profile", error))
        return None
    where = f"{profile.environment} at {profile.api_url}"
    found.append(Finding("profile", "ok", f"{profile.name}: {where}"))
    return profile


def _tokens(
    settings: Settings, profile: Profile, found: list[Finding], transport: Transport | None
) -> Any | None:
    try:
        store = opening.of(profile, settings)
        tokens = signed_in.open_tokens(profile, store, home=settings.home, transport=transport)
    except ZcrmError as error:
        found.append(_bad("secrets", error))
        return None
    found.append(Finding("secrets", "ok", f"in the {store.kind}"))
    return tokens


async def _token(tokens: Any, found: list[Finding]) -> bool:
    try:
        await tokens.token()
    except ZcrmError as error:
        found.append(_bad("token", error, _token_diagnosis(error)))
        return False
    found.append(Finding("token", "ok", "Zoho Accounts gives access tokens for this sign-in"))
    return True


async def _call(
    profile: Profile, tokens: Any, found: list[Finding], transport: Transport | None
) -> Reply | None:
    """The organisation: the cheapest call that every sign-in of this library covers."""
    session = Session(profile.api_url, tokens, transport=transport)
    try:
        reply = await session.call(endpoints.GET_ORG)
    except ZcrmError as error:
        found.append(_bad("api", error, _api_diagnosis(error, profile)))
        return None
    finally:
        await session.aclose()
    org = ((reply.body or {}).get("org") or [{}])[0]
    found.append(Finding("api", "ok", f"Zoho CRM answers for {org.get('company_name', 'the organisation')}"))
    if profile.environment == "production" and str(org.get("type", "production")) not in (
        "production",
        "paid",
    ):
        found[-1] = Finding(
            "api",
            "warning",
            f"the profile says production, and the organisation calls itself {org['type']}",
            "ENVIRONMENT_MIX_UP",
            f"Sign in with --environment {org['type']} if that is meant.",
        )
    return reply


def _clock(reply: Reply, now: datetime) -> Finding:
    try:
        theirs = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return Finding("clock", "skipped", "the answer had no date that can be read")
    off = now - (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC))
    if abs(off) <= SKEW:
        return Finding("clock", "ok", "agrees with Zoho's to the minute")
    minutes = round(abs(off) / timedelta(minutes=1))
    word = "ahead of" if off > timedelta() else "behind"
    return Finding(
        "clock",
        "bad",
        f"this machine's clock is {minutes} minutes {word} Zoho's",
        "CLOCK_SKEW",
        "Set the clock (switch on automatic time).",
    )


def _writes(settings: Settings, profile: Profile) -> Finding:
    """Writes that nobody knows the end of: the answer was lost, or the process died."""
    path = settings.home / STATE_FILE
    if not path.exists():
        return Finding("writes", "ok", "nothing was written from here")
    try:
        state = SqliteState(path)
    except ZcrmError as error:
        return _bad("writes", error)
    try:
        lost = state.unsettled(profile.identity)
    finally:
        state.close()
    if not lost:
        return Finding("writes", "ok", "the outcome of every write is known")
    shown = ", ".join(f"{p.action} of {p.created_at:%Y-%m-%d %H:%M} UTC ({p.id})" for p in lost[:5])
    return Finding(
        "writes",
        "warning",
        f"the outcome of {len(lost)} is unknown: {shown}",
        "OUTCOME_UNKNOWN",
        "list_changes looks them up in Zoho; what stays unknown then is for a person to look at.",
    )


def _metadata(settings: Settings, profile: Profile) -> Finding:
    """What is kept of the org's fields and the like. A damaged file is asked for again by whoever needs it."""
    kept = Kept(settings.home, profile.identity, since=profile.since)
    bad = kinds.damaged(kept)
    if not bad:
        return Finding("metadata", "ok", f"{len(kept.answers())} answers about the org are kept here")
    name, why = next(iter(bad.items()))
    more = f", and {len(bad) - 1} more" if len(bad) > 1 else ""
    return Finding(
        "metadata",
        "warning",
        f"{kept.folder / name} makes no sense ({why}){more}",
        "METADATA_DAMAGED",
        "It is asked for again when it is needed; `zcrm status --refresh` does so now.",
    )


def _scopes(profile: Profile) -> Finding:
    granted = scopes.parse(profile.scopes)
    if not granted:
        return Finding(
            "scopes",
            "warning",
            "what was granted is not known",
            "SCOPES_UNKNOWN",
            "Set ZCRM_SCOPES, or sign in again: zcrm login",
        )
    usual = registry.choose(write=True)
    lacking = {action.name: lost for action in usual if (lost := needs.missing(action, granted))}
    if not lacking:
        return Finding("scopes", "ok", "every tool has what it needs")
    wanted = sorted({str(scope) for some in lacking.values() for scope in some})
    return Finding(
        "scopes",
        "warning",
        f"{', '.join(lacking)} cannot be used",
        "SCOPES_LACKING",
        f"If they are wanted: zcrm login --scopes {','.join([*sorted(map(str, granted)), *wanted])}",
    )


def _token_diagnosis(error: ZcrmError) -> str:
    match error:
        case TokenThrottled():
            return "THROTTLED"
        case ClientRejected():
            return "WRONG_CLIENT_OR_DATA_CENTER"
        case LoginRequired():
            return "SIGN_IN_GONE"
        case NotSent() if error.problem.code != UNTRUSTED:
            return "NO_NETWORK"
    return error.problem.code


def _api_diagnosis(error: ZcrmError, profile: Profile) -> tuple[str, str] | str:
    match error:
        case ScopeMissing():
            return "SCOPE_MISSING"
        case PermissionDenied() if "Crm_Implied_Api_Access" in str(error.details):
            return "NO_API_ACCESS"
        case PermissionDenied():
            return "NO_PERMISSION"
        case LoginRequired() if error.problem.code in TOKEN_CODES:
            other = "sandbox or developer" if profile.environment == "production" else "production"
            fix = (
                f"This profile says {profile.environment}, and a token of another environment is refused by it: if "
                f"the sign-in was made for {other}, sign in again with --environment."
            )
            return "ENVIRONMENT_MIX_UP", fix
    return _token_diagnosis(error)


def _bad(check: str, error: ZcrmError, diagnosis: tuple[str, str] | str = "") -> Finding:
    problem: Problem = error.problem
    code, fix = diagnosis if isinstance(diagnosis, tuple) else (diagnosis or problem.code, problem.next_step)
    return Finding(check, "bad", problem.message, code, fix)


def unhealthy(found: list[Finding]) -> Iterator[Finding]:
    return (f for f in found if f.health == "bad")
