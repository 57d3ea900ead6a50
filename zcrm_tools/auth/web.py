"""Sign-in for a web application with a redirect address of its own: make the link, then trade what came back.

    begun = zcrm_tools.authorization_url(client_id=…, redirect_uri="https://app.example.com/zoho", scopes="ZohoCRM.modules.leads.READ")
    session["zoho"] = begun.kept                   # on the server's side, for this person's browser alone
    return redirect(begun.url)
    …
    signed_in = await zcrm_tools.exchange(str(request.url), kept=session.pop("zoho"), client_secret=…)
    signed_in.grant.refresh_token                  # keep it like a password; signed_in.profile says which data centre

The client is of the type server-based, from Zoho's API console. Afterwards `open_client(Settings(…))` connects with the
refresh token, as it does with one from the environment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from zcrm_tools import datacenters
from zcrm_tools import scopes as scope_values
from zcrm_tools.auth import profiles
from zcrm_tools.auth.flows.asked import Asked, SignedIn
from zcrm_tools.auth.flows.redirect import Begun, begin, finish
from zcrm_tools.datacenters import Environment
from zcrm_tools.errors import InvalidInput, Problem
from zcrm_tools.http.wire import Transport
from zcrm_tools.models.grant import Profile
from zcrm_tools.redact import NotPickled
from zcrm_tools.scopes import Scope


@dataclass(frozen=True, slots=True)
class Authorization(NotPickled):
    """`url` is where to send the person. `state` and `verifier` belong into their session: nobody else may see them."""

    url: str
    state: str
    verifier: SecretStr
    client_id: str
    redirect_uri: str
    data_center: str
    environment: Environment
    emulator: str

    @property
    def kept(self) -> dict[str, str]:
        """What `exchange` needs, as plain text for a session that the server keeps (not a cookie that can be read)."""
        return {
            "state": self.state,
            "verifier": self.verifier.get_secret_value(),
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "data_center": self.data_center,
            "environment": self.environment,
            "emulator": self.emulator,
        }


def authorization_url(
    *,
    client_id: str,
    redirect_uri: str,
    scopes: str | Iterable[Scope],
    data_center: str = "us",
    environment: str = "production",
    ask_again: bool = False,
    emulator: str = "",
) -> Authorization:
    """Begin. `redirect_uri` is https and registered, letter for letter.

    Start in any data centre: the answer says where the person lives. `ask_again` when you hold no refresh token of this
    person although they agreed once; each costs one of their twenty. `emulator` is an emulator's URL, for tests.
    Raises InvalidInput for an address or a scope that cannot be.
    """
    if not _may_come_back(redirect_uri):
        raise InvalidInput(
            Problem(
                "BAD_REDIRECT_URI",
                f"{redirect_uri!r} cannot be a web application's redirect address.",
                next_step="Use an https address without a fragment, as registered in the API console.",
            )
        )
    try:
        wanted = tuple(sorted(scope_values.parse(scopes))) if isinstance(scopes, str) else tuple(scopes)
    except ValueError as error:
        raise InvalidInput(Problem("BAD_SCOPES", f"{error}.", next_step="Correct the list.")) from None
    where = datacenters.environment(environment)
    profile = _profile(client_id, data_center, where, emulator)
    begun = begin(Asked(profile, SecretStr(""), wanted, ask_again), redirect_uri)
    return Authorization(
        begun.url, begun.state, begun.verifier, client_id, redirect_uri, data_center, where, emulator
    )


async def exchange(
    callback_url: str,
    *,
    kept: Mapping[str, str],
    client_secret: str | SecretStr,
    transport: Transport | None = None,
) -> SignedIn:
    """Finish. `kept` is this person's `Authorization.kept`; take it out of the session, as it is good once.

    Raises LoginRequired when the person declined, the code was used or a minute old, or no refresh token came;
    AuthError when the address answers another sign-in or names a host that is not Zoho's; ClientRejected.
    """
    where = datacenters.environment(kept["environment"])
    profile = _profile(kept["client_id"], kept["data_center"], where, kept.get("emulator", ""))
    secret = client_secret if isinstance(client_secret, SecretStr) else SecretStr(client_secret)
    asked = Asked(profile, secret, (), transport=transport)
    begun = Begun(asked, kept["redirect_uri"], "", kept["state"], SecretStr(kept["verifier"]))
    signed_in = await finish(begun, callback_url)
    named = signed_in.profile.model_copy(
        update={"scopes": signed_in.grant.scopes, "redirect_uri": begun.redirect_uri}
    )
    return SignedIn(named, signed_in.grant)


def _profile(client_id: str, data_center: str, environment: Environment, emulator: str) -> Profile:
    if not emulator:
        return profiles.of_data_center("web", data_center, environment, client_id)
    found = Profile(
        name="web",
        kind="emulator",
        accounts_url=emulator,
        api_url=emulator,
        environment=environment,
        client_id=client_id,
    )
    profiles.check_hosts(found)
    return found


def _may_come_back(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    if parts.fragment or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and datacenters.is_loopback(uri))
