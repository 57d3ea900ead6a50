"""What the org said of itself last time, read from disk: no network, no keyring, no clock. For hints only.

    pin = read(settings)                        # of the profile that the settings mean; None when nothing is known
    pin.modules                                 # API name → ModuleInfo, in Zoho's order
    pin.fields("Leads")                         # API name → FieldInfo; empty for a module that was never asked about
    pin.labels("Leads")                         # API name → label
    pin.choices("Leads", "Lead_Source")         # display values of a picklist, in order; () when not known
    pin.stages("Deals")                         # display values of every pipeline's stages, in order
    pin.pipelines("Deals"), pin.users, pin.org  # as the catalogue gives them; users by id, org None when not known

It may be months old and lack what nobody has asked for yet, so it suggests (descriptions of tools, completions, skills)
and never refuses. The catalogue of a connection (`crm.org.catalogue`) is the authority.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from zcrm_tools.auth import profiles
from zcrm_tools.errors import ZcrmError
from zcrm_tools.metadata import kinds
from zcrm_tools.metadata.kept import Kept
from zcrm_tools.metadata.kinds import Fields, Kind
from zcrm_tools.models.grant import Profile
from zcrm_tools.models.metadata import ModuleInfo, OrgInfo, Pipeline, User
from zcrm_tools.settings import Settings

T = TypeVar("T")


def read(settings: Settings) -> Pin | None:
    """Of the profile that the settings mean; None for the demo org, without a sign-in, and when nothing is kept."""
    if settings.demo:
        return None
    try:
        profile = profiles.resolve(settings)
    except ZcrmError:
        return None  # whoever connects is told what is wrong; a hint has nothing to add
    return of(settings.home, profile)


def of(home: Path, profile: Profile) -> Pin | None:
    kept = Kept(home, profile.identity, since=profile.since)
    return Pin(kept) if kept.answers() else None


class Pin:
    """Reads each answer when it is first wanted, once."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._fields: dict[str, Fields] = {}

    @cached_property
    def modules(self) -> Mapping[str, ModuleInfo]:
        return self._read(kinds.MODULES) or {}

    @cached_property
    def users(self) -> Mapping[str, User]:
        return self._read(kinds.USERS) or {}

    @cached_property
    def org(self) -> OrgInfo | None:
        return self._read(kinds.ORG)

    def fields(self, module: str) -> Fields:
        if module not in self._fields:
            self._fields[module] = self._read(kinds.FIELDS, module) or {}
        return self._fields[module]

    def labels(self, module: str) -> Mapping[str, str]:
        return {name: info.label for name, info in self.fields(module).items()}

    def choices(self, module: str, field: str) -> tuple[str, ...]:
        info = self.fields(module).get(field)
        return tuple(choice.display for choice in info.offered) if info else ()

    def pipelines(self, module: str = "Deals") -> tuple[Pipeline, ...]:
        return self._read(kinds.PIPELINES, module) or ()

    def stages(self, module: str = "Deals") -> tuple[str, ...]:
        """Of the pipelines, or the picklist's where those were never asked for."""
        found = [stage.display for pipeline in self.pipelines(module) for stage in pipeline.stages]
        return tuple(dict.fromkeys(found)) or self.choices(module, "Stage")

    def _read(self, kind: Kind[T], module: str = "") -> T | None:
        found = kind.read(self._kept, kind.key(module))
        return None if found is None else found.body
