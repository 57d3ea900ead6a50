"""More scopes for the same sign-in: Zoho adds them to the refresh token that is there, and asks the person for the new ones alone.

A fresh sign-in instead would take one of a user's twenty refresh tokens and end the oldest
(https://zoho.com/accounts/protocol/oauth/incremental-auth/initiation-request.html).
"""

from __future__ import annotations

from urllib.parse import urlencode

from zcrm_tools.auth import tokens
from zcrm_tools.auth.flows.browser import REDIRECT_URI
from zcrm_tools.http.hosts import pinned
from zcrm_tools.http.wire import Transport
from zcrm_tools.models.grant import Credentials, Grant, Profile
from zcrm_tools.scopes import Scope


async def link(
    profile: Profile,
    credentials: Credentials,
    added: tuple[Scope, ...],
    *,
    redirect_uri: str = REDIRECT_URI,
    transport: Transport | None = None,
) -> str:
    """The address where the person agrees to the added scopes. It holds a short-lived token: show it to nobody else."""
    token = await tokens.enhancement_token(profile.accounts_url, credentials, transport=transport)
    query = {
        "response_type": "update_scopes",
        "client_id": profile.client_id,
        "redirect_uri": redirect_uri,
        "scope": ",".join(map(str, added)),
        "enhance_token": token.get_secret_value(),
        "logout": "false",
    }
    return f"{pinned(profile.accounts_url, 'accounts')}/oauth/v2/token/addextrascope?{urlencode(query)}"


async def granted(profile: Profile, credentials: Credentials, *, transport: Transport | None = None) -> Grant:
    """A token with what the sign-in may do now; its `scopes` are empty when the reply names none."""
    return await tokens.refresh(profile.accounts_url, credentials, transport=transport)
