"""What this server offers, and why something is not offered."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from zcrm_server.profiles import Profiles
from zcrm_tools.actions import registry
from zcrm_tools.actions.card import Card
from zcrm_tools.coql.spelling import nearest
from zcrm_tools.errors import NOTHING_SENT, Problem


@dataclass(frozen=True, slots=True)
class Offer:
    """Which tools the operator chose: toolsets (default core), single tools to add, and those to leave out."""

    toolsets: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


USUAL = Offer()


def offered_by(offer: Offer, profiles: Profiles) -> tuple[Card, ...]:
    """The tools, in their order. Raises NotConfigured for a toolset, and InvalidInput for a tool, that does not exist."""
    chosen = registry.choose(offer.toolsets, tools=offer.tools, exclude=offer.exclude, write=profiles.write)
    return tuple(card for card in chosen if profiles.can(card))


def not_offered(name: str, offered: Collection[str]) -> Problem:
    """Why a tool cannot be called here: writing, left out, or no such tool."""
    if name not in registry.all_names():
        return Problem(
            "UNKNOWN_TOOL",
            f"There is no tool {name!r}.",
            NOTHING_SENT,
            allowed=tuple(sorted(offered)),
            closest=nearest(name, offered) or "",
        )
    known = frozenset(registry.all_names())
    writes = any(registry.card(other).effect != "read" for other in offered if other in known)
    if registry.card(name).effect != "read" and not writes:
        from zcrm_tools.safety.policy import READ_ONLY

        return READ_ONLY
    toolset = registry.card(name).toolset
    return Problem(
        "TOOL_NOT_OFFERED",
        f"This server was started without {name}, or its sign-in may not do it.",
        NOTHING_SENT,
        f"The operator chooses tools by --toolsets {toolset}, --tools and --exclude-tools; get_connection for the "
        f"toolset {toolset} says what the sign-in lacks.",
        fix_by="person",
    )
