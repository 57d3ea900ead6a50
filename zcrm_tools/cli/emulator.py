"""`zcrm emulator`: an offline Zoho Accounts and CRM on a port."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from zcrm_tools.cli import probe

if TYPE_CHECKING:
    from types import FrameType

    from zcrm_tools.emulator import Emulator


@click.group("emulator", invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="0 picks a free one."
)
@click.option("--db", type=click.Path(dir_okay=False, path_type=Path), help="Keep the org in this file.")
@click.option("--seed", type=click.Choice(["demo", "empty"]), default="demo", show_default=True)
@click.option(
    "--scale", default=1, show_default=True, type=click.IntRange(min=1), help="Multiplies the demo org."
)
@click.option("--number", default=1, show_default=True, help="Which demo org: the same number, the same org.")
@click.option("--ready-json", is_flag=True, help="Print one line of JSON with addresses and credentials.")
@click.option("--allow-remote", is_flag=True, help="Let other machines in.")
@click.pass_context
def command(
    context: click.Context,
    host: str,
    port: int,
    db: Path | None,
    seed: Literal["demo", "empty"],
    scale: int,
    number: int,
    ready_json: bool,
    allow_remote: bool,
) -> None:
    """Run an offline Zoho Accounts and Zoho CRM, with a made-up company in it.

    It stops on Ctrl-C. Without --db everything is forgotten then. An existing --db file is opened as it is.

    Its address shows the org to a browser; under /__emulator__/ are its clock, limits, faults and snapshots.
    """
    if context.invoked_subcommand is not None:
        return
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _leave)
    from zcrm_tools.emulator import open_emulator
    from zcrm_tools.emulator.serve import is_local, serve

    if not allow_remote and not is_local(host):
        raise click.UsageError(
            f"{host} can be reached from other machines, and the emulator's control plane asks nobody for credentials. "
            "Use 127.0.0.1, or say --allow-remote if everyone who can reach it may read and reset it."
        )
    emulator = open_emulator(db, seed=seed, number=number, scale=scale)
    try:
        serve(
            emulator,
            host,
            port,
            lambda url: click.echo(_ready(emulator, url, db, as_json=ready_json)),
            any_host=allow_remote,
        )
    except OSError as problem:
        raise click.ClickException(f"Cannot listen on {host}, port {port}: {problem.strerror}.") from problem
    finally:
        emulator.close()


def _ready(emulator: Emulator, url: str, db: Path | None, *, as_json: bool) -> str:
    held = emulator.credentials
    if as_json:
        return json.dumps(
            {
                "url": url,
                "accounts_url": url,
                "client_id": held.client_id,
                "client_secret": held.client_secret,
                "refresh_token": held.refresh_token,
                "access_token": held.access_token,
                "org_id": held.org_id,
            }
        )
    company = emulator.store.org().get("company_name", "")
    total = sum(emulator.counts().values())
    return f"""The emulator is running: {company}, {total:,} records, {f"kept in {db}" if db else "in memory"}.

  API and Accounts  {url}
  client id         {held.client_id}
  client secret     {held.client_secret}
  refresh token     {held.refresh_token}
  access token      {held.access_token}   (one hour)

Try it:

  curl -H 'Authorization: Zoho-oauthtoken {held.access_token}' \\
    '{url}/crm/v8/Leads?fields=Last_Name,Company,Lead_Status&per_page=5'

In a browser, {url}/ shows the org and what was asked of it; {url}/__emulator__/ lists
what sets its clock, lays faults, takes snapshots and shapes it. Ctrl-C stops it."""


def _leave(_signum: int, _frame: FrameType | None) -> None:
    """Being told to stop is how this command ends well."""
    sys.exit(0)


command.add_command(probe.compare)
command.add_command(probe.record)


if __name__ == "__main__":
    command()
