"""What an org has set up: layouts, custom views, related lists, roles, profiles, currencies, workflow rules.

Modules, fields, users and pipelines are the catalogue's. Everything here comes as Zoho gives it, as JSON objects.
https://www.zoho.com/crm/developer/docs/api/v8/layouts-meta.html and its neighbours
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from zcrm_tools import endpoints, operations
from zcrm_tools.crm import items
from zcrm_tools.crm.org import Org
from zcrm_tools.endpoints import Endpoint
from zcrm_tools.errors import ApiError, ScopeMissing

Json = Mapping[str, Any]
Firing = tuple[str, ...] | Literal["unknown"]
_WHEN = {"create": {"create", "create_or_edit"}, "update": {"edit", "create_or_edit", "field_update"}, "delete": {"delete"}}  # fmt: skip


async def layouts(org: Org, module: str) -> tuple[Json, ...]:
    return await _all(org, endpoints.LIST_LAYOUTS, "layouts", module=module)


async def custom_views(org: Org, module: str) -> tuple[Json, ...]:
    return await _all(org, operations.LIST_CUSTOM_VIEWS, "custom_views", module=module)


async def related_lists(org: Org, module: str) -> tuple[Json, ...]:
    return await _all(org, endpoints.LIST_RELATED_LISTS, "related_lists", module=module)


async def roles(org: Org) -> tuple[Json, ...]:
    return await _all(org, operations.LIST_ROLES, "roles")


async def profiles(org: Org) -> tuple[Json, ...]:
    return await _all(org, operations.LIST_PROFILES, "profiles")


async def currencies(org: Org) -> tuple[Json, ...]:
    """Empty for an org that keeps one currency."""
    try:
        return await _all(org, operations.LIST_CURRENCIES, "currencies")
    except ApiError as refused:
        if refused.code in ("FEATURE_NOT_ENABLED", "CURRENCIES_NOT_ENABLED"):
            return ()
        raise


async def workflow_rules(org: Org, module: str = "") -> tuple[Json, ...]:
    return await _all(
        org, operations.LIST_WORKFLOW_RULES, "workflow_rules", **({"module": module} if module else {})
    )


async def may_fire(org: Org, module: str, kind: Literal["create", "update", "delete"]) -> Firing:
    """Names of the active workflow rules that such a write may set off; "unknown" when they cannot be read.

    Their criteria are not judged, so a rule may stay quiet; and Zoho has automation besides workflow rules. An empty
    answer therefore reads "no workflow rule", never "nothing".
    """
    try:
        rules = await workflow_rules(org, module)
    except (ScopeMissing, ApiError):
        return "unknown"
    return tuple(str(rule.get("name", "")) for rule in rules if _fires(rule, kind))


@dataclass(frozen=True, slots=True)
class FromAddress:
    name: str
    email: str


async def from_addresses(org: Org) -> tuple[FromAddress, ...]:
    """Who a mail may come from."""
    reply = await org.session.call(operations.LIST_FROM_ADDRESSES)
    found = items.results(reply, "from_addresses")
    return tuple(FromAddress(str(a.get("user_name", "")), str(a["email"])) for a in found)


def _fires(rule: Json, kind: str) -> bool:
    active = bool((rule.get("status") or {}).get("active", True))
    when = str((rule.get("execute_when") or {}).get("type", ""))
    known = set().union(*_WHEN.values())
    return active and (when in _WHEN[kind] or when not in known)


async def _all(org: Org, endpoint: Endpoint, key: str, **params: str) -> tuple[Json, ...]:
    """Every page of a list of settings; those that come whole say nothing of pages."""
    found: list[Json] = []
    for number in range(1, 1_000):
        asked = {**params, **({"page": str(number)} if number > 1 else {})}
        reply = await org.session.call(endpoint, params=asked)
        found += items.results(reply, key)
        if not ((reply.body or {}).get("info") or {}).get("more_records"):
            break
    return tuple(found)
