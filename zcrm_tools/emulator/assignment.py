"""Assignment rules: who gets a new record when the call names a rule by `lar_id`.

Zoho offers no call that makes a rule, so `define` is for the control plane and for seeds.
https://www.zoho.com/crm/developer/docs/api/v8/get-assignment-rules.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.call import as_id
from zcrm_tools.emulator.query.filters import BadFilter, Reader, compile_filter, matches
from zcrm_tools.emulator.replies import Json, Refusal
from zcrm_tools.emulator.schema import USERS, ModuleDef
from zcrm_tools.emulator.store import Store

KIND: Final = "assignment_rule"
CURRENT: Final = "${CURRENTUSER}"


def define(store: Store, rule: Mapping[str, Any], reader: Reader) -> int:
    """Add a rule; its id. `name`, `module`, `default_assignee` (a user's id or ${CURRENTUSER}), `description`,
    and `rule_entries` in order: `criteria` (or None) and `assign_to`, users' ids taken in turn.
    """
    module = store.modules.get(rule.get("module", ""))
    if module is None or module.generated_type == "system":
        raise refusals.bad_value("$.module")
    if not isinstance(rule.get("name"), str) or not rule["name"]:
        raise refusals.missing_key("$.name")
    entries = []
    for number, entry in enumerate(rule.get("rule_entries", [])):
        path = f"$.rule_entries[{number}]"
        if entry.get("criteria") is not None:
            try:
                compile_filter(module, entry["criteria"], reader)
            except BadFilter as bad:
                raise refusals.bad_value(f"{path}.criteria{bad.path}") from None
        people = [_user(store, one, f"{path}.assign_to") for one in entry.get("assign_to", [])]
        if not people:
            raise refusals.missing_key(f"{path}.assign_to")
        entries.append({"criteria": entry.get("criteria"), "assign_to": people, "given": 0})
    default = rule.get("default_assignee", CURRENT)
    now = int(reader.now.timestamp())
    body = {
        "name": rule["name"],
        "description": rule.get("description"),
        "default_assignee": default if default == CURRENT else _user(store, default, "$.default_assignee"),
        "rule_entries": entries,
        "created_by": reader.user_id,
        "modified_by": reader.user_id,
        "created_time": now,
        "modified_time": now,
    }
    return documents.add(store, KIND, body, parent=module.api_name)


def _user(store: Store, value: object, path: str) -> int:
    found = as_id(value)
    if found is None or not store.exists(USERS, found):
        raise refusals.bad_value(path, refusals.INVALID_ID)
    return found


def named(store: Store, module: ModuleDef, asked: object) -> Json | None:
    """The rule a body's `lar_id` means; None when it has none, refused when the module has no such rule."""
    if asked is None:
        return None
    for rule in documents.every(store, KIND, parent=module.api_name):
        if rule["id"] == str(asked):
            return rule
    details = {"api_name": "lar_id", "json_path": "$.lar_id"}
    raise Refusal("INVALID_DATA", refusals.INVALID_ID, details)


def assign(store: Store, rule: Json, module: ModuleDef, record_id: int, reader: Reader) -> None:
    """Give a new record to the owner the rule finds: the first entry that fits, its users in turn."""
    store.update(module.api_name, record_id, {"Owner": _owner(store, rule, module, record_id, reader)})


def _owner(store: Store, rule: Json, module: ModuleDef, record_id: int, reader: Reader) -> int:
    current = documents.get(store, KIND, int(rule["id"])) or rule  # an earlier row of the batch took its turn
    for entry in current["rule_entries"]:
        if entry["criteria"] is None or matches(store, module, record_id, entry["criteria"], reader):
            owner = entry["assign_to"][entry["given"] % len(entry["assign_to"])]
            entry["given"] += 1
            documents.put(store, KIND, int(rule["id"]), current)
            return int(owner)
    default = current["default_assignee"]
    return reader.user_id if default == CURRENT else int(default)
