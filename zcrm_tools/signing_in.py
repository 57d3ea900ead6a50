"""Signing in, with any screen: the steps are here, what a person sees and types is the screen's.

A sign-in that is there and may do what is asked is left alone; one that lacks scopes is given those alone.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import Protocol

from pydantic import SecretStr

from zcrm_tools import datacenters, scopes
from zcrm_tools.auth import keeping, presets, private_file, profiles, signed_in, walkthrough
from zcrm_tools.auth.flows import browser, choice, client_credentials, device, paste, self_client, step_up
from zcrm_tools.auth.flows.asked import Asked, SignedIn
from zcrm_tools.auth.flows.choice import Flow
from zcrm_tools.auth.store import opening
from zcrm_tools.auth.store.protocol import CredentialStore
from zcrm_tools.endpoints import GET_ORG
from zcrm_tools.errors import LoginRequired, NotConfigured, Problem, ZcrmError
from zcrm_tools.http.session import Session
from zcrm_tools.models.grant import Profile
from zcrm_tools.scopes import Scope
from zcrm_tools.settings import Settings


class Screen(Protocol):
    """What a person sees and types. Hidden answers are secrets: they are neither echoed nor kept by the screen."""

    def say(self, text: str) -> None: ...

    def link(self, url: str) -> bool:
        """Show an address, and open it where that can be done; whether it was opened."""
        ...

    async def ask(self, question: str, *, hidden: bool = False, choices: tuple[str, ...] = ()) -> str: ...

    async def agrees(self, question: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted. Empty parts are found out or asked for; `store` None picks the best there is."""

    settings: Settings
    data_center: str = ""
    environment: str = ""
    client_id: str = ""
    scope_list: str = ""
    write: bool = False
    flow: Flow | None = None
    redirect_uri: str = browser.REDIRECT_URI
    again: bool = False
    store_name: str = ""
    store: CredentialStore | None = None

    @property
    def scopes(self) -> tuple[Scope, ...]:
        if self.scope_list:
            return tuple(sorted(scopes.parse(self.scope_list)))
        return presets.read_write() if self.write else presets.read_only()


async def sign_in(request: Request, screen: Screen) -> Profile:
    """The profile that is signed in when this returns. Raises AuthError or NotConfigured, saying what to do."""
    there = profiles.load(request.settings.home).get(request.settings.profile)
    if there is not None and not (request.again or request.client_id or request.data_center):
        if keeping.covers(there, request.scopes):
            screen.say(
                f"Already signed in as profile {there.name!r}, with all that is asked. To start anew: --again"
            )
            return there
        if there.redirect_uri and there.scopes:
            return await _step_up(request, there, screen)
        # No redirect, so a new code is needed: for what it had as well, or it would lose that.
        request = replace(request, scope_list=",".join(map(str, _with_those_of(there, request.scopes))))
    target = await _target(request, screen)
    target, store = _store(request, target)
    private_file.folder(request.settings.home)  # before anyone types a secret
    profile, secret = await _client(request, target, screen)
    signed, secret = await _run(request, profile, secret, screen, ask_again=request.again or there is None)
    kept = await keeping.keep(request.settings, store, signed, secret, request.scopes)
    screen.say(f"\nSigned in as profile {kept.name!r}. The secrets are in the {store.kind}.")
    if there and (why := keeping.drop(request.settings, there, kept, store)):
        screen.say(f"Those of the sign-in before it are still in the {there.store}: {why}")
    if store.kind == "plaintext file":
        screen.say("They lie there unencrypted: whoever reads that file has your CRM.")
    if not request.settings.named and (
        request.settings.refresh_token.get_secret_value() or request.settings.soid
    ):
        screen.say(
            f"ZCRM_REFRESH_TOKEN or ZCRM_SOID is set and counts more, unless you say --profile {kept.name}."
        )
    _tell_missing(kept, request.scopes, screen)
    await _verify(request.settings, kept, store, screen)
    return kept


async def _target(request: Request, screen: Screen) -> Profile:
    """The profile to be; an emulator's when its URLs are set."""
    settings = request.settings
    where = datacenters.environment(request.environment or settings.environment)
    client_id = request.client_id or settings.client_id
    if settings.api_url and settings.accounts_url and not request.data_center:
        return Profile(
            name=settings.profile,
            kind="emulator",
            accounts_url=settings.accounts_url,
            api_url=settings.api_url,
            environment=where,
            client_id=client_id,
        )
    dc = request.data_center or settings.data_center
    if not dc:
        screen.say(
            "Which data centre is your Zoho CRM in? The address in the browser says it: crm.zoho.eu is eu."
        )
        dc = await screen.ask("Data centre", choices=tuple(datacenters.DATA_CENTERS))
    return profiles.of_data_center(settings.profile, dc, where, client_id)


def _store(request: Request, target: Profile) -> tuple[Profile, CredentialStore]:
    """The store asked for, or the best there is, tried out before anyone types a secret; noted in the profile."""
    if request.store is not None:
        return target, request.store
    try:
        if request.store_name:
            name, store = opening.checked(request.store_name, request.settings)
        else:
            name, store = opening.choose(request.settings)
    except NotConfigured as error:
        text = walkthrough.without_a_store(error.problem.message, target, request.scopes)
        raise NotConfigured(Problem(error.problem.code, text, fix_by="person")) from None
    return target.model_copy(update={"store": name}), store


