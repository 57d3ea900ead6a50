"""Which store holds a profile's secrets. Chosen once, at login, written into the profile, and never changed silently."""

from __future__ import annotations

from typing import cast

from zcrm_tools.auth import profiles
from zcrm_tools.auth.store import keys
from zcrm_tools.auth.store.encrypted_file import EncryptedFile
from zcrm_tools.auth.store.env import EnvStore
from zcrm_tools.auth.store.os_keyring import OsKeyring
from zcrm_tools.auth.store.plain_file import PlainFile
from zcrm_tools.auth.store.protocol import CredentialStore
from zcrm_tools.errors import NotConfigured, Problem
from zcrm_tools.models.grant import Profile, StoreName
from zcrm_tools.settings import Settings


def choose(settings: Settings) -> tuple[StoreName, CredentialStore]:
    """For a new sign-in: the keyring when it works, else the encrypted file when a key is given.

    NotConfigured says why neither can be used, and how to make one usable; plaintext is never chosen here.
    """
    try:
        keyring = OsKeyring()
        keyring.check()
    except NotConfigured as without:
        source = keys.from_settings(settings)
        if source is None:
            raise _nowhere(without) from None
        sealed = EncryptedFile(settings.home, source)
        sealed.check()
        return "encrypted-file", sealed
    return "keyring", keyring


def checked(name: str, settings: Settings) -> tuple[StoreName, CredentialStore]:
    """The store a person asked for, when it works."""
    store = named(cast("StoreName", name), settings)
    if isinstance(store, OsKeyring | EncryptedFile):
        store.check()
    return cast("StoreName", name), store


def named(name: StoreName, settings: Settings) -> CredentialStore:
    """One store by its name; NotConfigured when it cannot be opened, or, without a key, when it is read."""
    match name:
        case "keyring":
            return OsKeyring()
        case "encrypted-file":
            return EncryptedFile(settings.home, keys.from_settings(settings))
        case "plaintext-file":
            return PlainFile(settings.home)


def of(profile: Profile, settings: Settings) -> CredentialStore:
    """The store that holds this profile's secrets."""
    return EnvStore(settings) if profiles.has_sign_in(settings) else named(profile.store, settings)


def _nowhere(without: NotConfigured) -> NotConfigured:
    return NotConfigured(
        Problem(
            "NO_STORE",
            f"There is no safe place for the sign-in: {without.problem.message}",
            not_done="Nothing was saved.",
            next_step=(
                "Unlock the credential service; or set ZCRM_KEY_FILE or ZCRM_PASSPHRASE to use an encrypted file; or "
                "give the sign-in to each run by ZCRM_DATA_CENTER, ZCRM_CLIENT_ID, ZCRM_CLIENT_SECRET and "
                "ZCRM_REFRESH_TOKEN, from your platform's secret store."
            ),
            fix_by="person",
        )
    )
