"""`zcrm export`: a whole module into a file. Stopped at any point, the same command goes on."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zcrm_tools.cli import options

if TYPE_CHECKING:
    from zcrm_tools.transfer.export import Report, Route
    from zcrm_tools.transfer.progress import Progress

_CLEAR = "\r\x1b[2K"


@click.command("export")
@click.argument("module")
@click.option(
    "--to", "target", required=True, metavar="FILE", help="Ends in .csv, .xlsx, .jsonl or .parquet."
)
@click.option("--fields", default="", callback=options.names, help="API names or labels, comma separated.")
@click.option("--where", default="", help="A COQL condition.")
@click.option(
    "--route",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "coql", "bulk"]),
    help="coql is at once, bulk read slow and cheap for many.",
)
@click.option("--max-credits", type=int, default=None, help="Do not begin what costs more.")
@click.option(
    "--exact", is_flag=True, help="CSV: leave text that a spreadsheet would run as a formula as it is."
)
@options.connection
def command(
    module: str,
    *,
    target: str,
    fields: tuple[str, ...],
    where: str,
    route: Route,
    max_credits: int | None,
    exact: bool,
    demo: bool,
    profile: str,
) -> None:
    """Write every record of MODULE to a file. Says the way and its price first; what was read before a stop is kept."""
    from zcrm_tools.connection import open_client
    from zcrm_tools.transfer import export, tables, wanted
    from zcrm_tools.transfer.progress import counted

    if target.endswith(".parquet"):
        tables.be_frugal()

    async def out() -> Report:
        async with await open_client(options.settings(demo=demo, profile=profile)) as crm:
            asked = await wanted.checked(
                crm.org, module, Path(target), fields=fields, where=where, exact=exact
            )
            if asked.skipped and not fields:
                _tell_left_out(asked.skipped)
            return await export.run(
                asked,
                max_credits=max_credits,
                route=route,
                progress=_show if sys.stderr.isatty() else lambda _: None,
                announce=lambda said: click.echo(f"{said[:1].upper()}{said[1:]}.", err=True),
            )

    try:
        done = asyncio.run(out())
    except KeyboardInterrupt:
        click.echo("Stopped. The same command goes on from here.", err=True)
        sys.exit(130)
    click.echo(_CLEAR if sys.stderr.isatty() else "", nl=False, err=True)
    click.echo(
        f"{counted(done.rows, 'record')} in {done.file} as of {done.snapshot:%Y-%m-%d %H:%M:%S} UTC,"
        f" {counted(done.credits, 'credit')}."
    )
    if done.misfits:
        click.echo(f"Not of their field's type, and so empty: {counted(done.misfits, 'value')}.", err=True)
    if done.guarded:
        click.echo(
            f"{counted(done.guarded, 'text')} that a spreadsheet would run as a formula got a ' in front;"
            " `zcrm import` takes it off again, and --exact leaves it out.",
            err=True,
        )


def _tell_left_out(skipped: Mapping[str, str]) -> None:
    from zcrm_tools.transfer.progress import left_out

    click.echo("\n".join([*left_out(skipped), "--fields names those that you want."]), err=True)


def _show(at: Progress) -> None:
    click.echo(_CLEAR + at.line(), nl=False, err=True)
