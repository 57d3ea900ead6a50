"""`Org`: one signed-in connection to one org, which every operation hangs on."""

from __future__ import annotations

from dataclasses import dataclass

from zcrm_tools.http.session import Session
from zcrm_tools.metadata.catalogue import Catalogue
from zcrm_tools.models.grant import Profile


@dataclass(frozen=True, slots=True)
class Org:
    profile: Profile
    session: Session
    catalogue: Catalogue
