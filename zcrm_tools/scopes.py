"""OAuth scopes of Zoho as values, and their algebra: parse, covers, missing, minimal, explain.

A scope is `Service.path.OPERATION`, for example `ZohoCRM.modules.leads.READ`. Zoho writes them in mixed case in its
own pages, so comparison ignores case (https://www.zoho.com/crm/developer/docs/api/v8/scopes.html). What a call needs
is an AND of ORs: every `Need` must be covered, and a need is covered when one of its alternatives is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

_WRITES = frozenset({"create", "update", "delete"})
_WORDS = {"read": "see", "create": "add", "update": "change", "delete": "delete", "write": "add, change and delete", "all": "see, add, change and delete"}  # fmt: skip
_THINGS = {
    "modules": "the records of every module",
    "modules.custom": "the records of custom modules",
    "settings": "every setting of the organisation",
    "users": "users",
    "org": "the organisation's details",
    "coql": "the results of COQL queries",
    "bulk": "bulk jobs",
    "notifications": "notification channels",
    "securesearch": "search results",
}
# Zoho's names for modules in scopes: lower case, no separators; https://www.zoho.com/crm/developer/docs/api/v8/scopes.html
_STANDARD_MODULES = frozenset(
    "leads accounts contacts deals campaigns tasks cases events calls solutions products vendors pricebooks quotes "
    "salesorders purchaseorders invoices notes attachments emails appointments services".split()
)


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """One scope. Equality ignores case; `str()` gives Zoho's spelling."""

    service: str
    path: tuple[str, ...]
    operation: str

    def __str__(self) -> str:
        service = {"zohocrm": "ZohoCRM", "zohosearch": "ZohoSearch", "zohofiles": "ZohoFiles"}.get(
            self.service, self.service
        )
        return ".".join((service, *self.path, self.operation.upper()))

    def covers(self, need: Scope) -> bool:
        """`modules.ALL` covers `modules.leads.READ`; WRITE is create, update and delete, not read."""
        return (
            self.service == need.service
            and need.path[: len(self.path)] == self.path
            and (
                self.operation in ("all", need.operation)
                or (self.operation == "write" and need.operation in _WRITES)
            )
        )


Need: TypeAlias = tuple[Scope, ...]
"""Alternatives, narrowest first; one is enough."""


def scope(text: str) -> Scope:
    """Read one scope. Raises ValueError when it has fewer than two dots."""
    parts = text.strip().lower().split(".")
    if len(parts) < 3 or not all(parts):
        raise ValueError(f"{text!r} is not a scope: a scope reads like ZohoCRM.modules.leads.READ")
    return Scope(parts[0], tuple(parts[1:-1]), parts[-1])


def parse(text: str) -> frozenset[Scope]:
    """Read a list of scopes; Zoho asks with commas and answers with spaces."""
    return frozenset(scope(part) for part in re.split(r"[,\s]+", text.strip()) if part)


def covers(granted: Iterable[Scope], need: Need) -> bool:
    """Whether one alternative of the need is granted."""
    return any(have.covers(want) for have in granted for want in need)


def missing(granted: Iterable[Scope], needs: Iterable[Need]) -> tuple[Scope, ...]:
    """The narrowest scopes that would cover what is not covered, without repeats."""
    have = tuple(granted)
    return tuple(dict.fromkeys(need[0] for need in needs if not covers(have, need)))


def minimal(needs: Iterable[Need]) -> tuple[Scope, ...]:
    """The smallest sorted set made of each need's narrowest alternative."""
    wanted = {need[0] for need in needs}
    return tuple(sorted(s for s in wanted if not any(o != s and o.covers(s) for o in wanted)))


def broader(own: Iterable[Scope], wanted: Iterable[Scope]) -> dict[Scope, tuple[Scope, ...]]:
    """The scopes of a list that allow more than is wanted, each with the wanted ones it covers: none when it serves nothing."""
    least = frozenset(wanted)
    return {one: tuple(sorted(w for w in least if one.covers(w))) for one in sorted(own) if one not in least}


def module_scope_name(module: str) -> str:
    """What scopes call a module: `Price_Books` is `pricebooks`; every custom module is `custom`."""
    plain = module.replace("_", "").lower()
    return plain if plain in _STANDARD_MODULES else "custom"


def explain(value: Scope) -> str:
    """The scope in words a person understands: `see leads`."""
    path = ".".join(value.path)
    thing = _THINGS.get(path) or (value.path[-1] if value.path[0] == "modules" else f"{value.path[0]}: {value.path[-1].replace('_', ' ')}")  # fmt: skip
    return f"{_WORDS.get(value.operation, value.operation)} {thing}"
