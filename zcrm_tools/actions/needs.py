"""Which scopes actions need, exactly: from their endpoints and modules to the minimal list."""

from __future__ import annotations

from collections.abc import Iterable

from zcrm_tools import scopes
from zcrm_tools.actions import registry
from zcrm_tools.actions.action import AnyAction
from zcrm_tools.scopes import Need, Scope

USUAL_MODULES = ("Leads", "Contacts", "Accounts", "Deals", "Tasks", "Events", "Calls", "Cases", "Notes")
"""What an action that takes any module is signed in for, unless the person chooses others."""


def needs(action: AnyAction, modules: Iterable[str] = USUAL_MODULES) -> tuple[Need, ...]:
    """Everything one action may need, over the modules it touches."""
    touched = action.modules or tuple(modules)
    used = (*((call, m) for call in action.calls for m in touched), *action.also)
    return tuple(dict.fromkeys(need for call, module in used for need in call.scopes(module)))


def minimal(actions: Iterable[AnyAction], modules: Iterable[str] = USUAL_MODULES) -> tuple[Scope, ...]:
    """The smallest set of scopes with which these actions work on these modules."""
    chosen = tuple(modules)
    return scopes.minimal(need for action in actions for need in needs(action, chosen))


def unusable(granted: frozenset[Scope]) -> dict[str, list[str]]:
    """Actions that a grant cannot serve for any module, with the scopes that are missing."""
    lacking = {}
    for action in map(registry.action, registry.all_names()):
        modules = action.modules or USUAL_MODULES
        missing = [scopes.missing(granted, needs(action, (m,))) for m in modules]
        least = min(missing, key=len, default=())
        if least:
            lacking[action.name] = [str(s) for s in least]
    return lacking
