"""The server put together: which tools, in which order, and what a model is told about all of them.

Nothing here reads the network, a credential or the keyring: a connection is opened by the first call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.mcpserver.tools import Tool

from zcrm_server import approval, completions, prompts, published, resources
from zcrm_server.apps import pages
from zcrm_server.offers import USUAL, Offer, offered_by
from zcrm_server.profiles import Connection, Profiles, Served
from zcrm_server.reading import Readers
from zcrm_server.server import Server
from zcrm_server.tools import Desk, tool

LISTS: tuple[CacheableMethod, ...] = (
    "tools/list",
    "resources/list",
    "resources/templates/list",
    "prompts/list",
)


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
    offered = [*(tool(card, desk) for card in offered_by(offer, desk.profiles)), *extra]
    first = desk.profiles.served[0]
    scope: Literal["private", "public"] = "private" if filtered or desk.profiles.told else "public"
    server = Server(
        published.IDENTITY["name"],
        title=published.IDENTITY["title"],
        version=published.IDENTITY["version"],
        instructions=published.INSTRUCTIONS,
        tools=offered,
        extensions=[pages.extension()],
        subscriptions=False,
        cache_hints=dict.fromkeys(LISTS, CacheHint(ttl_ms=published.LIST_FRESH_MS, scope=scope)),
        request_state_security=approval.security(lambda: first.connection.secret("request state")),
        log_level="WARNING",
    )
    readers = Readers(desk.profiles, server.offered)
    for content in (resources, prompts, completions):
        content.add(server, readers)
    return server
