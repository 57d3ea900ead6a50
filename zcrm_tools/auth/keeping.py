"""Keeping a finished sign-in: secrets to the store, the token where all processes find it, the rest to the profiles file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from pydantic import SecretStr

from zcrm_tools import scopes
from zcrm_tools.auth import profiles, sharing
from zcrm_tools.auth.flows.asked import SignedIn
from zcrm_tools.auth.store import opening
from zcrm_tools.auth.store.protocol import CredentialStore
from zcrm_tools.errors import NotConfigured
from zcrm_tools.models.grant import Credentials, Grant, Profile
from zcrm_tools.scopes import Scope
from zcrm_tools.settings import Settings


async def keep(
    settings: Settings,
    store: CredentialStore,
    signed_in: SignedIn,
    client_secret: SecretStr,
    asked: tuple[Scope, ...],
) -> Profile:
    """Save everything, secrets first: a profile without them would only mislead. Gives the profile as saved.

    When the reply names no scopes, those asked for are written down; observed refusals correct them.
    """
    grant = signed_in.grant
    named = grant.scopes or " ".join(map(str, asked))
    profile = signed_in.profile.model_copy(
        update={"scopes": named, "since": datetime.now(UTC).isoformat(timespec="seconds")}
    )
    credentials = Credentials(
        client_id=profile.client_id,
        client_secret=client_secret,
        refresh_token=grant.refresh_token or SecretStr(""),
    )
    store.save(profile, credentials)
    shared = sharing.InFile(settings.home, profile, credentials)
    async with shared.held():
        await shared.write(sharing.Known(grant))
    profiles.save(settings.home, profile)
    return profile


def drop(settings: Settings, earlier: Profile, kept: Profile, store: CredentialStore) -> str:
    """Remove the secrets of the sign-in that `kept`, in `store`, has replaced; "", or why they are still there."""
    moved = earlier.store != kept.store
    if earlier.identity != kept.identity:
        sharing.forget(settings.home, earlier)
    elif not moved:
        return ""  # written over
    try:
        (opening.named(earlier.store, settings) if moved else store).delete(earlier)
    except NotConfigured as error:
        return error.problem.message
    return ""


async def widen(
    settings: Settings, profile: Profile, credentials: Credentials, grant: Grant, added: tuple[Scope, ...]
) -> Profile:
    """Note what was added to a sign-in, and hand its new token to all processes: those made before lack the scopes."""
    named = grant.scopes or f"{profile.scopes} {' '.join(map(str, added))}"
    refused = "" if grant.scopes else " ".join(sorted(map(str, _refused(profile) - set(added))))
    changed = profile.model_copy(update={"scopes": named, "refused": refused})
    shared = sharing.InFile(settings.home, profile, credentials)
    async with shared.held():
        known = await shared.read()
        await shared.write(replace(known, grant=grant, mints=(*known.mints, datetime.now(UTC))))
    profiles.save(settings.home, changed)
    return changed


def covers(profile: Profile, wanted: tuple[Scope, ...]) -> bool:
    """Whether a sign-in that is there already may do all of this."""
    return bool(profile.scopes) and not lacking(profile, wanted)


def lacking(profile: Profile, wanted: tuple[Scope, ...]) -> tuple[Scope, ...]:
    """What a sign-in would have to be given: what it was not, and what Zoho has refused since."""
    absent = scopes.missing(scopes.parse(profile.scopes), [(one,) for one in wanted])
    again = (one for one in wanted if any(one.covers(refused) for refused in _refused(profile)))
    return tuple(dict.fromkeys((*absent, *again)))


def _refused(profile: Profile) -> frozenset[Scope]:
    return scopes.parse(profile.refused)
