"""A sign-in in a file of its own, sealed with AES-256-GCM, for machines without a credential service.

The key never lies beside the file: it comes from the environment, a key file elsewhere, or a passphrase.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

from pydantic import SecretStr

from zcrm_tools.auth import private_file, sealing
from zcrm_tools.auth.store.keys import KeySource, Passphrase
from zcrm_tools.errors import NotConfigured, Problem
from zcrm_tools.models.grant import Credentials, Profile

FOLDER = "secrets"
_SALT = 16


class EncryptedFile:
    kind = "encrypted file"

    def __init__(self, home: Path, source: KeySource | None) -> None:
        """Without a source nothing can be read or written, but still be deleted."""
        self._home = home
        self._source = source

    def check(self) -> None:
        """NotConfigured when there is no key, or what was given is none."""
        source = self._given()
        if not isinstance(source, Passphrase):  # any text is one, and stretching it takes a while
            source.key(b"")

    def load(self, profile: Profile) -> Credentials | None:
        self.check()
        data = private_file.read(self._path(profile))
        if data is None:
            return None
        try:
            body = json.loads(data)
            salt, sealed = base64.b64decode(body["salt"]), body["sealed"]
        except (ValueError, KeyError, TypeError):
            raise private_file.damaged(self._path(profile)) from None
        kept = sealing.unseal(self._given().key(salt), profile.identity, sealed)
        return Credentials(
            client_id=profile.client_id,
            client_secret=SecretStr(kept["client_secret"]),
            refresh_token=SecretStr(kept["refresh_token"]),
        )

    def save(self, profile: Profile, credentials: Credentials) -> None:
        """A new salt each time, so that the same passphrase never makes the same key twice."""
        salt = os.urandom(_SALT)
        kept = {
            "client_secret": credentials.client_secret.get_secret_value(),
            "refresh_token": credentials.refresh_token.get_secret_value(),
        }
        sealed = sealing.seal(self._given().key(salt), profile.identity, kept)
        body = {"version": sealing.VERSION, "salt": base64.b64encode(salt).decode(), "sealed": sealed}
        private_file.write(self._path(profile), json.dumps(body).encode())

    def delete(self, profile: Profile) -> None:
        self._path(profile).unlink(missing_ok=True)

    def _given(self) -> KeySource:
        if self._source is None:
            raise NotConfigured(
                Problem(
                    "NO_KEY",
                    "This sign-in is in an encrypted file, and no key is given.",
                    not_done="Nothing was read.",
                    next_step="Set the ZCRM_KEY, ZCRM_KEY_FILE or ZCRM_PASSPHRASE it was sealed with.",
                    fix_by="person",
                )
            )
        return self._source

    def _path(self, profile: Profile) -> Path:
        return private_file.named(self._home / FOLDER, profile.identity)
