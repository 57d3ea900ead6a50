"""A token source for a signed-in profile, made from the store that holds its secrets."""

from __future__ import annotations

from pathlib import Path

from zcrm_tools.auth.clock import Clock
from zcrm_tools.auth.refresh import Tokens
from zcrm_tools.auth.sharing import InFile
from zcrm_tools.auth.store.protocol import CredentialStore
from zcrm_tools.errors import LoginRequired, Problem
from zcrm_tools.http.wire import Transport
from zcrm_tools.models.grant import Profile


def open_tokens(
    profile: Profile,
    store: CredentialStore,
    *,
    home: Path | None = None,
    transport: Transport | None = None,
    clock: Clock | None = None,
) -> Tokens:
    """A token source for a signed-in profile. Reads the store, sends nothing. LoginRequired when it is empty.

    With `home`, access tokens are shared with the other processes of this sign-in.
    """
    credentials = store.load(profile)
    if credentials is None:
        raise gone(profile, store.kind)
    shared = InFile(home, profile, credentials) if home is not None else None
    return Tokens(profile, credentials, shared=shared, transport=transport, clock=clock)


def gone(profile: Profile, kind: str) -> LoginRequired:
    """The error for a profile whose secrets are not where they were put."""
    return LoginRequired(
        Problem(
            "LOGIN_REQUIRED",
            f"The {kind} holds no sign-in for profile {profile.name!r}.",
            not_done="No request was sent.",
            next_step="A person signs in again: zcrm login --again",
            fix_by="person",
        )
    )
