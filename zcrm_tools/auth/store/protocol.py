"""Where secrets are kept. Every store answers the same five verbs; all of them may block, so call them in a thread.

A profile's entries are keyed by its accounts host and client as well as its name: a profile file that is edited to
name another host finds nothing to send there.
"""

from __future__ import annotations

from typing import Protocol
from urllib.parse import urlsplit

from zcrm_tools.models.grant import Credentials, Grant, Profile


class CredentialStore(Protocol):
    """`kind` is what `zcrm status` calls it."""

    kind: str

    def load(self, profile: Profile) -> Credentials | None:
        """What was saved; None when there is nothing. Raises NotConfigured when the store cannot be used."""
        ...

    def save(self, profile: Profile, credentials: Credentials) -> None:
        """Keep them, and forget any access token of an earlier sign-in."""
        ...

    def delete(self, profile: Profile) -> None:
        """Forget everything of this profile. Deleting nothing is no error."""
        ...

    def load_grant(self, profile: Profile) -> Grant | None:
        """The access token last saved, stale or not."""
        ...

    def save_grant(self, profile: Profile, grant: Grant) -> None:
        """Share an access token with other processes, as Zoho gives only 10 in 10 minutes."""
        ...


def identity(profile: Profile) -> str:
    """What an entry belongs to."""
    return f"{profile.name}/{urlsplit(profile.accounts_url).netloc}/{profile.client_id}/{profile.environment}"
