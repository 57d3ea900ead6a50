"""One record as the record card and the edit form show it: its layout's sections, its lookups with where they lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zcrm_tools.crm import setup
from zcrm_tools.crm.org import Org
from zcrm_tools.errors import ApiError, ScopeMissing
from zcrm_tools.metadata.catalogue import Fields
from zcrm_tools.models.metadata import FieldInfo
from zcrm_tools.models.record import Record

Section = tuple[str, Sequence[FieldInfo]]


async def sections(org: Org, module: str, layout: str = "") -> list[Section]:
    """The layout's sections with the fields they hold; all fields as one where layouts may not be read."""
    fields = await org.catalogue.fields(module)
    try:
        found = await setup.layouts(org, module)
    except (ApiError, ScopeMissing):
        found = ()
    chosen = next((one for one in found if str(one.get("id")) == layout), found[0] if found else None)
    if chosen is None:
        return [("", tuple(fields.values()))]
    named = [(str(s.get("display_label") or ""), _known(s, fields)) for s in chosen.get("sections") or ()]
    return [(label, some) for label, some in named if some]


def required(layouts: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """The fields that a layout demands beyond those the module does."""
    chosen = layouts[0] if layouts else {}
    parts = (field for section in chosen.get("sections") or () for field in section.get("fields") or ())
    return frozenset(str(field["api_name"]) for field in parts if field.get("required"))


def shown(record: Record, info: FieldInfo) -> Any:
    """A field's value; a lookup says which module it leads to."""
    value = record.get(info.api_name)
    if isinstance(value, Mapping) and "id" in value and info.data_type == "lookup":
        return {**value, "module": info.lookup_module}
    return value


def _known(section: Mapping[str, Any], fields: Fields) -> tuple[FieldInfo, ...]:
    names = (str(one.get("api_name")) for one in section.get("fields") or ())
    return tuple(fields[name] for name in names if name in fields)
