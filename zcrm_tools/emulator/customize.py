"""Custom fields: from the JSON of `POST` and `PATCH /settings/fields` to a field of a module and a column of its table.

https://www.zoho.com/crm/developer/docs/api/v8/create-custom-field.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from zcrm_tools.emulator import global_sets, linking, refusals, rollups
from zcrm_tools.emulator.formulas import RETURNS, FormulaError, compile_formula
from zcrm_tools.emulator.replies import Json, Refusal
from zcrm_tools.emulator.rollups import RollupError
from zcrm_tools.emulator.schema import Choice, FieldDef, ModuleDef, json_type_of, kind_of
from zcrm_tools.emulator.store import Store

MAX_FIELDS_PER_CALL: Final = 5
MAX_CUSTOM_FIELDS: Final = 300
MAX_UNIQUE: Final = 2
MAX_AUTONUMBERS: Final = 1

_LENGTHS: Final[dict[str, tuple[int, int, int]]] = {
    # data type: shortest, longest, when not given
    "text": (1, 255, 255),
    "email": (1, 100, 100),
    "phone": (1, 30, 30),
    "integer": (1, 9, 9),
    "autonumber": (1, 255, 255),
    "currency": (1, 16, 16),
    "percent": (1, 5, 5),
    "bigint": (1, 18, 18),
    "double": (1, 18, 16),
    "website": (1, 450, 450),
    "fileupload": (1, 5, 5),
    "imageupload": (1, 10, 10),
}
_TEXTAREAS: Final = {"small": 2_000, "large": 32_000, "rich_text": 50_000}
_PLAIN: Final = {
    "picklist": 120,
    "multiselectpicklist": 2_000,
    "date": 20,
    "datetime": 120,
    "boolean": 5,
    "lookup": 120,
    "userlookup": 120,
    "multiselectlookup": 200,
    "multiuserlookup": 200,
    "formula": 255,
    "rollup_summary": 18,
    "subform": 2_000,
    "textarea": 2_000,
}
DATA_TYPES: Final = (*_LENGTHS, *_PLAIN)
_UNIQUE: Final = frozenset({"text", "email", "phone", "integer", "bigint", "double", "currency", "website"})
_KEPT: Final = ("tooltip", "crypt", "external", "private", "sharing_properties", "hipaa_compliance_enabled")
_LABEL = re.compile(r"[^<>\"{}|\\^`]+")
_API_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*")
_RESERVED = frozenset("id module layout type rowid data info".split())


def api_name_of(label: str) -> str:
    """The API name Zoho makes of a label: words joined by underscores."""
    name = "_".join(re.findall(r"[A-Za-z0-9]+", label))
    return name if name[:1].isalpha() else f"Field_{name}".rstrip("_")


def mismatch(path: str, message: str, **details: Any) -> Refusal:
    at = refusals.bad_value(path).details
    return Refusal("DEPENDENT_MISMATCH", message, {**details, **at})


def duplicate(path: str, message: str = "duplicate data") -> Refusal:
    return Refusal("DUPLICATE_DATA", message, refusals.bad_value(path).details)


def limit(
    number: int, path: str, message: str = "The field has reached its maximum creation limit"
) -> Refusal:
    due_to = [refusals.bad_value(path).details]
    return Refusal("LIMIT_EXCEEDED", message, {"limit": number, "limit_due_to": due_to})


# ---- creating


def create_field(store: Store, module_name: str, row: Mapping[str, Any], path: str) -> int:
    """Make one custom field; its id."""
    module = store.modules[module_name]
    label, data_type = _text(row, "field_label", path), _text(row, "data_type", path)
    if data_type not in DATA_TYPES:
        raise refusals.not_listed(f"{path}.data_type", DATA_TYPES)
    name = _names(module, row, label, path)
    custom = [f for f in module.fields.values() if f.custom]
    if len(custom) >= MAX_CUSTOM_FIELDS:
        raise limit(MAX_CUSTOM_FIELDS, f"{path}.field_label")
    first = store.next_ids(3)
    field = FieldDef(
        name,
        label,
        data_type,
        checked_length(row, data_type, path),
        id=first,
        json_type=json_type_of(data_type),
        kind=kind_of(data_type),
        mandatory=row.get("system_mandatory") is True,
        custom=True,
        decimal_place=_places(row, data_type, path),
        spec={key: value for key, value in kept(row, _KEPT, path).items() if value is not None},
    )
    field = checked_unique(module, field, row.get("unique"), path)
    field, also = _particulars(store, module, field, row, path)
    store.add_field(module_name, field, *also)
    return first


def kept(row: Mapping[str, Any], names: Sequence[str], path: str) -> Json:
    """Keys that are kept as they are given and mean nothing here; of the right type all the same."""
    found = {key: row[key] for key in names if key in row}
    for key, value in found.items():
        flag = key == "hipaa_compliance_enabled"
        if value is not None and not isinstance(value, bool if flag else dict):
            raise refusals.wrong_type(f"{path}.{key}", "boolean" if flag else "jsonobject")
    return found


def _text(row: Mapping[str, Any], key: str, path: str) -> str:
    value = row.get(key)
    if value is None or value == "":
        raise refusals.missing_key(f"{path}.{key}")
    if not isinstance(value, str):
        raise refusals.wrong_type(f"{path}.{key}", "string")
    return value.strip()


def check_label(module: ModuleDef, label: Any, path: str) -> None:
    """A label without special characters that no field of the module has."""
    if not isinstance(label, str):
        raise refusals.wrong_type(path, "string")
    if not _LABEL.fullmatch(label) or not re.search("[A-Za-z0-9]", label):
        raise refusals.bad_value(path)
    if label.lower() in (f.label.lower() for f in module.fields.values()):
        raise duplicate(path)


def _names(module: ModuleDef, row: Mapping[str, Any], label: str, path: str) -> str:
    """The API name of a new field; labels and API names are unique whatever their case."""
    check_label(module, label, f"{path}.field_label")
    taken = {name.lower() for name in module.fields}
    given = row.get("api_name")
    if given is not None:
        if not isinstance(given, str) or not _API_NAME.fullmatch(given) or len(given) > 50:
            raise refusals.bad_value(f"{path}.api_name")
        if given.lower() in taken:
            raise duplicate(f"{path}.api_name")
        name = given
    else:
        name = stem = api_name_of(label)[:50]
        number = 0
        while name.lower() in taken:
            number += 1
            name = f"{stem}{number}"
    if name.lower() in _RESERVED:
        raise Refusal(
            "RESERVED_KEYWORD_NOT_ALLOWED",
            "Reserved keyword is not allowed",
            refusals.bad_value(f"{path}.field_label").details,
        )
    return name


def checked_length(row: Mapping[str, Any], data_type: str, path: str) -> int:
    if data_type == "textarea":
        kind = row.get("textarea")
        if not isinstance(kind, dict) or kind.get("type") is None:
            raise refusals.needs(f"{path}.data_type", f"{path}.textarea")
        if kind["type"] not in _TEXTAREAS:
            raise refusals.not_listed(f"{path}.textarea.type", list(_TEXTAREAS))
        size = _TEXTAREAS[kind["type"]]
        if row.get("length", size) != size:
            raise mismatch(f"{path}.length", "The given length value seems to be invalid.")
        return size
    if data_type not in _LENGTHS:
        return _PLAIN[data_type]
    shortest, longest, usual = _LENGTHS[data_type]
    size = row.get("length", usual)
    if isinstance(size, bool) or not isinstance(size, int):
        raise refusals.wrong_type(f"{path}.length", "integer")
    if not shortest <= size <= longest or (data_type == "fileupload" and size not in (1, 5)):
        raise mismatch(
            f"{path}.length", "The given length value seems to be invalid.", range=[shortest, longest]
        )
    return size


def _places(row: Mapping[str, Any], data_type: str, path: str) -> int | None:
    """Decimal places: 0 to 9."""
    if data_type not in ("currency", "double", "formula"):
        return None
    places = row.get("decimal_place", None if data_type == "formula" else 2)
    if places is None:
        return None
    if isinstance(places, bool) or not isinstance(places, int):
        raise refusals.wrong_type(f"{path}.decimal_place", "integer")
    if not 0 <= places <= 9:
        raise refusals.bad_value(f"{path}.decimal_place", range=[0, 9])
    return places


def checked_unique(module: ModuleDef, field: FieldDef, wanted: Any, path: str) -> FieldDef:
    if wanted is None or wanted == {}:
        return field
    if not isinstance(wanted, dict):
        raise refusals.wrong_type(f"{path}.unique", "jsonobject")
    if "_disable" in wanted:
        spec = {key: value for key, value in field.spec.items() if key != "unique"}
        return replace(field, unique=False, spec=spec)
    if field.data_type not in _UNIQUE:
        raise Refusal(
            "NOT_ALLOWED", "Unique case is not allowed", refusals.bad_value(f"{path}.unique").details
        )
    sensitive = wanted.get("case_sensitive", False)
    if not isinstance(sensitive, bool):
        raise refusals.wrong_type(f"{path}.unique.case_sensitive", "boolean")
    others = [f for f in module.fields.values() if f.custom and f.unique and f.api_name != field.api_name]
    if len(others) >= MAX_UNIQUE:
        raise limit(MAX_UNIQUE, f"{path}.unique")
    return replace(field, unique=True, spec={**field.spec, "unique": {"case_sensitive": sensitive}})


def _object(row: Mapping[str, Any], key: str, path: str) -> Json:
    value = row.get(key)
    if value is None:
        raise refusals.needs(f"{path}.data_type", f"{path}.{key}")
    if not isinstance(value, dict):
        raise refusals.wrong_type(f"{path}.{key}", "jsonobject")
    return value


def _particulars(
    store: Store, module: ModuleDef, field: FieldDef, row: Mapping[str, Any], path: str
) -> tuple[FieldDef, Sequence[str]]:
    """What only some data types have, and the statements that go with it."""
    match field.data_type:
        case "picklist" | "multiselectpicklist":
            return _with_choices(store, field, row, path), ()
        case "textarea":
            return replace(field, spec={**field.spec, "textarea": {"type": row["textarea"]["type"]}}), ()
        case "currency":
            return _with_currency(field, row.get("currency"), path), ()
        case "autonumber":
            return _with_numbers(module, field, row, path), ()
        case "formula":
            return with_formula(module, field, _object(row, "formula", path), path), ()
        case "rollup_summary":
            return _with_rollup(store, module, field, _object(row, "rollup_summary", path), path)
        case "lookup":
            return linking.with_lookup(store, module, field, _object(row, "lookup", path), path), ()
        case "userlookup":
            return replace(field, lookup_module="Users"), ()
        case "multiselectlookup":
            wanted = _object(row, "multiselectlookup", path)
            return linking.with_links(store, module, field, wanted, path), ()
        case "multiuserlookup":
            return linking.with_links(store, module, field, row.get("multiuserlookup") or {}, path), ()
        case "subform":
            return linking.with_subform(store, module, field, path), ()
    return field, ()


def _with_choices(store: Store, field: FieldDef, row: Mapping[str, Any], path: str) -> FieldDef:
    given, shared = row.get("pick_list_values"), row.get("global_picklist")
    if given and shared:
        raise refusals.ambiguous("pick_list_values", "global_picklist")
    if shared:
        return global_sets.bind(store, field, shared, f"{path}.global_picklist")
    if not given:
        message = "Either global_picklist or picklist values is expected"
        raise Refusal(
            "EXPECTED_DEPENDENT_FIELD_MISSING",
            message,
            refusals.bad_value(f"{path}.pick_list_values").details,
        )
    return replace(field, picklist=merged_choices(store, (), given, f"{path}.pick_list_values"))


def merged_choices(store: Store, known: Sequence[Choice], given: Any, path: str) -> tuple[Choice, ...]:
    """The values after some are added or get a new display value; one is found by its id or its actual value."""
    if not isinstance(given, list):
        raise refusals.wrong_type(path, "jsonarray")
    found = list(known)
    for at, item in enumerate(given):
        place = f"{path}[{at}]"
        if not isinstance(item, dict):
            raise refusals.wrong_type(place, "jsonobject")
        display = _text(item, "display_value", place)
        actual = str(item.get("actual_value") or display)
        matches = (n for n, c in enumerate(found) if str(c.id) == item.get("id") or c.actual == actual)
        same = next(matches, None) if known else None
        if any(c.display.lower() == display.lower() and n != same for n, c in enumerate(found)):
            raise duplicate(f"{place}.display_value")
        if same is not None:
            found[same] = replace(found[same], display=display)
        elif any(c.actual == actual for c in found):
            raise duplicate(f"{place}.actual_value")
        else:
            found.append(Choice(display, actual, id=store.next_id(), sequence=len(found) + 1))
    return tuple(found)


def _with_currency(field: FieldDef, wanted: Any, path: str) -> FieldDef:
    wanted = wanted if isinstance(wanted, dict) else {}
    rounding = wanted.get("rounding_option", "normal")
    options = ("normal", "round_off", "round_up", "round_down")
    if rounding not in options:
        raise refusals.not_listed(f"{path}.currency.rounding_option", options)
    precision = wanted.get("precision", field.decimal_place)
    spec = {**field.spec, "currency": {"rounding_option": rounding, "precision": precision}}
    return replace(field, spec=spec)


def _with_numbers(module: ModuleDef, field: FieldDef, row: Mapping[str, Any], path: str) -> FieldDef:
    if sum(f.custom and f.data_type == "autonumber" for f in module.fields.values()) >= MAX_AUTONUMBERS:
        raise limit(MAX_AUTONUMBERS, f"{path}.data_type")
    spec = auto_number(_object(row, "auto_number", path), f"{path}.auto_number")
    return replace(field, read_only=True, spec={**field.spec, "auto_number": spec})


def auto_number(wanted: Any, path: str) -> Json:
    """Prefix, suffix and first number, checked. The samples give the number as an integer and as text."""
    if not isinstance(wanted, dict):
        raise refusals.wrong_type(path, "jsonobject")
    start = wanted.get("start_number")
    if start is None:
        raise refusals.missing_key(f"{path}.start_number")
    if isinstance(start, bool) or not re.fullmatch(r"[0-9]{1,16}", str(start)):
        raise refusals.wrong_type(f"{path}.start_number", "integer")
    ends = {key: wanted.get(key) for key in ("prefix", "suffix")}
    for key, text in ends.items():
        if text is not None and not (isinstance(text, str) and re.fullmatch(r"[\w-]{0,50}", text)):
            raise refusals.bad_value(f"{path}.{key}")
    return {**ends, "start_number": int(start)}


def with_formula(module: ModuleDef, field: FieldDef, wanted: Mapping[str, Any], path: str) -> FieldDef:
    returns = wanted.get("return_type", "double")
    if returns not in RETURNS:
        raise refusals.not_listed(f"{path}.formula.return_type", list(RETURNS))
    expression = _text(wanted, "expression", f"{path}.formula")
    try:
        sql = compile_formula(module, expression, returns, field.decimal_place)
    except FormulaError as error:
        at = f"{path}.formula.expression"
        raise refusals.bad_value(at, f"Invalid formula expression: {error}") from None
    spec = {**field.spec, "formula": {"return_type": returns, "expression": expression, "sql": sql}}
    kind = kind_of(returns)
    return replace(field, read_only=True, kind=kind, json_type=json_type_of(returns), spec=spec)


def _with_rollup(
    store: Store, module: ModuleDef, field: FieldDef, wanted: Json, path: str
) -> tuple[FieldDef, Sequence[str]]:
    try:
        found = rollups.summary(store.modules, wanted, module.api_name)
    except RollupError as error:
        raise refusals.bad_value(f"{path}.rollup_summary", f"invalid data: {error}") from None
    returns = {"integer": "integer", "number": "double"}.get(found.kind, found.kind)
    spec = {**field.spec, "rollup_summary": {"rollup_based_on": "Module", **wanted, "return_type": returns}}
    field = replace(field, read_only=True, kind=found.kind, json_type=json_type_of(returns), spec=spec)
    return field, tuple(rollups.statements(module.api_name, field.api_name, found))
