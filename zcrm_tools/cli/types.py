"""`zcrm types`: stubs for an org's own modules."""

from __future__ import annotations

import asyncio

import click

from zcrm_tools.cli import options


@click.command("types")
@click.option(
    "--modules",
    default="",
    callback=options.names,
    metavar="A,B",
    help="These only; default: every module of records.",
)
@click.option("--refresh", is_flag=True, help="Ask Zoho, whatever is kept here from before.")
@options.connection
def command(*, modules: tuple[str, ...], refresh: bool, demo: bool, profile: str) -> None:
    """Print type stubs of the org's fields and picklists: zcrm types > my_org.pyi

    One credit a module. What the profile's user cannot see is left out.
    """
    text, left_out = asyncio.run(_stubs(modules, refresh=refresh, demo=demo, profile=profile))
    click.echo(text, nl=False)
    for name, reason in left_out.items():
        click.echo(f"{name} is left out: {reason}", err=True)


async def _stubs(
    wanted: tuple[str, ...], *, refresh: bool, demo: bool, profile: str
) -> tuple[str, dict[str, str]]:
    from zcrm_tools.client.standard import attributes
    from zcrm_tools.connection import open_client
    from zcrm_tools.errors import ApiError
    from zcrm_tools.metadata.catalogue import Fields
    from zcrm_tools.metadata.stubs import stub

    async with await open_client(options.settings(demo=demo, profile=profile)) as crm:
        catalogue = crm.org.catalogue
        if refresh:
            catalogue.forget()
        known = await catalogue.modules()
        chosen = [(await catalogue.module(name)).api_name for name in wanted] or [
            name for name, about in known.items() if name in attributes() or about.generated_type == "custom"
        ]
        found: dict[str, Fields] = {}
        left_out: dict[str, str] = {}
        for name in chosen:
            try:
                found[name] = await catalogue.fields(name)
            except ApiError as refused:
                left_out[name] = refused.problem.message
        about_org = await catalogue.org()
        return stub(about_org.company_name, found, attributes()), left_out
