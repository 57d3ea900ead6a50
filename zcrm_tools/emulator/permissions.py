"""What a profile lets its users do: the permissions, which of them are switched off, and the check before a call.

Every profile has the four record permissions of each module and the API; only administrators set things up. A switch
is kept as a document of the profile. https://www.zoho.com/crm/developer/docs/api/v8/get-profiles.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.schema import ORG_PREFIX, PROFILES, USERS, ModuleDef
from zcrm_tools.emulator.store import Store, quoted

if TYPE_CHECKING:
    from zcrm_tools.emulator.caller import Caller

KIND: Final = "profile"
API: Final = "Crm_Implied_Api_Access"
MANAGE_USERS: Final = "Crm_Implied_Manage_Users"
CUSTOMIZE: Final = "Crm_Implied_Customize_Zoho_CRM"
WORKFLOW: Final = "Crm_Implied_manage_workflow"
_ACTS: Final = ("View", "Create", "Edit", "Delete")
_WORDS: Final = {"View": "read", "Create": "create", "Edit": "update", "Delete": "delete"}
_GENERAL: Final = {
    API: "API Access",
    MANAGE_USERS: "Manage Users",
    CUSTOMIZE: "Customize Zoho CRM",
    WORKFLOW: "Manage Workflow",
}
_ON_RECORDS: Final = {
    "list_records": "View",
    "get_record": "View",
    "search_records": "View",
    "count_records": "View",
    "deleted_records": "View",
    "list_related": "View",
    "create_records": "Create",
    "upsert_records": "Create",
    "update_records": "Edit",
    "update_record": "Edit",
    "delete_records": "Delete",
    "delete_record": "Delete",
    "clone_record": "Create",
    "mass_update": "Edit",
    "mass_delete": "Delete",
    "change_owner": "Edit",
    "change_owners": "Edit",
    "mass_change_owner": "Edit",
    "merge_records": "Edit",
    "convert_lead": "Edit",
    "mass_convert": "Edit",
    "conversion_options": "View",
    "fetch_full_data": "View",
    "fetch_full_record": "View",
    "get_timeline": "View",
    "get_photo": "View",
    "upload_photo": "Edit",
    "delete_photo": "Edit",
    "get_blueprint": "View",
    "update_blueprint": "Edit",
    "add_tags": "Edit",
    "add_tags_to_record": "Edit",
    "remove_tags": "Edit",
    "remove_tags_from_record": "Edit",
}
_OF_LEADS: Final = frozenset({"convert_lead", "mass_convert", "conversion_options"})
"""Routes that spell their module out."""
_FREE: Final = frozenset({"sort_custom_views", "sort_custom_view"})
"""Writes under /settings that anyone may do for themselves."""


@dataclass(frozen=True, slots=True)
class Permission:
    name: str
    label: str
    id: int
    module: str | None = None


def permission_name(act: str, module: ModuleDef) -> str:
    """`Crm_Implied_View_Leads`; Deals go by their old name here, Potentials."""
    return f"Crm_Implied_{act}_{'Potentials' if module.api_name == 'Deals' else module.api_name}"


def permissions(store: Store) -> Iterator[Permission]:
    for module in store.modules.values():
        if module.generated_type != "system":
            first = ORG_PREFIX + 500_000 + 10 * module.sequence
            for number, act in enumerate(_ACTS, start=1):
                yield Permission(permission_name(act, module), act, first + number, module.api_name)
    for number, (name, label) in enumerate(_GENERAL.items(), start=1):
        yield Permission(name, label, ORG_PREFIX + 499_900 + number)


@dataclass(frozen=True, slots=True)
class Granted:
    """What one profile allows."""

    administrator: bool
    switched: Mapping[str, bool]

    def allows(self, name: str) -> bool:
        usual = name == API or name not in _GENERAL
        return self.administrator or self.switched.get(name, usual)


def of_profile(store: Store, profile_id: int) -> Granted:
    row = store.get(PROFILES, profile_id) or {}
    switched = (documents.get(store, KIND, profile_id) or {}).get("switched", {})
    return Granted(row.get("name") == "Administrator", switched)


def of_user(store: Store, user_id: int) -> Granted:
    rows = store.fetch(
        f"SELECT p.name, d.body FROM {quoted(USERS)} u LEFT JOIN {quoted(PROFILES)} p ON p.id = u.profile"  # noqa: S608
        " LEFT JOIN _documents d ON d.kind = ? AND d.id = u.profile WHERE u.id = ?",
        (KIND, user_id),
    )
    name, body = rows[0] if rows else (None, None)
    return Granted(name == "Administrator", json.loads(body)["switched"] if body else {})


def switch(store: Store, profile_id: int, changes: Mapping[str, bool]) -> None:
    kept = documents.get(store, KIND, profile_id)
    if kept is None:
        documents.add(store, KIND, {"switched": dict(changes)}, key=profile_id)
    else:
        documents.put(store, KIND, profile_id, {**kept, "switched": {**kept["switched"], **changes}})


def check(store: Store, caller: Caller, route: str, path: str, method: str, module: str) -> None:
    """Refuse a call that the caller's profile does not allow. `path` is the route's, `module` the one in the URL."""
    granted = of_user(store, caller.user_id)
    if granted.administrator:
        return
    if not granted.allows(API):
        raise refusals.denied(API)
    act, known = _ON_RECORDS.get(route), store.modules.get("Leads" if route in _OF_LEADS else module)
    if act is not None and known is not None and known.generated_type != "system":
        require(granted, act, known)
    needed = None if method == "GET" or route in _FREE else _of_settings(path)
    if needed is not None and not granted.allows(needed):
        raise refusals.denied(needed)


def demand(store: Store, caller: Caller, act: str, module: ModuleDef) -> None:
    """For a module that only the body names: `act` is View, Create, Edit or Delete."""
    require(of_user(store, caller.user_id), act, module)


def require(granted: Granted, act: str, module: ModuleDef) -> None:
    name = permission_name(act, module)
    if not granted.allows(name):
        raise refusals.denied(name, f"Permission denied to {_WORDS[act]}")


def _of_settings(path: str) -> str | None:
    if path.startswith("/settings/automation/"):
        return WORKFLOW
    if path.startswith(("/settings/tags", "/settings/recycle_bin")):
        return None
    if path.startswith(("/users", "/settings/user_groups")):
        return MANAGE_USERS
    return CUSTOMIZE if path.startswith(("/settings/", "/org")) else None
