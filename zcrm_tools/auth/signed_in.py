"""From settings to tokens: which store holds a profile's secrets, and a token source made from them."""

from __future__ import annotations

from zcrm_tools.auth import profiles
from zcrm_tools.auth.clock import Clock
from zcrm_tools.auth.refresh import Tokens
from zcrm_tools.auth.store.env import EnvStore
from zcrm_tools.auth.store.os_keyring import OsKeyring
from zcrm_tools.auth.store.protocol import CredentialStore
from zcrm_tools.errors import LoginRequired, Problem
from zcrm_tools.http.wire import Transport
from zcrm_tools.models.grant import Profile
from zcrm_tools.settings import Settings


def open_store(settings: Settings) -> CredentialStore:
    """The environment when it holds a whole sign-in, else the operating system's store (NotConfigured without one)."""
    return EnvStore(settings) if profiles.has_sign_in(settings) else OsKeyring()


def open_tokens(
    profile: Profile,
    store: CredentialStore,
    *,
    transport: Transport | None = None,
    clock: Clock | None = None,
) -> Tokens:
    """A token source for a signed-in profile. Reads the store, sends nothing. LoginRequired when it is empty."""
    credentials = store.load(profile)
    if credentials is None:
        raise LoginRequired(
            Problem(
                "LOGIN_REQUIRED",
                f"The {store.kind} holds no sign-in for profile {profile.name!r}.",
                not_done="No request was sent.",
                next_step="A person signs in again: zcrm login",
                fix_by="person",
            )
        )
    return Tokens(profile, credentials, store=store, transport=transport, clock=clock)
