"""Which actions there are, in the order they are offered. Their cards are chosen from; the code of one is loaded when it is
performed, from the module of its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

from zcrm_tools.actions import card as cards
from zcrm_tools.actions import needs
from zcrm_tools.actions.card import Card
from zcrm_tools.coql.spelling import nearest
from zcrm_tools.endpoints import Toolset
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, NotConfigured, Problem
from zcrm_tools.scopes import Scope

if TYPE_CHECKING:
    from zcrm_tools.actions.action import AnyAction

CATALOGUE: dict[Toolset, tuple[str, ...]] = {
    "core": (
        "get_connection",
        "describe_module",
        "search_leads",
        "search_records",
        "get_record",
        "run_coql",
        "summarize_pipeline",
        "list_changes",
        "create_lead",
        "create_records",
        "update_records",
        "update_deal_stage",
        "convert_lead",
        "add_note",
        "create_task",
        "undo_change",
    ),
    "records": (
        "list_records",
        "list_deleted",
        "find_duplicates",
        "upsert_records",
        "clone_record",
        "merge_records",
        "link_records",
        "delete_records",
        "restore_records",
    ),
    "activities": ("list_activities", "create_event", "log_call", "complete_task"),
    "notes_files": (
        "list_notes",
        "update_note",
        "delete_note",
        "list_attachments",
        "read_attachment",
        "attach_file",
        "delete_attachment",
    ),
    "bulk": ("create_bulk_read", "get_bulk_read"),
    "metadata": (
        "list_modules",
        "list_layouts",
        "list_pipelines",
        "list_custom_views",
        "list_related_lists",
    ),
    "users": ("get_org", "list_users", "list_roles", "list_profiles"),
    "automation": (
        "get_blueprint",
        "take_transition",
        "list_tags",
        "change_tags",
        "change_owner",
        "mass_update",
        "list_workflow_rules",
    ),
    "email": ("list_emails", "get_email", "list_from_addresses", "send_email"),
    "admin": ("create_field", "create_module"),
    "passthrough": ("list_endpoints", "read_api", "call_api"),
}


@cache
def action(name: str) -> AnyAction:
    """Load one action by name. Raises InvalidInput for a name that is not in the catalogue."""
    _known(name)
    return cast("AnyAction", getattr(import_module(f"zcrm_tools.actions.catalogue.{name}"), name))


def card(name: str) -> Card:
    """What one action says of itself. Raises InvalidInput for a name that is not in the catalogue."""
    _known(name)
    return cards.read(name)


def _known(name: str) -> None:
    if not any(name in names for names in CATALOGUE.values()):
        raise InvalidInput(
            Problem(
                "UNKNOWN_ACTION",
                f"There is no action {name!r}.",
                NOTHING_SENT,
                "`zcrm tools` lists them.",
                closest=nearest(name, tuple(all_names())) or "",
            )
        )


def all_names() -> Iterator[str]:
    for names in CATALOGUE.values():
        yield from names


def choose(
    toolsets: Iterable[str] = (),
    *,
    tools: Iterable[str] = (),
    exclude: Iterable[str] = (),
    write: bool = False,
    granted: frozenset[Scope] = frozenset(),
) -> tuple[Card, ...]:
    """The cards of the actions to offer: toolsets (default `core`, or `all`) plus single tools, less the excluded, reads only unless `write`.

    With `granted`, which is empty when it is not known, those are left out that this grant cannot serve.
    """
    wanted, extra, less = tuple(toolsets) or ("core",), tuple(tools), frozenset(exclude)
    known = {*CATALOGUE, "all"}
    for name in wanted:
        if name not in known:
            raise NotConfigured(
                Problem(
                    "UNKNOWN_TOOLSET",
                    f"There is no toolset {name!r}.",
                    allowed=tuple(sorted(known)),
                    fix_by="person",
                )
            )
    for name in (*extra, *less):
        _known(name)
    names = [n for toolset, ns in CATALOGUE.items() if toolset in wanted or "all" in wanted for n in ns]
    picked = [n for n in all_names() if (n in names or n in extra) and n not in less]
    allowed = (c for c in map(cards.read, picked) if write or c.effect == "read")
    return tuple(c for c in allowed if not granted or not needs.missing(c, granted))
