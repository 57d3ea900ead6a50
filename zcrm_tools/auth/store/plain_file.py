"""A sign-in in a plain file. Only on request, and said aloud at every start: whoever reads the file has the org."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from pydantic import SecretStr

from zcrm_tools.auth import private_file
from zcrm_tools.models.grant import Credentials, Profile

FOLDER = "plaintext"
_log = logging.getLogger(__name__)


class PlainFile:
    kind = "plaintext file"

    def __init__(self, home: Path) -> None:
        self._home = home

    def load(self, profile: Profile) -> Credentials | None:
        data = private_file.read(self._path(profile))
        if data is None:
            return None
        _log.warning("the sign-in of profile %r lies unencrypted in %s", profile.name, self._path(profile))
        try:
            kept = json.loads(data)
            secret, token = SecretStr(kept["client_secret"]), SecretStr(kept["refresh_token"])
        except (ValueError, KeyError, TypeError):
            raise private_file.damaged(self._path(profile)) from None
        return Credentials(client_id=profile.client_id, client_secret=secret, refresh_token=token)

    def save(self, profile: Profile, credentials: Credentials) -> None:
        kept = {
            "client_secret": credentials.client_secret.get_secret_value(),
            "refresh_token": credentials.refresh_token.get_secret_value(),
        }
        private_file.write(self._path(profile), json.dumps(kept).encode())

    def delete(self, profile: Profile) -> None:
        self._path(profile).unlink(missing_ok=True)

    def _path(self, profile: Profile) -> Path:
        return private_file.named(self._home / FOLDER, profile.identity)
