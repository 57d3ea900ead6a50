"""The tree of territories: the org's own at the root, each with a manager and users.

Kept as documents; the root is there without one, named as the company, until it is changed. Territory management is on
in every org of the emulator; `switch` turns it off, as it is in a real org that never enabled it.
"""

from __future__ import annotations

from typing import Final

from zcrm_tools.emulator import documents
from zcrm_tools.emulator.replies import Json, Refusal
from zcrm_tools.emulator.schema import ORG_PREFIX, ModuleDef
from zcrm_tools.emulator.store import Store

KIND: Final = "territory"
OFF: Final = "territories_off"
ROOT_ID: Final = ORG_PREFIX + 54_020
RULES: Final = {
    "account_rule_criteria": "Accounts",
    "deal_rule_criteria": "Deals",
    "lead_rule_criteria": "Leads",
}


def switch(store: Store, *, on: bool) -> None:
    documents.remove(store, OFF, 1)
    if not on:
        documents.add(store, OFF, {}, key=1)


def demand_enabled(store: Store) -> None:
    if documents.get(store, OFF, 1) is not None:
        raise Refusal("TERRITORY_NOT_ENABLED", "Territory feature is not enabled", status=403)


def column(module: ModuleDef) -> str | None:
    """The field that holds a record's territories; None where records have none."""
    return next((name for name in ("Territories", "Territory") if name in module.fields), None)


def territories(store: Store) -> list[Json]:
    """All of them, the root first."""
    found = documents.every(store, KIND)
    if found and found[0]["id"] == str(ROOT_ID):
        return found
    return [_root(store), *found]


def _root(store: Store) -> Json:
    name = store.org().get("company_name", "Org")
    return {
        "id": str(ROOT_ID),
        "name": name,
        "api_name": name.replace(" ", "_"),
        "description": "Organization Parent Territory",
        "permission_type": "read_only",
        "manager": None,
        "reporting_to": None,
        "users": [],
        **dict.fromkeys(RULES),
    }


def find(store: Store, key: int | None) -> Json | None:
    return next((one for one in territories(store) if one["id"] == str(key)), None)


def keep(store: Store, territory: Json) -> None:
    """Store a territory that was changed, the root too."""
    key = int(territory["id"])
    documents.remove(store, KIND, key)
    documents.add(store, KIND, territory, key=key)


def children(store: Store, key: int) -> list[Json]:
    return [one for one in territories(store) if one["reporting_to"] == key]


def with_all_below(store: Store, key: int) -> set[int]:
    """A territory and every one under it."""
    found, todo = {key}, [key]
    while todo:
        for child in children(store, todo.pop()):
            if int(child["id"]) not in found:
                found.add(int(child["id"]))
                todo.append(int(child["id"]))
    return found


def members(territory: Json) -> list[int]:
    """Its users; the manager is one of them."""
    return list(dict.fromkeys([*filter(None, [territory["manager"]]), *territory["users"]]))
