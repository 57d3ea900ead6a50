"""Custom modules: from the JSON of `POST` and `PUT /settings/modules` to a module with a table, usable at once.

https://www.zoho.com/crm/developer/docs/api/v8/create-custom-module-api.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from zcrm_tools.emulator import refusals
from zcrm_tools.emulator.call import as_id
from zcrm_tools.emulator.customize import api_name_of, auto_number, duplicate
from zcrm_tools.emulator.linking import stamps, system_field
from zcrm_tools.emulator.replies import Refusal
from zcrm_tools.emulator.schema import PROFILES, FieldDef, ModuleDef
from zcrm_tools.emulator.store import Store

MAX_LABEL: Final = 25
_LABEL = re.compile(r"[A-Za-z0-9 ]+")
_API_NAME = re.compile(r"[A-Za-z](?:[_ ]?[A-Za-z0-9])*")
_KEYWORDS: Final = frozenset(
    "customtab custommodule fileupload imageupload general approvals salesinbox unsubscribe checklists blueprints"
    " consentform datarequest organization zsurvey role roles profile profiles settings signals lockinginformation"
    " coql org users bulk actions search".split()
)
"""Those of the documentation that are one word, and the first segments of the API's own paths."""


def create_module(store: Store, row: Mapping[str, Any], path: str) -> int:
    """Make one custom module; its id."""
    labels = {key: _label(row, key, path) for key in ("plural_label", "singular_label")}
    _profiles(store, row, path)
    for key, label in labels.items():
        _free_label(store, label, f"{path}.{key}")
    name = _name(store, row, labels["plural_label"], path)
    first = store.next_ids(40)
    custom = sum(m.generated_type == "custom" for m in store.modules.values())
    fields = [*_fields(first + 4, labels["singular_label"]), _display(row, first + 3, path)]
    module = ModuleDef(
        name,
        f"CustomModule{custom + 1}",
        labels["singular_label"],
        labels["plural_label"],
        first,
        "Name",
        {f.api_name: f for f in fields},
        duplicate_field="Name",
        generated_type="custom",
        sequence=len(store.modules),
        layout=first + 1,
    )
    store.add_module(module)
    for holder in ("Notes", "Tasks", "Events", "Calls", "Attachments"):
        for field in store.modules[holder].fields.values():
            if field.kind == "any_lookup":
                store.change_field(holder, replace(field, targets=(*field.targets, name)))
    return first


def update_module(store: Store, module: ModuleDef, row: Mapping[str, Any], path: str) -> int:
    """New labels and profiles; the API name changes only in the browser."""
    if module.generated_type != "custom":
        raise Refusal("NOT_ALLOWED", "Only custom modules can be updated", {"resource_path_index": 2})
    if row.get("api_name", module.api_name) != module.api_name:
        details = refusals.bad_value(f"{path}.api_name").details
        raise Refusal("NOT_ALLOWED", "API name cannot be updated for module", details)
    labels = {key: _label(row, key, path) for key in ("plural_label", "singular_label")}
    _profiles(store, row, path)
    for key, label in labels.items():
        _free_label(store, label, f"{path}.{key}", but=module.api_name)
    store.change_module(replace(module, singular=labels["singular_label"], plural=labels["plural_label"]))
    return module.id


def _label(row: Mapping[str, Any], key: str, path: str) -> str:
    value = row.get(key)
    if value is None or value == "":
        raise refusals.missing_key(f"{path}.{key}")
    if not isinstance(value, str):
        raise refusals.wrong_type(f"{path}.{key}", "string")
    if len(value) > MAX_LABEL:
        raise refusals.too_long(f"{path}.{key}", MAX_LABEL)
    if not _LABEL.fullmatch(value) or not value.strip() or value.strip().lower() in _KEYWORDS:
        raise refusals.bad_value(f"{path}.{key}")
    return value.strip()


def _free_label(store: Store, label: str, path: str, *, but: str = "") -> None:
    for module in store.modules.values():
        if module.api_name != but and label.lower() in (module.plural.lower(), module.singular.lower()):
            raise duplicate(path)


def _profiles(store: Store, row: Mapping[str, Any], path: str) -> None:
    """At least one profile, all of them known, not all of them taken away."""
    if "profiles" not in row:
        raise refusals.missing_key(f"{path}.profiles")
    given = row["profiles"]
    if given is not None and not isinstance(given, list):
        raise refusals.wrong_type(f"{path}.profiles", "jsonarray")
    for at, profile in enumerate(given or ()):
        found = as_id(profile.get("id")) if isinstance(profile, dict) else None
        if found is None or not store.exists(PROFILES, found):
            raise refusals.bad_value(f"{path}.profiles[{at}].id", refusals.INVALID_ID)
    if not any("_delete" not in profile for profile in given or ()):
        details = refusals.bad_value(f"{path}.profiles").details
        raise Refusal("MINIMUM_DATA_NOT_FOUND", "Minimum one profile is needed", details)


def _name(store: Store, row: Mapping[str, Any], plural: str, path: str) -> str:
    given = row.get("api_name")
    if given is None:
        name = api_name_of(plural)
    else:
        if not isinstance(given, str) or len(given) > 50 or not _API_NAME.fullmatch(given):
            raise refusals.bad_value(f"{path}.api_name")
        name = given.replace(" ", "_")
    if name.lower() in _KEYWORDS or name.lower().startswith("sqlite"):
        details = refusals.bad_value(f"{path}.api_name").details
        raise Refusal("RESERVED_KEYWORD_NOT_ALLOWED", "Reserved keyword is not allowed", details, status=403)
    tables = {
        table.lower() for (table,) in store.fetch("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    if name.lower() in tables:
        raise duplicate(f"{path}.api_name")
    return name


def _display(row: Mapping[str, Any], key: int, path: str) -> FieldDef:
    """The field `Name`, by which records are known: text, or numbers that the org gives."""
    wanted = row.get("display_field") or {}
    if not isinstance(wanted, dict):
        raise refusals.wrong_type(f"{path}.display_field", "jsonobject")
    label, data_type = str(wanted.get("field_label") or "Name"), wanted.get("data_type", "text")
    if data_type == "text":
        return system_field("Name", label, "text", 120, key, mandatory=True)
    if data_type != "autonumber":
        raise refusals.not_listed(f"{path}.display_field.data_type", ["autonumber", "text"])
    numbers = wanted.get("auto_number")
    at = f"{path}.display_field.auto_number"
    if not isinstance(numbers, dict):
        raise refusals.missing_key(at)
    spec = {"auto_number": auto_number(numbers, at)}
    return system_field("Name", label, "autonumber", 120, key, read_only=True, spec=spec)


def _fields(first: int, singular: str) -> list[FieldDef]:
    """What every custom module has beside its name."""
    found = stamps(first)
    found[3] = replace(found[3], label=f"{singular} Owner")
    return [
        *found,
        system_field("Email", "Email", "email", 100, first + 6),
        system_field("Secondary_Email", "Secondary Email", "email", 100, first + 7),
        system_field("Email_Opt_Out", "Email Opt Out", "boolean", 5, first + 8),
        system_field("Last_Activity_Time", "Last Activity Time", "datetime", 120, first + 9, read_only=True),
        system_field("Tag", "Tag", "text", 2_000, first + 10, kind="json", json_type="jsonarray"),
        system_field("Record_Image", "Record Image", "profileimage", 255, first + 11),
        system_field("Layout", "Layout", "layout", 50, first + 12),
        system_field("Locked__s", "Locked", "boolean", 5, first + 13, read_only=True),
        system_field("Record_Status__s", "Record Status", "picklist", 120, first + 14, read_only=True),
    ]
