"""`zcrm-mcp`: the command line of the server."""

from __future__ import annotations

import asyncio
import gc
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from zcrm_tools import __version__
from zcrm_tools.errors import NotConfigured, Problem, ZcrmError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from socket import socket

    from zcrm_server.offers import Offer
    from zcrm_server.opening import Opened

PORT = 8765


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


def _options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Options in the order in which help lists them."""

    def add(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return add


_OFFER = _options(
    click.option(
        "--toolsets", default="", callback=_names, metavar="A,B", help="Groups of tools; default core."
    ),
    click.option("--tools", default="", callback=_names, metavar="A,B", help="Single tools to add."),
    click.option(
        "--exclude-tools", default="", callback=_names, metavar="A,B", help="Single tools to leave out."
    ),
)
_WEB = _options(
    click.option("--http", is_flag=True, help="Serve over HTTP instead of stdio."),
    click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on."),
    click.option(
        "--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="0 picks a free one."
    ),
    click.option("--issuer", default="", metavar="URL", help="Take tokens of this OpenID Connect issuer."),
    click.option("--public-url", default="", metavar="URL", help="The server's address as clients write it."),
    click.option("--audience", default="", help="What tokens call this server; default its public URL."),
    click.option(
        "--client-id", "clients", multiple=True, metavar="ID", help="Take tokens of these clients only."
    ),
    click.option("--allow-host", "hosts", multiple=True, metavar="HOST", help="One more Host to answer to."),
    click.option(
        "--allow-origin", "origins", multiple=True, metavar="ORIGIN", help="A web page that may call."
    ),
)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--demo", is_flag=True, help="Use the demo org inside this process; no account is needed.")
@click.option(
    "--profile",
    "profiles",
    multiple=True,
    metavar="NAME[=MODE]",
    help="The sign-in to use; see `zcrm status`. Give it again for several; MODE is read or write.",
)
@click.option("--write/--read-only", default=None, help="Offer tools that write; the default is read-only.")
@_OFFER
@_WEB
@click.version_option(__version__, prog_name="zcrm-mcp")
def main(
    *,
    demo: bool,
    profiles: tuple[str, ...],
    write: bool | None,
    toolsets: tuple[str, ...],
    tools: tuple[str, ...],
    exclude_tools: tuple[str, ...],
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
    try:
        from zcrm_server.offers import Offer
        from zcrm_server.opening import opened

        offer = Offer(toolsets, tools, exclude_tools)
        found = opened(demo=demo, profiles=profiles, write=write)
        if http:
            _over_http(found, offer, Web(**web))
        else:
            _over_stdio(found, offer)
    except ZcrmError as wrong:
        for problem in wrong.problems:
            _say(str(problem))
        sys.exit(2)


def _over_stdio(found: Opened, offer: Offer) -> None:
    from zcrm_server.first import FirstAnswers, answering
    from zcrm_server.offers import offered_by

    first = FirstAnswers(offered_by(offer, found.profiles), found.profiles)
    if sys.stdin.isatty():
        _say("an assistant starts this command and talks to it here. Ctrl-C stops it.")
    run = answering(first, lambda: _loaded(found, offer))
    _collect_again()
    asyncio.run(run(found.close, first))


def _loaded(found: Opened, offer: Offer) -> Callable[..., Coroutine[Any, Any, None]]:
    """The server with everything that it is made of, ready to be run."""
    from zcrm_server.app import build_for
    from zcrm_server.stdio import serve
    from zcrm_server.tools import Desk

    return partial(serve, build_for(Desk(found.profiles), offer))


def _over_http(found: Opened, offer: Offer, web: Web) -> None:
    from zcrm_server import http

    if not web.issuer:
        http.only_local(web.host)
        with http.bound(web.host, web.port) as (listener, origin):
            _on_this_machine(found, offer, web, listener, origin)
        return
    from zcrm_server.app import build_for
    from zcrm_server.resource_auth import Resource
    from zcrm_server.tools import Desk

    resource = Resource(_public(web), web.issuer, web.audience, web.clients)
    server = build_for(Desk(found.profiles, beside=False), offer, filtered=True)
    app = http.asgi(server, http.issuer_door(resource, hosts=web.hosts, origins=web.origins))
    with http.bound(web.host, web.port) as (listener, origin):
        _collect_again()
        _say(f"listening on {origin}; clients use {resource.url}, with tokens of {resource.issuer}")
        asyncio.run(http.serve(app, listener, found.close))


def _on_this_machine(found: Opened, offer: Offer, web: Web, listener: socket, origin: str) -> None:
    from zcrm_server import http, local_token
    from zcrm_server.app import build_for
    from zcrm_server.approval_page import ApprovalPage
    from zcrm_server.tools import Desk

    token, page = local_token.LocalToken(), ApprovalPage(found.profiles, origin)
    server = build_for(Desk(found.profiles, page=page.url), offer)
    app = http.asgi(server, http.Door(token, hosts=web.hosts, origins=web.origins), more=page.routes())
    with local_token.kept(found.home / "servers", f"{origin}{http.PATH}", token.value) as file:
        _collect_again()
        _say(f"listening on {origin}{http.PATH}")
        _say(f"clients send the header Authorization: Bearer {token.value}")
        _say(f"the token is also in {file}, and changes at each start")
        _say(f"what needs your approval is at {page.url}, which asks for the code {page.code}")
        asyncio.run(http.serve(app, listener, found.close))


def _say(line: str) -> None:
    click.echo(f"zcrm-mcp: {line}", err=True)


def _collect_again() -> None:
    gc.enable()
    gc.freeze()


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
