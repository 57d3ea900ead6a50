"""The scopes a first sign-in asks for: exactly what this library's calls need, read off the endpoint table.

`{module}` is widened to every module, so that the list fits into the API console's one line; a person who wants it
narrower gives a list of their own.
"""

from __future__ import annotations

from collections.abc import Iterable

from zcrm_tools import scopes
from zcrm_tools.endpoints import ENDPOINTS, Effect
from zcrm_tools.scopes import Scope

_ANY_MODULE = ".{module}"


def for_effects(effects: Iterable[Effect]) -> tuple[Scope, ...]:
    """The smallest list for all endpoints with these effects."""
    wanted = frozenset(effects)
    needs = [
        tuple(scopes.scope(text.replace(_ANY_MODULE, "")) for text in need)
        for endpoint in ENDPOINTS.values()
        if endpoint.effect in wanted
        for need in endpoint.needs
    ]
    return scopes.minimal(needs)


def read_only() -> tuple[Scope, ...]:
    return for_effects(("read",))


def read_write() -> tuple[Scope, ...]:
    """Also adding, changing and deleting records; deleting is what undoes a create."""
    return for_effects(("read", "create", "update", "delete"))
