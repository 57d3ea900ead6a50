"""Sign-in without a person: a self client of the org asks in its own name, again for every token.

There is no refresh token. Which user the tokens act as is not documented; expected is whoever made the self client
(https://zoho.com/accounts/protocol/oauth/self-client/client-credentials-flow.html).
"""

from __future__ import annotations

from zcrm_tools.auth import tokens
from zcrm_tools.auth.flows.asked import Asked, SignedIn


async def sign_in(asked: Asked, *, soid: str) -> SignedIn:
    """`soid` is `ZohoCRM.` and the org's id. The profile keeps it, and tokens are asked for with it from now on."""
    grant = await tokens.client_credentials(
        asked.profile.accounts_url,
        client_id=asked.profile.client_id,
        client_secret=asked.client_secret,
        scopes=asked.scopes,
        soid=soid,
        transport=asked.transport,
    )
    return SignedIn(asked.profile.model_copy(update={"soid": soid}), grant)
