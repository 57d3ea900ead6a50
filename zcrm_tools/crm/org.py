"""`Org`: one signed-in connection to one org, which every operation hangs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zcrm_tools.metadata.catalogue import Catalogue
from zcrm_tools.models.grant import Profile
from zcrm_tools.settings import KEY_FIELD

if TYPE_CHECKING:  # to list tools loads no HTTP client
    from zcrm_tools.http.session import Session


@dataclass(frozen=True, slots=True)
class Org:
    profile: Profile
    session: Session
    catalogue: Catalogue
    key_field: str = KEY_FIELD
    """Where creates leave a key, in the modules that have such a field (`intents`); "" for nowhere."""
