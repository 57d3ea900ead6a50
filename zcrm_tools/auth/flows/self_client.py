"""Signing in with a grant code made by hand in the API console's Self Client: no redirect, no browser here.

https://zoho.com/accounts/protocol/oauth/self-client/authorization-code-flow.html
"""

from __future__ import annotations

from pydantic import SecretStr

from zcrm_tools.auth import tokens
from zcrm_tools.errors import LoginRequired, Problem
from zcrm_tools.http.wire import Transport
from zcrm_tools.models.grant import Grant


async def sign_in(
    accounts_url: str,
    *,
    client_id: str,
    client_secret: SecretStr,
    code: SecretStr,
    transport: Transport | None = None,
) -> Grant:
    """The tokens for a pasted code. LoginRequired when it is used, expired, or brings no refresh token."""
    grant = await tokens.exchange(
        accounts_url,
        client_id=client_id.strip(),
        client_secret=SecretStr(client_secret.get_secret_value().strip()),
        code=SecretStr(code.get_secret_value().strip()),
        transport=transport,
    )
    if grant.refresh_token is None:
        raise LoginRequired(
            Problem(
                "NO_REFRESH_TOKEN",
                "Zoho gave an access token for an hour and no refresh token, so the sign-in would not last.",
                not_done="Nothing was saved.",
                next_step="Make a new code in the API console's Self Client tab and sign in again.",
                fix_by="person",
            )
        )
    return grant
