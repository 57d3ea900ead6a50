"""What an org says about itself: modules, fields, picklists, users. Unknown keys of Zoho's replies are ignored.

Pages: https://www.zoho.com/crm/developer/docs/api/v8/modules-api.html, field-meta.html, get-users.html, get-org-data.html
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Reply(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, given: Any) -> Any:
        return {k: v for k, v in given.items() if v is not None} if isinstance(given, dict) else given


class Choice(_Reply):
    """One picklist value. Records store and return `actual`; people see `display`."""

    actual: str = Field(alias="actual_value")
    display: str = Field(alias="display_value")
    used: str = Field(default="used", alias="type")


class LookupTarget(_Reply):
    api_name: str = ""


class RowsModule(_Reply):
    """Where the rows of a subform are. `module` is an API name."""

    module: str = ""


class Lookup(_Reply):
    module: LookupTarget = LookupTarget()


class Lookups(_Reply):
    modules: tuple[LookupTarget, ...] = ()


class Returned(_Reply):
    """What a formula or a roll-up gives."""

    return_type: str = ""


class Operations(_Reply):
    api_create: bool = True
    api_update: bool = True


class FieldInfo(_Reply):
    """One field. Whether it can be written is in `operations`, not in `read_only`: `Owner` is marked read-only."""

    api_name: str
    label: str = Field(alias="field_label")
    data_type: str
    json_type: str | None = None
    length: int | None = None
    mandatory: bool = Field(default=False, alias="system_mandatory")
    tooltip: Any = None
    operations: Operations = Field(default=Operations(), alias="operation_type")
    choices: tuple[Choice, ...] = Field(default=(), alias="pick_list_values")
    lookup: Lookup = Lookup()
    lookups: Lookups = Field(default=Lookups(), alias="multi_module_lookup")
    formula: Returned = Returned()
    rollup: Returned = Field(default=Returned(), alias="rollup_summary")
    crypt: dict[str, Any] = Field(default_factory=dict)
    rows: RowsModule = Field(default=RowsModule(), alias="associated_module")
    unique: dict[str, Any] = Field(default_factory=dict)
    custom: bool = Field(default=False, alias="custom_field")

    @property
    def lookup_module(self) -> str:
        return self.lookup.module.api_name

    @property
    def lookup_targets(self) -> tuple[str, ...]:
        """The modules a multi-module lookup may lead to."""
        return tuple(m.api_name for m in self.lookups.modules)

    @property
    def subform_module(self) -> str:
        """The module of a subform's rows; "" for other fields."""
        return self.rows.module if self.data_type == "subform" else ""

    @property
    def return_type(self) -> str:
        """What a formula or a roll-up gives; "" for other fields."""
        return self.formula.return_type or self.rollup.return_type

    @property
    def encrypted(self) -> bool:
        return bool(self.crypt)

    @property
    def offered(self) -> tuple[Choice, ...]:
        """The choices in use, without the empty one."""
        return tuple(c for c in self.choices if c.used == "used" and c.actual != "-None-")


class ModuleInfo(_Reply):
    api_name: str
    singular: str = Field(alias="singular_label")
    plural: str = Field(alias="plural_label")
    api_supported: bool = True
    generated_type: str = "default"
    viewable: bool = True
    creatable: bool = True
    editable: bool = True
    deletable: bool = True
    id: str = ""


class NameAndId(_Reply):
    name: str
    id: str


class User(_Reply):
    id: str
    full_name: str
    email: str = ""
    status: str = "active"
    role: NameAndId | None = None
    profile: NameAndId | None = None
    time_zone: str | None = None


class OrgInfo(_Reply):
    id: str
    company_name: str
    currency_symbol: str | None = None
    iso_code: str | None = None
    time_zone: str | None = None
    type: str | None = None
    zgid: str | None = None
    license: dict[str, Any] = Field(default_factory=dict, alias="license_details")

    @property
    def edition(self) -> str:
        """`free`, `standard`, `professional`, `enterprise`, `ultimate`; "" when Zoho does not say."""
        return str(self.license.get("paid_type") or "").lower()


class Stage(_Reply):
    """One stage of a pipeline, in order."""

    actual: str = Field(alias="actual_value")
    display: str = Field(alias="display_value")
    forecast_type: str | None = None


class Pipeline(_Reply):
    id: str
    actual: str = Field(alias="actual_value")
    display: str = Field(alias="display_value")
    default: bool = False
    stages: tuple[Stage, ...] = Field(default=(), alias="maps")


class LayoutField(_Reply):
    api_name: str = ""
    required: bool = False


class Section(_Reply):
    fields: tuple[LayoutField, ...] = ()


class Layout(_Reply):
    """A page of a module on which people see and fill its fields."""

    id: str
    name: str
    display: str = Field(default="", alias="display_label")
    status: str = "active"
    sections: tuple[Section, ...] = ()

    @property
    def mandatory(self) -> tuple[str, ...]:
        """What people must fill in on it; the API asks for it only in a record that names the layout."""
        return tuple(f.api_name for s in self.sections for f in s.fields if f.required and f.api_name)
