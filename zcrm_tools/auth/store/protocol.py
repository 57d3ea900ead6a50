"""Where secrets are kept. Every store answers the same three verbs; all of them may block, so call them in a thread.

A profile's entries are keyed by its accounts host and client as well as its name: a profile file that is edited to
name another host finds nothing to send there.
"""

from __future__ import annotations

from typing import Protocol

from zcrm_tools.models.grant import Credentials, Profile


class CredentialStore(Protocol):
    """`kind` is what `zcrm status` calls it."""

    kind: str

    def load(self, profile: Profile) -> Credentials | None:
        """What was saved; None when there is nothing. Raises NotConfigured when the store cannot be used."""
        ...

    def save(self, profile: Profile, credentials: Credentials) -> None: ...

    def delete(self, profile: Profile) -> None:
        """Forget everything of this profile. Deleting nothing is no error."""
        ...