async def _client(request: Request, target: Profile, screen: Screen) -> tuple[Profile, SecretStr]:
    """Which flow, how to register for it, and the id and secret that come of it."""
    picked = choice.choose(choice.here())
    if request.flow is None:
        screen.say(f"Signing in by {picked.flow}: {picked.why}. Another way: --flow {picked.otherwise}.\n")
    flow = request.flow or picked.flow
    if flow == "browser" and not datacenters.is_loopback(request.redirect_uri):
        raise NotConfigured(_leads_elsewhere(request.redirect_uri))
    screen.say(walkthrough.registering(flow, target, request.scopes, request.redirect_uri))
    client_id = target.client_id or (await screen.ask("Client ID")).strip()
    secret = SecretStr((await screen.ask("Client secret (not shown)", hidden=True)).strip())
    return target.model_copy(update={"client_id": client_id}), secret


async def _run(
    request: Request, profile: Profile, secret: SecretStr, screen: Screen, *, ask_again: bool
) -> tuple[SignedIn, SecretStr]:
    """Run the flow; when its time was up, offer the next one with the same client."""
    picked = choice.choose(choice.here())
    flow = request.flow or picked.flow
    asked = Asked(profile, secret, request.scopes, ask_again)
    while True:
        try:
            return await _flow(flow, asked, request.redirect_uri, screen), secret
        except LoginRequired as failed:
            if failed.problem.code != "LOGIN_TIMED_OUT" or picked.otherwise == flow:
                raise
            screen.say(f"\n{failed.problem.message}")
            if not await screen.agrees(f"Go on by {picked.otherwise}?"):
                raise
            flow = picked.otherwise


async def _flow(flow: Flow, asked: Asked, redirect_uri: str, screen: Screen) -> SignedIn:
    if flow == "self-client":
        code = SecretStr(await screen.ask("Code (not shown)", hidden=True))
        grant = await self_client.sign_in(
            asked.profile.accounts_url,
            client_id=asked.profile.client_id,
            client_secret=asked.client_secret,
            code=code,
        )
        return SignedIn(asked.profile, grant)
    if flow == "client-credentials":
        org = (await screen.ask("Organisation id")).strip().removeprefix("ZohoCRM.")
        return await client_credentials.sign_in(asked, soid=f"ZohoCRM.{org}")
    if flow == "device":
        return await device.sign_in(asked, on_code=lambda code: screen.say(walkthrough.device_code(code)))
    if flow == "paste":
        signed = await paste.sign_in(
            asked,
            on_link=lambda url: _show(url, walkthrough.PASTE, screen),
            pasted=lambda: screen.ask("Address (not shown)", hidden=True),
            redirect_uri=redirect_uri,
        )
    else:
        signed = await browser.sign_in(
            asked, on_link=lambda url: _show(url, walkthrough.WAITING, screen), redirect_uri=redirect_uri
        )
    return SignedIn(signed.profile.model_copy(update={"redirect_uri": redirect_uri}), signed.grant)


def _leads_elsewhere(redirect_uri: str) -> Problem:
    return Problem(
        "BAD_REDIRECT_URI",
        f"The browser would not come back to this machine from {redirect_uri!r}.",
        not_done="Nothing was asked for.",
        next_step=f"Leave --redirect-uri out and register {browser.REDIRECT_URI}, or use `zcrm login --flow paste` with it.",
        fix_by="person",
    )


def _with_those_of(profile: Profile, wanted: tuple[Scope, ...]) -> tuple[Scope, ...]:
    return scopes.minimal((one,) for one in (*wanted, *scopes.parse(profile.scopes)))


def _show(url: str, then: str, screen: Screen) -> None:
    screen.link(url)
    screen.say(then)


async def _step_up(request: Request, profile: Profile, screen: Screen) -> Profile:
    """Ask the person for the missing scopes alone; the sign-in stays the one it is."""
    store = request.store or opening.of(profile, request.settings)
    credentials = store.load(profile)
    if credentials is None:
        raise signed_in.gone(profile, store.kind)
    added = keeping.lacking(profile, request.scopes)
    screen.say(f"Profile {profile.name!r} lacks {', '.join(map(str, added))}. Zoho asks for these alone.\n")
    screen.link(await step_up.link(profile, credentials, added, redirect_uri=profile.redirect_uri))
    await screen.ask("Press Enter when you have agreed")
    grant = await step_up.granted(profile, credentials)
    changed = await keeping.widen(request.settings, profile, credentials, grant, added)
    _tell_missing(changed, added, screen)
    return changed


def _tell_missing(profile: Profile, chosen: tuple[Scope, ...], screen: Screen) -> None:
    absent = keeping.lacking(profile, chosen)
    if absent:
        screen.say(f"It was granted without {', '.join(map(str, absent))}; what needs them will be refused.")


async def _verify(settings: Settings, target: Profile, store: CredentialStore, screen: Screen) -> None:
    """Ask Zoho for the organisation's name, if the grant covers that. The sign-in is kept either way."""
    again = f"zcrm status --profile {shlex.quote(target.name)}"
    if scopes.missing(scopes.parse(target.scopes), GET_ORG.scopes()):
        screen.say(f"The scopes do not cover asking for the organisation, so it was not tried. See: {again}")
        return
    session = Session(target.api_url, signed_in.open_tokens(target, store, home=settings.home))
    try:
        reply = await session.call(GET_ORG)
    except ZcrmError as error:
        screen.say(f"A first call was refused: {error}")
        return
    finally:
        await session.aclose()
    name = ((reply.body or {}).get("org") or [{}])[0].get("company_name") or "an organisation without a name"
    screen.say(f"Zoho CRM answers: {name}. See what the sign-in may do: {again}")
