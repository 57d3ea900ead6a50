"""The org described: modules, fields and layouts as the settings calls show them.

Shapes follow the pages linked from `routes/metadata.py`; every key of a field item is always present, as in v7 and v8.
"""

from __future__ import annotations

from typing import Any

from zcrm_tools.emulator.render import module_reference
from zcrm_tools.emulator.replies import Json
from zcrm_tools.emulator.schema import (
    ORG_PREFIX,
    PROFILES,
    Choice,
    FieldDef,
    ModuleDef,
)
from zcrm_tools.emulator.store import Store, quoted

_UI_TYPES = {
    "text": 1,
    "picklist": 2,
    "textarea": 3,
    "ownerlookup": 8,
    "userlookup": 8,
    "website": 21,
    "email": 25,
    "integer": 32,
    "phone": 33,
    "percent": 34,
    "currency": 36,
    "double": 38,
    "bigint": 52,
    "profileimage": 66,
    "multiselectpicklist": 100,
    "lookup": 133,
    "multi_module_lookup": 133,
    "datetime": 333,
    "date": 24,
    "layout": 208,
    "boolean": 301,
    "territories": 999,
    "autonumber": 4,
    "formula": 116,
    "rollup_summary": 118,
    "multiselectlookup": 444,
    "multiuserlookup": 445,
    "subform": 500,
    "fileupload": 555,
    "imageupload": 556,
}
_UI_BY_NAME = {"First_Name": 27, "Last_Name": 127, "Tag": 209, "Fax": 35, "Created_By": 20, "Modified_By": 20}
_UNFILTERABLE = frozenset(
    {"textarea", "participants", "multireminder", "ALARM", "RRULE", "profileimage", "layout"}
)
_EMPTY_OBJECTS = (
    "multi_module_lookup",
    "unique",
    "currency",
    "lookup",
    "rollup_summary",
    "formula",
    "multiselectlookup",
    "multiuserlookup",
    "auto_number",
)
_SAID = frozenset(
    "tooltip crypt external private sharing_properties textarea currency auto_number formula rollup_summary"
    " multiselectlookup multiuserlookup global_picklist".split()
)
"""The parts of a custom field's `spec` that its description repeats."""
_CATEGORY_IDS = {"Pipeline": 1, "Closed": 2, "Omitted": 3}


def profiles_of(store: Store, **beside: Any) -> list[Json]:
    rows = store.fetch(f"SELECT id, name FROM {quoted(PROFILES)} ORDER BY id")  # noqa: S608 - schema name
    return [{**beside, "name": name, "id": str(profile_id)} for profile_id, name in rows]


def choice_item(choice: Choice) -> Json:
    return {
        "display_value": choice.display,
        "sequence_number": choice.sequence,
        "reference_value": choice.actual,
        "colour_code": None,
        "actual_value": choice.actual,
        "id": str(choice.id),
        "type": "used",
    }


def stage_item(choice: Choice) -> Json:
    """A stage as layouts and pipelines show it."""
    number = _CATEGORY_IDS[choice.forecast_category]
    category = {"name": choice.forecast_category, "id": str(ORG_PREFIX + 311_000 + number)}
    return {
        "display_value": choice.display,
        "sequence_number": choice.sequence,
        "forecast_category": category,
        "actual_value": choice.actual,
        "id": str(choice.id),
        "forecast_type": choice.forecast_type,
    }


_SAME_FOR_ALL: Json = {
    "associated_module": None,
    "webhook": True,
    "colour_code_enabled_by_system": False,
    "tooltip": None,
    "type": "used",
    "customizable_properties": None,
    "association_details": None,
    "created_time": None,
    "visible": True,
    "separator": False,
    "external": None,
    "enable_colour_code": False,
    "virtual_field": False,
    "crypt": None,
    "created_source": "default",
    "display_type": -1,
    "modified_time": None,
    "quick_sequence_number": None,
    "hipaa_compliance": None,
    "pick_list_values_sorted_lexically": False,
    "global_picklist": None,
    "history_tracking": None,
    "hipaa_compliance_enabled": False,
}
"""Keys of a field that mean something only to features the emulator leaves out, or have one value here."""


