"""The server put together: which tools, in which order, and what a model is told about all of them.

Nothing here reads the network, a credential or the keyring: a connection is opened by the first call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.mcpserver.tools import Tool

from zcrm_server import approval, completions, prompts, resources
from zcrm_server.apps import pages
from zcrm_server.offers import USUAL, Offer
from zcrm_server.profiles import Connection, Profiles, Served
from zcrm_server.reading import Reader
from zcrm_server.server import Server
from zcrm_server.tools import Desk, tool
from zcrm_tools import __version__
from zcrm_tools.actions import registry
from zcrm_tools.actions.rules import RULES

INSTRUCTIONS = f"""\
Zoho CRM: leads, contacts, accounts, deals, activities and notes of one org.
{RULES}"""

LISTS: tuple[CacheableMethod, ...] = (
    "tools/list",
    "resources/list",
    "resources/templates/list",
    "prompts/list",
)
LIST_FRESH_MS = 300_000
"""A list is fixed for a process, and another process may be started with other flags."""


def build(
    connection: Connection,
    *,
    toolsets: Iterable[str] = (),
    tools: Iterable[str] = (),
    exclude: Iterable[str] = (),
    write: bool = False,
    extra: Sequence[Tool] = (),
) -> Server:
    """The server for one connection. `extra` tools are offered after the actions.

    Raises NotConfigured for a toolset, and InvalidInput for a tool, that does not exist.
    """
    desk = Desk(Profiles((Served("default", connection, write),)))
    return build_for(desk, Offer(tuple(toolsets), tuple(tools), tuple(exclude)), extra=extra)


def build_for(
    desk: Desk, offer: Offer = USUAL, *, extra: Sequence[Tool] = (), filtered: bool = False
) -> Server:
    """The server for one or several profiles. `filtered`: callers' tokens differ, so lists do too and are not shared."""
    chosen = registry.choose(
        offer.toolsets, tools=offer.tools, exclude=offer.exclude, write=desk.profiles.write
    )
    offered = [*(tool(card, desk) for card in chosen if desk.profiles.can(card)), *extra]
    first = desk.profiles.served[0]
    scope: Literal["private", "public"] = "private" if filtered or desk.profiles.told else "public"
    server = Server(
        "zcrm",
        title="Zoho CRM",
        version=__version__,
        instructions=INSTRUCTIONS,
        tools=offered,
        extensions=[pages.extension()],
        subscriptions=False,
        cache_hints=dict.fromkeys(LISTS, CacheHint(ttl_ms=LIST_FRESH_MS, scope=scope)),
        request_state_security=approval.security(lambda: first.connection.secret("request state")),
        log_level="WARNING",
    )
    reader = Reader(first.connection, server.offered, first.shown if desk.profiles.several else {})
    for content in (resources, prompts, completions):
        content.add(server, reader)
    return server
