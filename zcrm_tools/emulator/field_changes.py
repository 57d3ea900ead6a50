"""Changing a field: `PATCH /settings/fields`. Its type, its API name and where a lookup leads stay for good.

https://www.zoho.com/crm/developer/docs/api/v8/update-custom-fields.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from zcrm_tools.emulator import customize, numbering, refusals
from zcrm_tools.emulator.replies import Refusal
from zcrm_tools.emulator.schema import FieldDef, ModuleDef
from zcrm_tools.emulator.store import Store, quoted

_FIXED = {
    "data_type": "Conversion of one field type to another is not possible",
    "api_name": "API name cannot be updated",
    "external": "External attribute cannot be updated",
}
_COPIED = ("tooltip", "crypt", "private", "sharing_properties")


def _forbidden(message: str, path: str) -> Refusal:
    return Refusal("NOT_ALLOWED", message, refusals.bad_value(path).details)


def change(store: Store, module_name: str, field: FieldDef, row: Mapping[str, Any], path: str) -> None:
    """Change one field by the keys of a row; what the row leaves out stays."""
    module = store.modules[module_name]
    for key, message in _FIXED.items():
        if key in row and row[key] != getattr(field, key, None):
            raise _forbidden(message, f"{path}.{key}")
    found = _label(module, field, row, path)
    found = _length(found, row, path)
    if "unique" in row:
        found = customize.checked_unique(module, found, row["unique"], path)
        _refuse_doubles(store, module, found, path)
    if "pick_list_values" in row:
        at = f"{path}.pick_list_values"
        if field.data_type not in ("picklist", "multiselectpicklist") or "global_picklist" in field.spec:
            raise _forbidden("pick_list_values is not allowed", at)
        choices = customize.merged_choices(store, found.picklist, row["pick_list_values"], at)
        found = replace(found, picklist=choices)
    if "system_mandatory" in row:
        found = replace(found, mandatory=row["system_mandatory"] is True)
    if "lookup" in row and isinstance(row["lookup"], dict) and "module" in row["lookup"]:
        named = row["lookup"]["module"]
        if not isinstance(named, dict) or named.get("api_name") != field.lookup_module:
            raise _forbidden("Lookup module cannot be updated", f"{path}.lookup.module")
    copied = customize.kept(row, _COPIED, path)
    found = replace(found, spec={**found.spec, **copied})
    if "auto_number" in row:
        found = _renumbered(store, module, found, row, path)
    if "formula" in row:
        _recompute(store, module, found, row["formula"], path)
    else:
        store.change_field(module_name, found)


def _label(module: ModuleDef, field: FieldDef, row: Mapping[str, Any], path: str) -> FieldDef:
    label = row.get("field_label", field.label)
    if label == field.label:
        return field
    at = f"{path}.field_label"
    if not field.custom:
        raise _forbidden("The field label of a system field cannot be updated", at)
    customize.check_label(module, label, at)
    return replace(field, label=label)


def _length(field: FieldDef, row: Mapping[str, Any], path: str) -> FieldDef:
    if row.get("length", field.length) == field.length:
        return field
    if field.data_type == "textarea" or not field.custom:
        raise _forbidden("The length cannot be updated", f"{path}.length")
    return replace(field, length=customize.checked_length(row, field.data_type, path))


def _refuse_doubles(store: Store, module: ModuleDef, field: FieldDef, path: str) -> None:
    """A field whose values repeat cannot become unique."""
    if not field.unique:
        return
    column = quoted(field.api_name) + (" COLLATE BINARY" if field.case_sensitive else "")
    table = quoted(module.api_name)
    sql = f"SELECT 1 FROM {table} WHERE {quoted(field.api_name)} IS NOT NULL GROUP BY {column} HAVING count(*) > 1"  # noqa: S608
    if store.fetch(sql + " LIMIT 1"):
        raise _forbidden("The field has duplicate values", f"{path}.unique")


def _renumbered(
    store: Store, module: ModuleDef, field: FieldDef, row: Mapping[str, Any], path: str
) -> FieldDef:
    """A new format, from its first number on; for the records that are there too when asked."""
    spec = customize.auto_number(row["auto_number"], f"{path}.auto_number")
    found = replace(field, spec={**field.spec, "auto_number": spec})
    store.execute("DELETE FROM _meta WHERE key = ?", (numbering.counter(module.api_name, field.api_name),))
    if row.get("_update_existing_records") is True:
        for (key,) in store.fetch(f"SELECT id FROM {quoted(module.api_name)} ORDER BY id"):  # noqa: S608
            number = numbering.following(store, module.api_name, found)
            store.update(module.api_name, key, {field.api_name: number})
    return found


def _recompute(store: Store, module: ModuleDef, field: FieldDef, wanted: Any, path: str) -> None:
    """A new expression: the generated column is made again."""
    known = field.spec.get("formula")
    if known is None or not isinstance(wanted, dict):
        raise refusals.wrong_type(f"{path}.formula", "jsonobject")
    returns = known["return_type"]
    if wanted.get("return_type", returns) != returns:
        at = f"{path}.formula.return_type"
        raise _forbidden("Formula field does not support updating the return type", at)
    others = replace(module, fields={n: f for n, f in module.fields.items() if n != field.api_name})
    found = customize.with_formula(others, field, {"return_type": returns, **wanted}, path)
    store.drop_field(module.api_name, field)
    store.add_field(module.api_name, found)
