"""Modules and fields of the emulated org: what a table holds and what the metadata calls describe.

Standard modules come from `data/standard_fields.json`; Users, roles and profiles are described in the same
terms so that joins through `Owner.role.name` need no rule of their own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import Any, Final, Literal

Kind = Literal[
    "text",
    "integer",
    "number",
    "boolean",
    "date",
    "datetime",
    "lookup",
    "user",
    "any_lookup",
    "choices",
    "json",
    "subform",
    "links",
]
"""How a value is stored. `lookup` covers layouts too; `any_lookup` is a multi-module lookup: two columns.

`subform` and `links` have no column: their rows live in a module of their own, the subform or the linking module.
"""

ORG_PREFIX: Final = 554_023_000_000_000_000
"""Ids are 18 digits. Metadata lies below FIRST_RECORD_ID, records and users at or above it."""
FIRST_RECORD_ID: Final = ORG_PREFIX + 1_000_001

USERS: Final = "Users"
ROLES: Final = "__roles"
PROFILES: Final = "__profiles"

_KINDS: Final[dict[str, Kind]] = {
    "integer": "integer",
    "bigint": "integer",
    "currency": "number",
    "double": "number",
    "percent": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "lookup": "lookup",
    "layout": "lookup",
    "ownerlookup": "user",
    "userlookup": "user",
    "multi_module_lookup": "any_lookup",
    "multiselectpicklist": "choices",
    "territories": "json",
    "ALARM": "json",
    "multireminder": "json",
    "RRULE": "json",
    "participants": "json",
    "fileupload": "json",
    "imageupload": "json",
    "subform": "subform",
    "multiselectlookup": "links",
    "multiuserlookup": "links",
}
_JSON_TYPES: Final[dict[str, str]] = {
    "integer": "integer",
    "currency": "double",
    "double": "double",
    "percent": "double",
    "boolean": "boolean",
    "lookup": "jsonobject",
    "layout": "jsonobject",
    "ownerlookup": "jsonobject",
    "userlookup": "jsonobject",
    "multi_module_lookup": "jsonobject",
    "ALARM": "jsonobject",
    "RRULE": "jsonobject",
    "multiselectpicklist": "jsonarray",
    "territories": "jsonarray",
    "multireminder": "jsonarray",
    "participants": "jsonarray",
    "fileupload": "jsonarray",
    "imageupload": "jsonarray",
    "subform": "jsonarray",
    "multiselectlookup": "jsonarray",
    "multiuserlookup": "jsonarray",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One picklist value. Records hold `actual`; people see `display`. The rest is filled for a Deal's Stage."""

    display: str
    actual: str
    id: int = 0
    sequence: int = 0
    probability: int | None = None
    forecast_type: Literal["Open", "Closed Won", "Closed Lost", ""] = ""
    forecast_category: str = ""


@dataclass(frozen=True, slots=True)
class FieldDef:
    """One field. `closed` picklists refuse values they do not list; the others store any text, as Zoho does.

    `required`: mandatory for rows that name their Layout. `spec` holds the objects that describe a data type under
    the names they have in a field's metadata: `formula`, `rollup_summary`, `auto_number`, `subform`, …
    """

    api_name: str
    label: str
    data_type: str
    length: int
    id: int = 0
    json_type: str = "string"
    kind: Kind = "text"
    mandatory: bool = False
    read_only: bool = False
    unique: bool = False
    custom: bool = False
    closed: bool = False
    lookup_module: str = ""
    targets: tuple[str, ...] = ()
    related_list: str = ""
    picklist: tuple[Choice, ...] = ()
    decimal_place: int | None = None
    convert: dict[str, str] = field(default_factory=dict)
    required: bool = False
    spec: dict[str, Any] = field(default_factory=dict)

    @property
    def stored(self) -> bool:
        """Whether the module's table has a column of the field's name."""
        return self.kind not in ("subform", "links")

    @property
    def case_sensitive(self) -> bool:
        return bool(self.spec.get("unique", {}).get("case_sensitive"))


@dataclass(frozen=True, slots=True)
class ModuleDef:
    """One module. `duplicate_field` is the one upsert checks by itself; empty where Zoho offers no upsert."""

    api_name: str
    module_name: str
    singular: str
    plural: str
    id: int
    display_field: str
    fields: dict[str, FieldDef]
    duplicate_field: str = ""
    generated_type: Literal["default", "custom", "system", "subform", "linking"] = "default"
    sequence: int = 0
    parent: str = ""
    layout: int = 0

    @property
    def layout_id(self) -> int:
        """A custom module's ids are allocated in a row; a standard module's follow from its own."""
        return self.layout or self.id + 10_000

    @property
    def view_id(self) -> int:
        """Id of the one custom view every module has, "All …"."""
        return self.layout + 2 if self.layout else self.id + 20_000

    @property
    def virtual(self) -> tuple[FieldDef, ...]:
        """The fields whose values are rows of another module."""
        return tuple(f for f in self.fields.values() if not f.stored)


def kind_of(data_type: str) -> Kind:
    return _KINDS.get(data_type, "text")


def json_type_of(data_type: str) -> str:
    return _JSON_TYPES.get(data_type, "string")


def _choices(raw: list[Any], first_id: int) -> tuple[Choice, ...]:
    found = []
    for number, item in enumerate(raw, start=1):
        parts: dict[str, Any]
        match item:
            case str():
                parts = {"display": item, "actual": item}
            case [display, actual]:
                parts = {"display": display, "actual": actual}
            case _:
                parts = dict(item)
        found.append(Choice(**parts, id=first_id + number, sequence=number))
    return tuple(found)


