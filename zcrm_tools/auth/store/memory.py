"""Secrets for as long as this process lives."""

from __future__ import annotations

from zcrm_tools.models.grant import Credentials, Profile
from zcrm_tools.redact import NotPickled


class MemoryStore(NotPickled):
    kind = "memory"

    def __init__(self) -> None:
        self._credentials: dict[str, Credentials] = {}

    def load(self, profile: Profile) -> Credentials | None:
        return self._credentials.get(profile.identity)

    def save(self, profile: Profile, credentials: Credentials) -> None:
        self._credentials[profile.identity] = credentials

    def delete(self, profile: Profile) -> None:
        self._credentials.pop(profile.identity, None)
