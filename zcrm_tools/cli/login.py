"""`zcrm login`: sign in by the flow that fits this place, and keep it where it is safe."""

from __future__ import annotations

import asyncio
import shlex
import webbrowser
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
from pydantic import SecretStr

from zcrm_tools.cli import options, walkthrough
from zcrm_tools.errors import LoginRequired, NotConfigured, ZcrmError

if TYPE_CHECKING:
    from zcrm_tools.auth.flows.asked import Asked, SignedIn
    from zcrm_tools.auth.flows.choice import Flow
    from zcrm_tools.auth.flows.device import Code
    from zcrm_tools.auth.store.protocol import CredentialStore
    from zcrm_tools.models.grant import Profile, StoreName
    from zcrm_tools.scopes import Scope
    from zcrm_tools.settings import Settings

FLOWS = ("browser", "paste", "self-client", "client-credentials", "device")
STORES = ("keyring", "encrypted-file", "plaintext-file")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the command line asks for, made whole."""

    settings: Settings
    profile: Profile
    store: CredentialStore
    scopes: tuple[Scope, ...]
    redirect_uri: str
    again: bool


@click.command("login")
@click.option("--data-center", default="", metavar="DC", help="us, eu, in, au, jp, cn, ca, sa, uk or ae.")
@click.option("--environment", default="", metavar="NAME", help="production (default), sandbox or developer.")
@click.option("--client-id", default="", help="From the API console; asked for when left out.")
@click.option("--scopes", "scope_list", default="", metavar="A,B", help="A scope list of your own.")
@click.option("--write/--read-only", default=False, help="Which scopes to ask for; read-only is the default.")
@click.option("--flow", type=click.Choice(FLOWS), help="How to sign in; chosen by where this runs.")
@click.option("--redirect-uri", default="", metavar="URL", help="As registered with the client.")
@click.option("--again", is_flag=True, help="Ask for a new sign-in although there is one.")
@click.option(
    "--store", "store_name", type=click.Choice(STORES), help="Where to keep it; the keyring if it works."
)
@options.profile
@click.pass_obj
def command(
    store: CredentialStore | None,
    data_center: str,
    environment: str,
    client_id: str,
    scope_list: str,
    flow: Flow | None,
    redirect_uri: str,
    store_name: str | None,
    profile: str,
    *,
    write: bool,
    again: bool,
) -> None:
    """Sign in to Zoho CRM. Nothing secret is printed, and nothing secret is written to a plain file.

    A sign-in that is there and may do what is asked is left alone. One that lacks scopes is given those alone.
    """
    from zcrm_tools.auth import keeping, profiles
    from zcrm_tools.auth.flows.browser import REDIRECT_URI

    settings = options.settings(profile=profile)
    chosen = _scopes(scope_list, write=write)
    there = profiles.load(settings.home).get(settings.profile)
    if there is not None and not (again or client_id or data_center):
        if keeping.covers(there, chosen):
            click.echo(
                f"Already signed in as profile {there.name!r}, with all that is asked. --again starts anew."
            )
            return
        if there.redirect_uri and there.scopes:
            _step_up(settings, there, store, keeping.lacking(there, chosen))
            return
    target = _target(settings, data_center, environment, client_id)
    name, kept_in = _store(settings, target, chosen, store, store_name)
    target = target.model_copy(update={"store": name})
    wanted = _Wanted(settings, target, kept_in, chosen, redirect_uri or REDIRECT_URI, again or there is None)
    _sign_in(wanted, flow or _flow())
    if store_name == "plaintext-file":
        click.echo("The secrets lie there unencrypted: whoever reads that file has your CRM.", err=True)


def _flow() -> Flow:
    """The one that fits, said with its reason."""
    from zcrm_tools.auth.flows import choice

    picked = choice.choose(choice.here())
    click.echo(f"Signing in by {picked.flow}: {picked.why}. Another way: --flow {picked.otherwise}.\n")
    return picked.flow


def _sign_in(wanted: _Wanted, flow: Flow) -> None:
    """Register, run the flow, keep. When the time was up, the next flow is offered with the same client."""
    from zcrm_tools.auth import keeping
    from zcrm_tools.auth.flows import choice
    from zcrm_tools.auth.flows.asked import Asked

    profile = wanted.profile
    click.echo(walkthrough.registering(flow, profile, wanted.scopes, wanted.redirect_uri))
    if not profile.client_id:
        profile = profile.model_copy(update={"client_id": click.prompt("Client ID").strip()})
    secret = SecretStr(click.prompt("Client secret (not shown)", hide_input=True).strip())
    asked = Asked(profile, secret, wanted.scopes, wanted.again)
    while True:
        try:
            signed_in = asyncio.run(_run(flow, asked, wanted.redirect_uri))
            break
        except LoginRequired as failed:
            otherwise = choice.choose(choice.here()).otherwise
            if failed.problem.code != "LOGIN_TIMED_OUT" or otherwise == flow:
                raise
            click.echo(f"\n{failed.problem.message}")
            if not click.confirm(f"Go on by {otherwise}?", default=True):
                raise
            flow = otherwise
    profile = asyncio.run(keeping.keep(wanted.settings, wanted.store, signed_in, secret, wanted.scopes))
    click.echo(f"\nSigned in as profile {profile.name!r}. The secrets are in the {wanted.store.kind}.")
    _tell_missing(profile, wanted.scopes)
    _verify(wanted.settings, profile, wanted.store)


async def _run(flow: Flow, asked: Asked, redirect_uri: str) -> SignedIn:
    """One flow, with this terminal as its screen."""
    from zcrm_tools.auth.flows import browser, client_credentials, device, paste, self_client
    from zcrm_tools.auth.flows.asked import SignedIn

    if flow == "self-client":
        code = SecretStr(click.prompt("Code (not shown)", hide_input=True))
        grant = await self_client.sign_in(
            asked.profile.accounts_url,
            client_id=asked.profile.client_id,
            client_secret=asked.client_secret,
            code=code,
        )
        return SignedIn(asked.profile, grant)
    if flow == "client-credentials":
        org = click.prompt("Organisation id").strip().removeprefix("ZohoCRM.")
        return await client_credentials.sign_in(asked, soid=f"ZohoCRM.{org}")
    if flow == "device":
        return await device.sign_in(asked, on_code=_show_code)
    if flow == "paste":
        signed_in = await paste.sign_in(asked, on_link=_show_link, pasted=_pasted, redirect_uri=redirect_uri)
    else:
        signed_in = await browser.sign_in(asked, on_link=_open_link, redirect_uri=redirect_uri)
    with_address = signed_in.profile.model_copy(update={"redirect_uri": redirect_uri})
    return SignedIn(with_address, signed_in.grant)


def _open_link(url: str) -> None:
    opened = webbrowser.open(url)
    click.echo("The browser shows Zoho's page." if opened else "Open this page in your browser:")
    click.echo(f"\n{url}\n\nWaiting for your answer (five minutes; Ctrl-C ends it).")


def _show_link(url: str) -> None:
    click.echo(f"Open this page in your browser and agree:\n\n{url}\n")
    click.echo(
        "You then land on a page that does not load: that is meant. Copy its whole address from the address bar."
    )
    click.echo("The code in it lives about a minute, so paste it at once.\n")


async def _pasted() -> str:
    """In a thread, so that Ctrl-C reaches the loop; hidden, because the address holds the code."""
    return await asyncio.to_thread(click.prompt, "Address (not shown)", hide_input=True)


def _show_code(code: Code) -> None:
    minutes = int(code.life.total_seconds() // 60)
    click.echo(f"On another device open {code.verification_url} and type:\n\n    {code.user_code}\n")
    click.echo(
        f"Only if you started this yourself. It is good for {minutes} minutes; Zoho is asked every 30 seconds."
    )


def _step_up(
    settings: Settings, profile: Profile, given: CredentialStore | None, added: tuple[Scope, ...]
) -> None:
    """Ask the person for the missing scopes alone; the sign-in stays the one it is."""
    from zcrm_tools.auth import profiles, sharing, signed_in
    from zcrm_tools.auth.flows import step_up
    from zcrm_tools.auth.store import opening

    credentials = (given or opening.of(profile, settings)).load(profile)
    if credentials is None:
        raise signed_in.gone(profile, (given or opening.of(profile, settings)).kind)
    click.echo(f"Profile {profile.name!r} lacks {', '.join(map(str, added))}. Zoho asks for these alone.\n")
    url = asyncio.run(step_up.link(profile, credentials, added, redirect_uri=profile.redirect_uri))
    click.echo(f"Open this page in your browser and agree:\n\n{url}\n")
    webbrowser.open(url)
    click.prompt("Press Enter when you have agreed", default="", show_default=False)
    now = asyncio.run(step_up.granted(profile, credentials))
    if not now:
        now = f"{profile.scopes} {' '.join(map(str, added))}"
    profiles.save(settings.home, profile.model_copy(update={"scopes": now}))
    sharing.forget(settings.home, profile)  # tokens made before do not have the new scopes
    _tell_missing(profile.model_copy(update={"scopes": now}), added)
    click.echo(f"Profile {profile.name!r} has its scopes: zcrm status shows them.")


def _scopes(wanted: str, *, write: bool) -> tuple[Scope, ...]:
    from zcrm_tools import scopes
    from zcrm_tools.auth import presets

    if not wanted:
        return presets.read_write() if write else presets.read_only()
    try:
        return tuple(sorted(scopes.parse(wanted)))
    except ValueError as error:
        raise click.UsageError(f"--scopes: {error}.") from None


def _target(settings: Settings, data_center: str, environment: str, client_id: str) -> Profile:
    """The profile to be; an emulator's when its URLs are set."""
    from zcrm_tools import datacenters
    from zcrm_tools.auth import profiles
    from zcrm_tools.models.grant import Profile

    where = datacenters.environment(environment or settings.environment)
    client_id = client_id or settings.client_id
    if settings.api_url and settings.accounts_url and not data_center:
        return Profile(
            name=settings.profile,
            kind="emulator",
            accounts_url=settings.accounts_url,
            api_url=settings.api_url,
            environment=where,
            client_id=client_id,
        )
    dc = data_center or settings.data_center
    if not dc:
        click.echo(
            "Which data centre is your Zoho CRM in? The address in the browser says it: crm.zoho.eu is eu."
        )
        dc = click.prompt("Data centre", type=click.Choice(list(datacenters.DATA_CENTERS)))
    return profiles.of_data_center(settings.profile, dc, where, client_id)


