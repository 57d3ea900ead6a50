"""Who may call what: the token check, what a scope covers, and whether a grant meets a demand.

The demand of each route is in `needs.py`. https://www.zoho.com/crm/developer/docs/api/v8/scopes.html
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from zcrm_tools.emulator.caller import Caller
from zcrm_tools.emulator.needs import NEEDS
from zcrm_tools.emulator.replies import Refusal
from zcrm_tools.emulator.schema import USERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zcrm_tools.emulator.grants import Grants
    from zcrm_tools.emulator.store import Store

OPERATIONS = frozenset({"all", "read", "create", "update", "delete", "write", "custom", "view"})
WRITES = frozenset({"create", "update", "delete"})
STANDARD = frozenset(
    "leads accounts contacts deals campaigns tasks cases events calls solutions products vendors pricebooks quotes"
    " salesorders purchaseorders invoices notes attachments emails approvals dashboards search services appointments"
    " appointments_rescheduled_history entity_scores forecasts lockinginformation".split()
)
"""Modules with a scope of their own; every other module is `custom`."""
GROUPS = frozenset(
    "modules settings users org bulk notifications coql send_mail change_owner mass_update mass_delete mass_convert"
    " share templates files composite_requests features apis graphql zia".split()
)
SERVICES = frozenset({"zohocrm", "zohosearch", "zohofiles", "zohowriter", "zohosign"})

EVERYTHING = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.users.ALL",
    "ZohoCRM.org.ALL",
    "ZohoCRM.coql.READ",
    "ZohoCRM.bulk.ALL",
    "ZohoCRM.notifications.ALL",
    "ZohoCRM.send_mail.all.CREATE",
    "ZohoCRM.change_owner.CREATE",
    "ZohoCRM.change_owner.READ",
    "ZohoCRM.mass_update.UPDATE",
    "ZohoCRM.mass_update.READ",
    "ZohoCRM.mass_delete.DELETE",
    "ZohoCRM.mass_delete.READ",
    "ZohoCRM.mass_convert.leads.CREATE",
    "ZohoCRM.mass_convert.leads.READ",
    "ZohoCRM.share.ALL",
    "ZohoCRM.templates.email.READ",
    "ZohoCRM.templates.inventory.READ",
    "ZohoCRM.files.CREATE",
    "ZohoCRM.files.READ",
    "ZohoCRM.apis.READ",
    "ZohoCRM.features.READ",
    "ZohoCRM.composite_requests.CUSTOM",
    "ZohoFiles.files.ALL",
    "ZohoSearch.securesearch.READ",
)
"""What the emulator's own credentials hold."""


@dataclass(frozen=True, slots=True)
class Scope:
    service: str
    path: tuple[str, ...]
    operation: str


@lru_cache(maxsize=4096)
def parse(text: str) -> Scope | None:
    """`service.group[.resource].OPERATION` in any case; None when it is not one."""
    service, *path, operation = text.strip().lower().split(".") if text.count(".") >= 2 else ("", "")
    if not (service and path and all(path)) or operation not in OPERATIONS:
        return None
    return Scope(service, tuple(path), operation)


def grantable(text: str) -> bool:
    """Whether the consent page accepts a scope. `settings.READ` is documented nowhere and is refused."""
    scope = parse(text)
    if scope is None or scope.service not in SERVICES:
        return False
    if scope.service != "zohocrm":
        return True
    group, *rest = scope.path
    if group == "modules" and rest:
        return rest[0] in STANDARD or rest[0] == "custom"
    if group == "settings" and not rest:
        return scope.operation == "all"
    return group in GROUPS


@lru_cache(maxsize=16384)
def covers(granted: str, needed: str) -> bool:
    """A group covers its children, ALL every operation, WRITE the three writes. Case does not matter."""
    have, need = parse(granted), parse(needed)
    if have is None or need is None or have.service != need.service:
        return False
    if have.path != need.path[: len(have.path)]:
        return False
    return have.operation in ("all", need.operation) or (
        have.operation == "write" and need.operation in WRITES
    )


def scope_name(module: str) -> str:
    """The part of a scope that names a module: `Price_Books` is `pricebooks`; all custom modules share `custom`."""
    name = module.lower()
    for known in (name, name.replace("_", "")):
        if known in STANDARD:
            return known
    return "custom"


def module_scope(module: str, operation: str) -> str:
    """The scope for an operation on a module, by its API name."""
    return f"ZohoCRM.modules.{scope_name(module)}.{operation}"


def demand(caller: Caller, *alternatives: str) -> None:
    """Refuse the call unless the grant covers at least one of the scopes."""
    if not any(covers(granted, needed) for needed in alternatives for granted in caller.scopes):
        raise Refusal("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL", status=401)


def authenticate(
    authorization: str | None, version: tuple[int, int], *, grants: Grants, store: Store
) -> Caller:
    """The caller behind an Authorization header; raises Zoho's 401 for none, and for one that is not live."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() not in ("zoho-oauthtoken", "bearer") or not token.strip():
        raise Refusal("AUTHENTICATION_FAILURE", "Authentication failed", status=401)
    holder = grants.holder(token.strip())
    user = None if holder is None else store.get(USERS, holder.user_id)
    if holder is None or user is None:
        raise Refusal("INVALID_TOKEN", "invalid oauth token", status=401)
    zone = user["time_zone"] or store.org().get("time_zone") or "UTC"
    return Caller(holder.user_id, frozenset(holder.scopes), version, ZoneInfo(zone), holder.client_id)


def demand_for(route: str, caller: Caller, parameters: Mapping[str, str]) -> None:
    """Hold the caller to the route's line in `NEEDS`."""
    module, relation = parameters.get("module", ""), parameters.get("relation", "")
    names = {
        "module": scope_name(module),
        "relation": scope_name(relation if relation in ("Notes", "Attachments", "Emails") else module),
    }
    for clause in NEEDS[route]:
        demand(caller, *(scope.format_map(names) for scope in clause))
