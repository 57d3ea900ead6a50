"""`zcrm-mcp`: the server on stdio. It stops when its client closes stdin, and on SIGTERM and SIGINT."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from zcrm_tools import __version__
from zcrm_tools.errors import ZcrmError

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from zcrm_tools.connection import Connector


def _names(_context: click.Context, _option: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(name for part in value.split(",") if (name := part.strip()))


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--demo", is_flag=True, help="Use the demo org inside this process; no account is needed.")
@click.option("--profile", default="", metavar="NAME", help="The sign-in to use; see `zcrm status`.")
@click.option("--toolsets", default="", callback=_names, metavar="A,B", help="Groups of tools; default core.")
@click.option("--tools", default="", callback=_names, metavar="A,B", help="Single tools to add.")
@click.option(
    "--exclude-tools", default="", callback=_names, metavar="A,B", help="Single tools to leave out."
)
@click.option("--write/--read-only", default=None, help="Offer tools that write; the default is read-only.")
@click.version_option(__version__, prog_name="zcrm-mcp")
def main(
    *,
    demo: bool,
    profile: str,
    toolsets: tuple[str, ...],
    tools: tuple[str, ...],
    exclude_tools: tuple[str, ...],
    write: bool | None,
) -> None:
    """Serve Zoho CRM to an AI assistant over stdio (Model Context Protocol).

    An assistant starts this command; `zcrm demo` ends with how to tell yours about it.
    """
    # Collecting while 600 modules are imported costs a tenth of the start-up and frees nothing.
    gc.disable()
    from zcrm_server import logs

    logs.to_stderr()
    try:
        from zcrm_server.app import build
        from zcrm_tools import settings
        from zcrm_tools.connection import Connector

        chosen = settings.from_environment()
        chosen = replace(
            chosen,
            demo=demo or chosen.demo,
            profile=profile or chosen.profile,
            write=chosen.write if write is None else write,
        )
        connector = Connector(chosen, write=chosen.write)
        server = build(connector, toolsets=toolsets, tools=tools, exclude=exclude_tools, write=chosen.write)
    except ZcrmError as wrong:
        for problem in wrong.problems:
            click.echo(f"zcrm-mcp: {problem}", err=True)
        sys.exit(2)
    gc.enable()
    gc.freeze()
    if sys.stdin.isatty():
        click.echo(
            "zcrm-mcp: an assistant starts this command and talks to it here. Ctrl-C stops it.", err=True
        )
    asyncio.run(serve(server, connector))


async def serve(server: MCPServer, connector: Connector) -> None:
    """Serve until end of input or a signal, then let writes that have begun finish."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(told.set))
    serving = asyncio.create_task(server.run_stdio_async())
    stopping = asyncio.create_task(told.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    await connector.aclose()
    if serving.done():
        stopping.cancel()
        serving.result()
        return
    # The SDK's reader sits in a blocking read of stdin in a thread that nothing can wake.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