def _store(
    settings: Settings,
    target: Profile,
    chosen: tuple[Scope, ...],
    given: CredentialStore | None,
    name: str | None,
) -> tuple[StoreName, CredentialStore]:
    """The store asked for, or the best there is, tried out before anyone types a secret."""
    from zcrm_tools.auth.store import opening

    if given is not None:
        return target.store, given
    try:
        return opening.checked(name, settings) if name else opening.choose(settings)
    except NotConfigured as error:
        text = walkthrough.without_a_store(error.problem.message, target, chosen)
        raise click.ClickException(text) from None


def _tell_missing(profile: Profile, chosen: tuple[Scope, ...]) -> None:
    from zcrm_tools.auth import keeping

    absent = keeping.lacking(profile, chosen)
    if absent:
        click.echo(f"It was granted without {', '.join(map(str, absent))}; what needs them will be refused.")


def _verify(settings: Settings, target: Profile, store: CredentialStore) -> None:
    """Ask Zoho for the organisation's name, if the grant covers that. The sign-in is kept either way."""
    from zcrm_tools import scopes
    from zcrm_tools.endpoints import GET_ORG

    again = f"zcrm status --profile {shlex.quote(target.name)}"
    if scopes.missing(scopes.parse(target.scopes), GET_ORG.scopes()):
        click.echo(f"The scopes do not cover asking for the organisation, so it was not tried. See: {again}")
        return
    try:
        name = asyncio.run(_organisation(settings, target, store))
    except ZcrmError as error:
        click.echo(f"A first call was refused: {error}", err=True)
        return
    click.echo(f"Zoho CRM answers: {name}. See what the sign-in may do: {again}")


async def _organisation(settings: Settings, target: Profile, store: CredentialStore) -> str:
    from zcrm_tools.auth.signed_in import open_tokens
    from zcrm_tools.endpoints import GET_ORG
    from zcrm_tools.http.session import Session

    session = Session(target.api_url, open_tokens(target, store, home=settings.home))
    try:
        reply = await session.call(GET_ORG)
    finally:
        await session.aclose()
    found = (reply.body or {}).get("org") or [{}]
    return str(found[0].get("company_name") or "an organisation without a name")
