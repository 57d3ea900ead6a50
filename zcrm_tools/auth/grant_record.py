"""What the profiles file says of a sign-in's scopes, read and corrected while calls are made.

A sign-in from the environment has no entry there: what Zoho refuses is then remembered by the process alone.
"""

from __future__ import annotations

import logging
from pathlib import Path

from zcrm_tools import scopes
from zcrm_tools.auth import profiles
from zcrm_tools.errors import ZcrmError
from zcrm_tools.models.grant import Profile
from zcrm_tools.scopes import Scope

_log = logging.getLogger(__name__)


class InProfile:
    """Of one identity: when the name has passed to another sign-in, that one's entry is left alone."""

    def __init__(self, home: Path, profile: Profile) -> None:
        self._home = home
        self._profile = profile
        self._unwritten: frozenset[Scope] = frozenset()

    def read(self) -> tuple[frozenset[Scope] | None, frozenset[Scope]]:
        found = self._entry() or self._profile
        return scopes.parse(found.scopes) or None, scopes.parse(found.refused) | self._unwritten

    def refuse(self, one: Scope) -> None:
        """Where the file cannot be written, as in some containers, this process alone remembers it."""

        def noted(profile: Profile) -> Profile:
            refused = sorted({str(one), *profile.refused.split()})
            return profile.model_copy(update={"refused": " ".join(refused)})

        try:
            profiles.change(self._home, self._profile, noted)
        except (OSError, ZcrmError) as error:
            self._unwritten |= {one}
            _log.warning("that Zoho refuses %s could not be noted: %s", one, error)

    def _entry(self) -> Profile | None:
        found = profiles.load(self._home).get(self._profile.name)
        return found if found is not None and found.identity == self._profile.identity else None