def _field(raw: dict[str, Any], number: int, lists: dict[str, tuple[Choice, ...]]) -> FieldDef:
    data_type = raw["type"]
    json_type = raw.get("json_type") or json_type_of(data_type)
    kind = kind_of(data_type)
    users = USERS if kind == "user" else ""
    return FieldDef(
        api_name=raw["name"],
        label=raw["label"],
        data_type=data_type,
        length=raw["length"],
        id=ORG_PREFIX + 200_000 + number,
        json_type=json_type,
        kind="json" if json_type == "jsonarray" and kind == "text" else kind,
        mandatory=raw.get("mandatory", False),
        read_only=raw.get("read_only", False),
        unique=raw.get("unique", False),
        closed=raw.get("closed", False),
        lookup_module=raw.get("lookup", users),
        targets=tuple(raw.get("targets", ())),
        related_list=raw.get("related_list", ""),
        picklist=lists.get(raw.get("picklist", ""), ()),
        decimal_place=raw.get("decimal_place"),
        convert=raw.get("convert", {}),
        required=raw.get("required", False),
        spec={"subform": {"module": raw["subform"]}} if "subform" in raw else {},
    )


@cache
def _standard() -> tuple[ModuleDef, ...]:
    text = resources.files(__package__).joinpath("data/standard_fields.json").read_text("utf-8")
    data = json.loads(text)
    lists = {
        name: _choices(raw, ORG_PREFIX + 300_000 + 100 * number)
        for number, (name, raw) in enumerate(data["picklists"].items())
    }
    found = []
    for order, (name, raw) in enumerate(data["modules"].items()):
        shared = [f for f in data["common"] if f["name"] not in raw["without"]]
        fields = {
            f["name"]: _field(f, 500 * order + number, lists)
            for number, f in enumerate((*shared[:2], *raw["fields"], *shared[2:]), start=1)
        }
        if "Owner" in fields:
            fields["Owner"] = replace(fields["Owner"], label=f"{raw['singular']} Owner")
        found.append(
            ModuleDef(
                api_name=name,
                module_name=raw["module_name"],
                singular=raw["singular"],
                plural=raw["plural"],
                id=ORG_PREFIX + raw["number"],
                display_field=raw["display_field"],
                fields=fields,
                duplicate_field=raw["duplicate_field"] or "",
                generated_type=raw.get("generated_type", "default"),
                sequence=order + 1,
                parent=raw.get("parent", ""),
            )
        )
    return tuple(found)


def standard_modules() -> dict[str, ModuleDef]:
    """Zoho's standard modules by API name, in the order of the tabs. A fresh dict: an org may add its own."""
    return {module.api_name: module for module in _standard()}


def _system(name: str, label: str, display: str, number: int, *columns: tuple[str, str, str]) -> ModuleDef:
    fields = {
        column: FieldDef(
            column,
            column,
            data_type,
            255,
            id=ORG_PREFIX + 290_000 + 100 * number + at,
            json_type=json_type_of(data_type),
            kind=kind_of(data_type),
            read_only=True,
            lookup_module=target,
        )
        for at, (column, data_type, target) in enumerate(columns)
    }
    return ModuleDef(
        name, name, label, f"{label}s", ORG_PREFIX + 2_300 + number, display, fields, generated_type="system"
    )


@cache
def _system_modules() -> tuple[ModuleDef, ...]:
    return (
        _system(
            USERS,
            "User",
            "full_name",
            1,
            ("id", "bigint", ""),
            ("first_name", "text", ""),
            ("last_name", "text", ""),
            ("full_name", "text", ""),
            ("email", "email", ""),
            ("role", "lookup", ROLES),
            ("profile", "lookup", PROFILES),
            ("Reporting_To", "ownerlookup", USERS),
            ("status", "text", ""),
            ("confirm", "boolean", ""),
            ("zuid", "text", ""),
            ("time_zone", "text", ""),
            ("locale", "text", ""),
            ("country", "text", ""),
            ("phone", "phone", ""),
            ("mobile", "phone", ""),
            ("alias", "text", ""),
            ("created_by", "ownerlookup", USERS),
            ("Modified_By", "ownerlookup", USERS),
            ("created_time", "datetime", ""),
            ("Modified_Time", "datetime", ""),
        ),
        _system(
            ROLES,
            "Role",
            "name",
            2,
            ("id", "bigint", ""),
            ("name", "text", ""),
            ("reporting_to", "lookup", ROLES),
            ("share_data_with_peers", "boolean", ""),
            ("description", "textarea", ""),
        ),
        _system(
            PROFILES,
            "Profile",
            "name",
            3,
            ("id", "bigint", ""),
            ("name", "text", ""),
            ("description", "textarea", ""),
            ("custom", "boolean", ""),
            ("created_by", "ownerlookup", USERS),
            ("modified_by", "ownerlookup", USERS),
            ("created_time", "datetime", ""),
            ("modified_time", "datetime", ""),
        ),
    )


def system_modules() -> dict[str, ModuleDef]:
    """Users, roles and profiles, described as modules. They are joined to, never listed as records."""
    return {module.api_name: module for module in _system_modules()}


LINE_ITEMS: Final = {
    "Quotes": "Quoted_Items",
    "Sales_Orders": "Ordered_Items",
    "Purchase_Orders": "Purchase_Items",
    "Invoices": "Invoiced_Items",
}
"""The inventory modules and the field that holds their line items, which is also the subform module's name."""
LINE_TAX: Final = "$line_tax"
"""A column of inventory modules that is no field: the taxes on the whole order."""

PIPELINE: Final = "Standard (Standard)"
PIPELINE_ID: Final = ORG_PREFIX + 310_001


def stage(deals: ModuleDef, actual: str) -> Choice | None:
    """The stage of the pipeline by its stored value."""
    return next((choice for choice in deals.fields["Stage"].picklist if choice.actual == actual), None)
