"""`zcrm login`: sign in with a code from the API console's Self Client, and keep it in the operating system's store."""

from __future__ import annotations

import asyncio
import shlex
from typing import TYPE_CHECKING

import click
from pydantic import SecretStr

from zcrm_tools.cli import options
from zcrm_tools.errors import NotConfigured, ZcrmError

if TYPE_CHECKING:
    from zcrm_tools.auth.store.protocol import CredentialStore
    from zcrm_tools.models.grant import Grant, Profile
    from zcrm_tools.scopes import Scope
    from zcrm_tools.settings import Settings


@click.command("login")
@click.option("--data-center", default="", metavar="DC", help="us, eu, in, au, jp, cn, ca, sa, uk or ae.")
@click.option("--client-id", default="", help="From the API console; asked for when left out.")
@click.option("--scopes", "wanted", default="", metavar="A,B", help="A scope list of your own.")
@click.option("--write/--read-only", default=False, help="Which scopes to ask for; read-only is the default.")
@click.option("--environment", default="", metavar="NAME", help="production (default), sandbox or developer.")
@click.option(
    "--store",
    "store_name",
    default="",
    type=click.Choice(["", "keyring", "encrypted-file", "plaintext-file"]),
    help="Where to keep it; the keyring, or an encrypted file when a key is given.",
)
@options.profile
@click.pass_obj
def command(
    store: CredentialStore | None,
    data_center: str,
    client_id: str,
    wanted: str,
    environment: str,
    store_name: str,
    profile: str,
    *,
    write: bool,
) -> None:
    """Sign in to Zoho CRM. Nothing secret is printed, and nothing secret is written to a plain file.

    It asks for three things that Zoho's API console gives: client id, client secret, and a code that is good once and
    for some minutes.
    """
    settings = options.settings(profile=profile)
    chosen = _scopes(wanted, write=write)
    target = _target(settings, data_center, environment, client_id)
    if store is None:
        target, kept_in = _store(settings, target, chosen, store_name)
    else:
        kept_in = store
    click.echo(_steps(target, chosen))
    if not target.client_id:
        target = target.model_copy(update={"client_id": click.prompt("Client ID").strip()})
    secret = SecretStr(click.prompt("Client secret (not shown)", hide_input=True))
    code = SecretStr(click.prompt("Code (not shown)", hide_input=True))
    grant = asyncio.run(_exchange(target, secret, code))
    target = target.model_copy(update={"scopes": grant.scopes or " ".join(map(str, chosen))})
    _keep(settings, kept_in, target, secret, grant)
    click.echo(f"\nSigned in as profile {target.name!r}. The secrets are in the {kept_in.kind}.")
    _tell_missing(grant, chosen)
    if store_name == "plaintext-file":
        click.echo("They lie there unencrypted: whoever reads that file has your CRM.", err=True)
    _verify(settings, target, kept_in)


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
        click.echo("Which data centre is your Zoho CRM in? The address in the browser says it: crm.zoho.eu is eu.")  # fmt: skip
        dc = click.prompt("Data centre", type=click.Choice(list(datacenters.DATA_CENTERS)))
    return profiles.of_data_center(settings.profile, dc, where, client_id)


def _store(
    settings: Settings, target: Profile, chosen: tuple[Scope, ...], name: str
) -> tuple[Profile, CredentialStore]:
    """The store asked for, or the best there is, tried out before anyone types a secret; noted in the profile."""
    from zcrm_tools.auth.store import opening

    try:
        if not name:
            found, store = opening.choose(settings)
        else:
            found, store = opening.checked(name, settings)
    except NotConfigured as error:
        raise click.ClickException(_without_a_store(error, target, chosen)) from None
    return target.model_copy(update={"store": found}), store


def _without_a_store(error: NotConfigured, target: Profile, chosen: tuple[Scope, ...]) -> str:
    return f"""{error.problem.message}

So the sign-in cannot be kept on this machine, and nothing was asked for. Set ZCRM_KEY_FILE or ZCRM_PASSPHRASE and it is
kept in an encrypted file. Or give it to each run by environment variables (from your platform's secret store, not from a
file in a project):

  ZCRM_DATA_CENTER     the data centre's code
  ZCRM_CLIENT_ID       from the API console
  ZCRM_CLIENT_SECRET   from the API console
  ZCRM_REFRESH_TOKEN   what the request below answers as refresh_token
  ZCRM_SCOPES          {",".join(map(str, chosen))}

  curl {target.accounts_url}/oauth/v2/token -d grant_type=authorization_code \\
    -d client_id=CLIENT_ID -d client_secret=CLIENT_SECRET -d code=CODE

CODE comes from the Self Client of {_console(target)} with those scopes, and is good once and for some minutes."""


def _console(target: Profile) -> str:
    return target.accounts_url.replace("//accounts.", "//api-console.")


def _steps(target: Profile, chosen: tuple[Scope, ...]) -> str:
    return f"""Five steps, once for each client:

  1. Open {_console(target)} and sign in as the person whose CRM it is.
  2. Add Client (or Get Started), choose Self Client, and press Create.
  3. On the tab Client Secret are the client id and the client secret that are asked for below.
  4. On the tab Generate Code paste the line of scopes, choose 10 minutes, write any description, press Create,
     and choose your CRM organisation ({target.environment}).
  5. Paste the code below before its time is up.

Scopes:

{",".join(map(str, chosen))}
"""


async def _exchange(target: Profile, secret: SecretStr, code: SecretStr) -> Grant:
    from zcrm_tools.auth.flows import self_client

    return await self_client.sign_in(
        target.accounts_url, client_id=target.client_id, client_secret=secret, code=code
    )


def _keep(
    settings: Settings, store: CredentialStore, target: Profile, secret: SecretStr, grant: Grant
) -> None:
    """The secrets first: a profile without them would only mislead."""
    from zcrm_tools.auth import profiles, sharing
    from zcrm_tools.models.grant import Credentials

    earlier = profiles.load(settings.home).get(target.name)
    secret = SecretStr(secret.get_secret_value().strip())
    credentials = Credentials(
        client_id=target.client_id,
        client_secret=secret,
        refresh_token=grant.refresh_token or SecretStr(""),
    )
    store.save(target, credentials)
    asyncio.run(sharing.InFile(settings.home, target, credentials).write(sharing.Known(grant)))
    profiles.save(settings.home, target)
    if earlier is not None and (earlier.accounts_url, earlier.client_id, earlier.environment) != (
        target.accounts_url,
        target.client_id,
        target.environment,
    ):
        store.delete(earlier)
        sharing.forget(settings.home, earlier)


def _tell_missing(grant: Grant, chosen: tuple[Scope, ...]) -> None:
    from zcrm_tools import scopes

    granted = scopes.parse(grant.scopes)
    absent = scopes.missing(granted, [(one,) for one in chosen]) if granted else ()
    if absent:
        click.echo(f"The code was made without {', '.join(map(str, absent))}; what needs them will be refused.")  # fmt: skip


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
