"""The two halves of a sign-in by redirect: the address a person opens, and what comes back in the browser.

Between them may be a listening port (`browser`), a person's clipboard (`paste`) or a web application's own page.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from zcrm_tools.auth import consent, profiles, tokens
from zcrm_tools.auth.flows.asked import Asked, SignedIn
from zcrm_tools.datacenters import DATA_CENTERS
from zcrm_tools.errors import LoginRequired, Problem
from zcrm_tools.models.grant import Grant, Profile
from zcrm_tools.redact import NotPickled


@dataclass(frozen=True, slots=True)
class Begun(NotPickled):
    """A sign-in that waits for its redirect. Holds the verifier, so keep it on the side that began."""

    asked: Asked
    redirect_uri: str
    url: str
    state: str
    verifier: SecretStr


def begin(asked: Asked, redirect_uri: str) -> Begun:
    """Make the address to open. `redirect_uri` must be registered, letter for letter, in the API console."""
    state, challenge = consent.new_state(), consent.new_challenge()
    url = consent.authorization_url(
        asked.profile.accounts_url,
        asked.profile.client_id,
        asked.scopes,
        redirect_uri,
        state=state,
        challenge=challenge.challenge,
        ask_again=asked.ask_again,
    )
    return Begun(asked, redirect_uri, url, state, challenge.verifier)


async def finish(begun: Begun, came_back: str) -> SignedIn:
    """Trade the code in the address that the browser was sent to.

    Raises LoginRequired when the person declined, AuthError when the address answers another sign-in, names a host
    that is not Zoho's, or has no code; and what `tokens.exchange` raises.
    """
    asked = begun.asked
    emulator = asked.profile.accounts_url if asked.profile.kind == "emulator" else ""
    answer = consent.read_callback(came_back, state=begun.state, emulator=emulator)
    profile = at_server(asked.profile, answer.accounts_server)
    grant = await tokens.exchange(
        profile.accounts_url,
        client_id=profile.client_id,
        client_secret=asked.client_secret,
        code=answer.code,
        redirect_uri=begun.redirect_uri,
        verifier=begun.verifier,
        transport=asked.transport,
    )
    return SignedIn(profile, with_refresh_token(grant))


def at_server(profile: Profile, accounts_server: str) -> Profile:
    """The profile in the data centre that the answer came from; as it was when that said nothing."""
    if not accounts_server or accounts_server == profile.accounts_url:
        return profile
    dc = next(dc for dc in DATA_CENTERS.values() if dc.accounts == accounts_server)
    moved = profiles.of_data_center(profile.name, dc.code, profile.environment, profile.client_id)
    return moved.model_copy(update={"store": profile.store, "scopes": profile.scopes})


def with_refresh_token(grant: Grant) -> Grant:
    """Without one the sign-in would end in an hour, and the reason would be hard to see then."""
    if grant.refresh_token is not None:
        return grant
    raise LoginRequired(
        Problem(
            "NO_REFRESH_TOKEN",
            "Zoho gave an access token but no refresh token: this client had one for you before.",
            not_done="Nothing was saved.",
            next_step="Sign in again with `zcrm login --again`, which asks for a new one.",
            fix_by="person",
        )
    )
