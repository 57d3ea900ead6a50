"""What every flow is asked for, and what it brings. Flows print nothing: screens give them callbacks."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import SecretStr

from zcrm_tools.http.wire import Transport
from zcrm_tools.models.grant import Grant, Profile
from zcrm_tools.redact import NotPickled
from zcrm_tools.scopes import Scope


@dataclass(frozen=True, slots=True)
class Asked(NotPickled):
    """`ask_again` requests a new refresh token although this client may have had one: only when none is stored,
    because a user has twenty for a client and the oldest is dropped.
    """

    profile: Profile
    client_secret: SecretStr
    scopes: tuple[Scope, ...]
    ask_again: bool = True
    transport: Transport | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn(NotPickled):
    """The grant, and the profile as it turned out: the person may live in another data centre than was asked."""

    profile: Profile
    grant: Grant
