"""Ending a sign-in: revoked at Zoho, and forgotten here whether or not Zoho could be told.

The file that processes lock stays in `tokens/`: it is empty, its name says nothing, and a lock that is removed while
another process waits for it would be two locks.
"""

from __future__ import annotations

from pydantic import SecretStr

from zcrm_tools.auth import profiles, sharing, tokens
from zcrm_tools.auth.store.protocol import CredentialStore
from zcrm_tools.errors import ZcrmError
from zcrm_tools.http.wire import Transport
from zcrm_tools.models.grant import Credentials, Profile
from zcrm_tools.settings import Settings


async def leave(
    settings: Settings, profile: Profile, store: CredentialStore, *, transport: Transport | None = None
) -> tuple[bool, str]:
    """Whether there was something to revoke, and why it could not be revoked: "" when it was."""
    found, refused = False, ""
    try:
        credentials = store.load(profile)
        token = None if credentials is None else await _strongest(settings, profile, credentials)
        found = token is not None
        if token is not None:
            await tokens.revoke(profile.accounts_url, token, transport=transport)
    except ZcrmError as error:
        found, refused = True, error.problem.message
    store.delete(profile)
    sharing.forget(settings.home, profile)
    profiles.remove(settings.home, profile.name)
    return found, refused


async def _strongest(settings: Settings, profile: Profile, credentials: Credentials) -> SecretStr | None:
    """The refresh token, whose end ends all; a client that asks in its own name has its access token alone."""
    if not profile.soid:
        return credentials.refresh_token
    shared = sharing.InFile(settings.home, profile, credentials)
    async with shared.held():
        known = await shared.read()
    return known.grant.access_token if known.grant else None
