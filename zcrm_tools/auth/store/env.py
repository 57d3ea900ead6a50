"""A whole sign-in from environment variables, for containers and CI: read, never written."""

from __future__ import annotations

from zcrm_tools.errors import NotConfigured, Problem
from zcrm_tools.models.grant import Credentials, Profile
from zcrm_tools.redact import NotPickled
from zcrm_tools.settings import Settings


class EnvStore(NotPickled):
    kind = "environment"

    def __init__(self, settings: Settings) -> None:
        self._credentials = Credentials(
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            refresh_token=settings.refresh_token,
        )

    def load(self, profile: Profile) -> Credentials | None:
        return self._credentials if profile.client_id == self._credentials.client_id else None

    def save(self, profile: Profile, credentials: Credentials) -> None:  # noqa: ARG002
        raise _read_only()

    def delete(self, profile: Profile) -> None:  # noqa: ARG002
        raise _read_only()


def _read_only() -> NotConfigured:
    return NotConfigured(
        Problem(
            "READ_ONLY_STORE",
            "This sign-in comes from environment variables, which cannot be changed from here.",
            next_step="Unset ZCRM_CLIENT_ID, ZCRM_CLIENT_SECRET and ZCRM_REFRESH_TOKEN (or ZCRM_SOID) where they are set.",
            fix_by="person",
        )
    )
