"""Secrets for as long as this process lives."""

from __future__ import annotations

from zcrm_tools.auth.store.protocol import identity
from zcrm_tools.models.grant import Credentials, Grant, Profile


class MemoryStore:
    kind = "memory"

    def __init__(self) -> None:
        self._credentials: dict[str, Credentials] = {}
        self._grants: dict[str, Grant] = {}

    def load(self, profile: Profile) -> Credentials | None:
        return self._credentials.get(identity(profile))

    def save(self, profile: Profile, credentials: Credentials) -> None:
        self._credentials[identity(profile)] = credentials
        self._grants.pop(identity(profile), None)

    def delete(self, profile: Profile) -> None:
        self._credentials.pop(identity(profile), None)
        self._grants.pop(identity(profile), None)

    def load_grant(self, profile: Profile) -> Grant | None:
        return self._grants.get(identity(profile))

    def save_grant(self, profile: Profile, grant: Grant) -> None:
        self._grants[identity(profile)] = grant
