"""`zcrm-mcp`: the command line of the server."""

from __future__ import annotations

import asyncio
import gc
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from zcrm_tools import __version__
from zcrm_tools.errors import NotConfigured, Problem, ZcrmError

if TYPE_CHECKING:
    from zcrm_tools.settings import Settings

PORT = 8765


@dataclass(frozen=True, slots=True)
class Offer:
    """Which tools to offer, as the command line says."""

    toolsets: tuple[str, ...]
    tools: tuple[str, ...]
    exclude: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Web:
    """Where to listen, and who may come in."""

    host: str
    port: int
    public_url: str
    issuer: str
    audience: str
    clients: tuple[str, ...]
    hosts: tuple[str, ...]
    origins: tuple[str, ...]


def _names(_context: click.Context, _option: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(name for part in value.split(",") if (name := part.strip()))


def _web_options(command: Any) -> Any:
    for option in reversed(
        (
            click.option("--http", is_flag=True, help="Serve over HTTP instead of stdio, at /mcp."),
            click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on."),
            click.option(
                "--port",
                default=PORT,
                show_default=True,
                type=click.IntRange(0, 65535),
                help="0 picks a free one.",
            ),
            click.option(
                "--issuer",
                default="",
                metavar="URL",
                help="Take access tokens of this OpenID Connect issuer.",
            ),
            click.option(
                "--public-url", default="", metavar="URL", help="This server's address as clients write it."
            ),
            click.option(
                "--audience", default="", help="What tokens name this server; default its public URL."
            ),
            click.option(
                "--client-id",
                "clients",
                multiple=True,
                metavar="ID",
                help="Take tokens of these clients only.",
            ),
            click.option(
                "--allow-host", "hosts", multiple=True, metavar="HOST", help="One more Host to answer to."
            ),
            click.option(
                "--allow-origin",
                "origins",
                multiple=True,
                metavar="ORIGIN",
                help="A web page's origin to answer.",
            ),
        )
    ):
        command = option(command)
    return command


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--demo", is_flag=True, help="Use the demo org inside this process; no account is needed.")
@click.option("--profile", default="", metavar="NAME", help="The sign-in to use; see `zcrm status`.")
@click.option("--toolsets", default="", callback=_names, metavar="A,B", help="Groups of tools; default core.")
@click.option("--tools", default="", callback=_names, metavar="A,B", help="Single tools to add.")
@click.option(
    "--exclude-tools", default="", callback=_names, metavar="A,B", help="Single tools to leave out."
)
@click.option("--write/--read-only", default=None, help="Offer tools that write; the default is read-only.")
@_web_options
@click.version_option(__version__, prog_name="zcrm-mcp")
def main(
    *,
    demo: bool,
    profile: str,
    toolsets: tuple[str, ...],
    tools: tuple[str, ...],
    exclude_tools: tuple[str, ...],
    write: bool | None,
    http: bool,
    **web: Any,
) -> None:
    """Serve Zoho CRM to an AI assistant (Model Context Protocol), over stdio or HTTP.

    An assistant starts this command; `zcrm demo` ends with how to tell yours about it.
    """
    # Collecting while 600 modules are imported costs a tenth of the start-up and frees nothing.
    gc.disable()
    from zcrm_server import logs

    logs.to_stderr()
    offer = Offer(toolsets, tools, exclude_tools)
    try:
        from zcrm_tools import settings

        found = settings.from_environment()
        chosen = replace(
            found,
            demo=demo or found.demo,
            profile=profile or found.profile,
            write=found.write if write is None else write,
        )
        if http:
            _over_http(chosen, offer, Web(**web))
        else:
            _over_stdio(chosen, offer)
    except ZcrmError as wrong:
        for problem in wrong.problems:
            click.echo(f"zcrm-mcp: {problem}", err=True)
        sys.exit(2)


def _over_stdio(chosen: Settings, offer: Offer) -> None:
    from zcrm_server.app import build
    from zcrm_server.stdio import serve
    from zcrm_tools.connection import Connector

    connector = Connector(chosen, write=chosen.write)
    server = build(
        connector, toolsets=offer.toolsets, tools=offer.tools, exclude=offer.exclude, write=chosen.write
    )
    gc.enable()
    gc.freeze()
    if sys.stdin.isatty():
        click.echo(
            "zcrm-mcp: an assistant starts this command and talks to it here. Ctrl-C stops it.", err=True
        )
    asyncio.run(serve(server, connector))


def _over_http(chosen: Settings, offer: Offer, web: Web) -> None:
    from zcrm_server import http, local_token
    from zcrm_server.app import build_for
    from zcrm_server.profiles import Profiles, Served
    from zcrm_server.resource_auth import Resource
    from zcrm_server.tools import Desk
    from zcrm_tools.connection import Connector

    connector = Connector(chosen, write=chosen.write)
    desk = Desk(Profiles((Served("default", connector, chosen.write),)), beside=not web.issuer)
    server = build_for(
        desk,
        toolsets=offer.toolsets,
        tools=offer.tools,
        exclude=offer.exclude,
        filtered=bool(web.issuer),
    )
    gc.enable()
    gc.freeze()

    async def serve(app: Any) -> None:
        try:
            await http.run(app, listener)
        finally:
            await connector.aclose()

    if web.issuer:
        resource = Resource(_public(web), web.issuer, web.audience, web.clients)
        door = http.issuer_door(resource, hosts=web.hosts, origins=web.origins)
        listener, origin = http.bind(web.host, web.port)
        click.echo(f"zcrm-mcp: listening on {origin}; clients use {resource.url}", err=True)
        asyncio.run(serve(http.asgi(server, door)))
        return
    http.only_local(web.host)
    token = local_token.LocalToken()
    listener, origin = http.bind(web.host, web.port)
    url = f"{origin}{http.PATH}"
    with local_token.kept(chosen.home / "servers", url, token.value) as file:
        click.echo(
            f"zcrm-mcp: listening on {url}\nzcrm-mcp: clients send the header Authorization: Bearer {token.value}\n"
            f"zcrm-mcp: the token is also in {file}, and changes at each start",
            err=True,
        )
        asyncio.run(serve(http.asgi(server, http.Door(token, hosts=web.hosts, origins=web.origins))))


def _public(web: Web) -> str:
    if web.public_url:
        return web.public_url
    raise NotConfigured(
        Problem(
            "PUBLIC_URL_NEEDED",
            "--issuer needs --public-url: tokens are made for the address that clients write.",
            not_done="The server did not start.",
            next_step="Give it, for instance --public-url https://crm.example.com/mcp",
            fix_by="person",
        )
    )


if __name__ == "__main__":
    main()
