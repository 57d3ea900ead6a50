"""Which scopes actions need, exactly: from their endpoints and modules to the minimal list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from zcrm_tools import scopes
from zcrm_tools.endpoints import Endpoint
from zcrm_tools.scopes import Need, Scope

USUAL_MODULES = ("Leads", "Contacts", "Accounts", "Deals", "Tasks", "Events", "Calls", "Cases", "Notes")
"""What an action that takes any module is signed in for, unless the person chooses others."""


class Needing(Protocol):
    """An action, or its card."""

    @property
    def calls(self) -> tuple[Endpoint, ...]: ...
    @property
    def modules(self) -> tuple[str, ...]: ...
    @property
    def also(self) -> tuple[tuple[Endpoint, str], ...]: ...
    @property
    def optional(self) -> tuple[Endpoint | tuple[Endpoint, str], ...]: ...


def needs(action: Needing, modules: Iterable[str] = USUAL_MODULES) -> tuple[Need, ...]:
    """Everything without which one action does not work, over the modules it touches."""
    touched = action.modules or tuple(modules)
    used = (*((call, m) for call in action.calls for m in touched), *action.also)
    return tuple(dict.fromkeys(need for call, module in used for need in call.scopes(module)))


def minimal(actions: Iterable[Needing], modules: Iterable[str] = USUAL_MODULES) -> tuple[Scope, ...]:
    """The smallest set of scopes with which these actions do all they can on these modules."""
    chosen = tuple(modules)
    return scopes.minimal(
        need for action in actions for need in (*needs(action, chosen), *_wishes(action, chosen))
    )


def missing(action: Needing, granted: frozenset[Scope]) -> tuple[Scope, ...]:
    """What a grant lacks for one action on the module that it lacks least for; () when the action can be used."""
    modules = action.modules or USUAL_MODULES
    lacking = (scopes.missing(granted, needs(action, (module,))) for module in modules)
    return min(lacking, key=len, default=())


def _wishes(action: Needing, modules: tuple[str, ...]) -> tuple[Need, ...]:
    """What it would do more with, on any of the modules: the record that a task is about may be anything."""
    pairs = (
        (call, module) if isinstance(call, Endpoint) else call
        for call in action.optional
        for module in modules
    )
    return tuple(need for call, module in pairs for need in call.scopes(module))