def field_item(store: Store, module: ModuleDef, field: FieldDef) -> Json:
    """One entry of `fields`."""
    permission = "read_only" if field.read_only else "read_write"
    return {
        **_SAME_FOR_ALL,
        **_writing(field),
        "field_label": field.label,
        "field_read_only": field.read_only or field.api_name == "Owner",
        "display_label": field.label,
        "read_only": field.read_only,
        "businesscard_supported": field.kind not in ("json", "any_lookup"),
        "id": str(field.id),
        "filterable": field.data_type not in _UNFILTERABLE,
        "profiles": profiles_of(store, permission_type=permission),
        "searchable": field.kind != "json",
        "api_name": field.api_name,
        "pick_list_values": [choice_item(choice) for choice in field.picklist],
        "system_mandatory": field.mandatory,
        "json_type": field.json_type,
        "ui_type": _UI_BY_NAME.get(field.api_name, _UI_TYPES.get(field.data_type, 1)),
        "email_parser": {"fields_update_supported": False, "record_operations_supported": True},
        "custom_field": field.custom,
        "convert_mapping": {name: field.convert.get(name) for name in ("Contacts", "Deals", "Accounts")}
        if field.convert
        else None,
        "length": field.length,
        "display_field": field.api_name == module.display_field,
        "sortable": field.kind != "json" and field.data_type != "textarea",
        "layout_associations": [{"api_name": "Standard__s", "name": "Standard", "id": str(module.layout_id)}],
        "data_type": field.data_type,
        "decimal_place": field.decimal_place,
        **{name: {} for name in _EMPTY_OBJECTS},
        **_particulars(store, field),
    }


def _writing(field: FieldDef) -> Json:
    """Where a field can be written."""
    writable = not field.read_only
    return {
        "operation_type": dict.fromkeys(("web_update", "api_create", "web_create", "api_update"), writable),
        "view_type": {
            "view": True,
            "edit": writable,
            "quick_create": writable and field.mandatory,
            "create": writable,
        },
        "mass_update": writable and not field.unique and field.kind not in ("json", "any_lookup"),
    }


def _particulars(store: Store, field: FieldDef) -> Json:
    """The keys that only some data types fill."""
    found: Json = {}
    for key, value in field.spec.items():
        if key in _SAID:
            found[key] = {k: v for k, v in value.items() if k != "sql"} if isinstance(value, dict) else value
    if field.unique:
        found["unique"] = {"case_sensitive": field.case_sensitive}
    if field.data_type == "currency" and "currency" not in field.spec:
        found["currency"] = {"rounding_option": "normal", "precision": field.decimal_place}
    if field.data_type == "textarea" and "textarea" not in field.spec:
        found["textarea"] = {"type": "large" if field.length > 2_000 else "small"}
    if field.data_type == "autonumber" and "auto_number" not in field.spec:
        found["auto_number"] = {"prefix": "C", "suffix": None, "start_number": 1}
    if field.data_type == "lookup":
        given = field.spec.get("lookup", {})
        found["lookup"] = {
            "display_label": given.get("display_label") or field.related_list.replace("_", " ") or None,
            "revalidate_filter_during_edit": False,
            "api_name": field.related_list or None,
            "module": {**module_reference(store, field.lookup_module), "crypt": False},
            "id": given.get("id") or str(field.id + 50_000),
            "query_details": {},
        }
    if field.kind == "subform":
        module = store.modules[field.spec["subform"]["module"]]
        named = {"module": module.api_name, "id": str(module.id)}
        found |= {"associated_module": named, "subform": named}
    if field.kind == "any_lookup":
        modules = [module_reference(store, name) for name in field.targets if name in store.modules]
        found["multi_module_lookup"] = {
            "display_label": field.label,
            "api_name": field.api_name,
            "modules": modules,
        }
    return found


