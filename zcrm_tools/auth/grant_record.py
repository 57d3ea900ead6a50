"""What the profiles file says of a sign-in's scopes, read and corrected while calls are made.

A sign-in from the environment has no entry there: what Zoho refuses is then remembered by the process alone.
"""

from __future__ import annotations

from pathlib import Path

from zcrm_tools import scopes
from zcrm_tools.auth import profiles
from zcrm_tools.models.grant import Profile
from zcrm_tools.scopes import Scope


class InProfile:
    """Of one identity: when the name has passed to another sign-in, that one's entry is left alone."""

    def __init__(self, home: Path, profile: Profile) -> None:
        self._home = home
        self._profile = profile

    def read(self) -> tuple[frozenset[Scope] | None, frozenset[Scope]]:
        found = self._entry() or self._profile
        return scopes.parse(found.scopes) or None, scopes.parse(found.refused)

    def refuse(self, one: Scope) -> None:
        found = self._entry()
        if found is not None and one not in scopes.parse(found.refused):
            named = f"{found.refused} {one}".strip()
            profiles.save(self._home, found.model_copy(update={"refused": named}))

    def _entry(self) -> Profile | None:
        found = profiles.load(self._home).get(self._profile.name)
        return found if found is not None and found.identity == self._profile.identity else None