def module_item(store: Store, module: ModuleDef) -> Json:
    """One entry of `modules`."""
    own = module.generated_type in ("default", "custom")
    parent = module_reference(store, module.parent) if module.parent else {}
    return {
        "has_more_profiles": False,
        "access_type": "org_based",
        "private_profile": None,
        "global_search_supported": True,
        "deletable": own,
        "description": None,
        "creatable": own,
        "recycle_bin_on_delete": True,
        "modified_time": None,
        "plural_label": module.plural,
        "presence_sub_menu": own,
        "actual_plural_label": module.plural,
        "lookupable": own,
        "id": str(module.id),
        "isBlueprintSupported": own and module.api_name not in ("Notes", "Events"),
        "visibility": 1 if own else 2,
        "convertable": module.api_name == "Leads",
        "sub_menu_available": own,
        "editable": own,
        "actual_singular_label": module.singular,
        "profiles": profiles_of(store),
        "show_as_tab": own and module.api_name not in ("Notes", "Attachments"),
        "web_link": None,
        "sequence_number": module.sequence,
        "singular_label": module.singular,
        "viewable": True,
        "api_supported": True,
        "api_name": module.api_name,
        "quick_create": own,
        "modified_by": None,
        "generated_type": module.generated_type,
        "feeds_required": False,
        "public_fields_configured": False,
        "arguments": [],
        "module_name": module.module_name,
        "profile_count": len(profiles_of(store)),
        "business_card_field_limit": 5,
        "parent_module": parent,
        "status": "visible",
    }


def module_details(store: Store, module: ModuleDef) -> Json:
    """A module by itself: with its fields, layouts and view beside what the list shows."""
    return {
        **module_item(store, module),
        "display_field": module.display_field,
        "search_layout_fields": list(module.fields)[:5],
        "fields": [field_item(store, module, field) for field in module.fields.values()],
        "layouts": [layout_item(store, module)],
        "custom_view": view_item(module),
        "per_page": 200,
        "$properties": [],
        "$on_demand_properties": [],
        "$field_states": [],
    }


def layout_item(store: Store, module: ModuleDef) -> Json:
    fields = []
    section_id = str(module.layout_id + 1)
    for number, field in enumerate(module.fields.values(), start=1):
        item = field_item(store, module, field)
        if field.api_name == "Stage":
            item["pick_list_values"] = [
                {**choice_item(choice), **stage_item(choice), "probability": choice.probability}
                for choice in field.picklist
            ]
        if field.api_name == "Pipeline":
            item["maps"] = [stage_item(choice) for choice in module.fields["Stage"].picklist]
        fields.append(
            {
                **item,
                "required": field.mandatory or field.required,
                "sequence_number": number,
                "section_id": section_id,
            }
        )
    section = {
        "isSubformSection": False,
        "type": "used",
        "display_label": f"{module.singular} Information",
        "sequence_number": 1,
        "tab_traversal": 2,
        "api_name": f"{module.singular} Information",
        "column_count": 2,
        "name": f"{module.singular} Information",
        "generated_type": "default",
        "id": section_id,
        "fields": fields,
        "properties": None,
    }
    allowed = ("edit", "rename", "clone", "downgrade", "delete", "deactivate", "set_layout_permissions")
    return {
        "has_more_profiles": False,
        "created_time": None,
        "convert_mapping": _convert_mapping(store) if module.api_name == "Leads" else None,
        "visible": True,
        "created_for": None,
        "profiles": profiles_of(store, default=True),
        "source": "crm",
        "created_by": None,
        "sections": [section],
        "status": "active",
        "display_label": "Standard",
        "show_business_card": True,
        "generated_type": "default",
        "actions_allowed": dict.fromkeys(allowed, True),
        "id": str(module.layout_id),
        "name": "Standard",
        "api_name": "Standard__s",
        "modified_by": None,
        "modified_time": None,
    }


def _convert_mapping(store: Store) -> Json:
    return {
        name: {"name": "Standard", "id": str(store.modules[name].layout_id)}
        for name in ("Contacts", "Deals", "Accounts")
    }


def view_item(module: ModuleDef) -> Json:
    """The one custom view of a module: all of it."""
    name = f"All {module.plural}"
    return {
        "display_value": name,
        "created_time": None,
        "system_name": "ALLVIEWS",
        "created_by": None,
        "default": True,
        "modified_time": None,
        "name": name,
        "system_defined": True,
        "modified_by": None,
        "id": str(module.view_id),
        "category": "public_views",
        "last_accessed_time": None,
        "locked": False,
        "favorite": None,
    }
