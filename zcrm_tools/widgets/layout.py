"""Layouts: the pages on which people see and fill a module's fields. The record card and the edit form follow them.

https://www.zoho.com/crm/developer/docs/api/v8/layouts-meta.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from zcrm_tools.crm import setup
from zcrm_tools.crm.org import Org
from zcrm_tools.errors import ApiError, ScopeMissing
from zcrm_tools.metadata.catalogue import Fields
from zcrm_tools.models.metadata import Choice, FieldInfo
from zcrm_tools.models.record import Record

View = Literal["view", "create", "edit"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A field as one layout has it, with the choices that are offered there. `hidden` names the views without it."""

    info: FieldInfo
    required: bool = False
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Section:
    label: str
    fields: tuple[Placed, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    id: str
    name: str
    offered: bool
    """Whether new records may have it."""
    sections: tuple[Section, ...]

    def seen(self, view: View) -> list[Section]:
        """What one view shows of it, without what is then empty."""
        kept = [Section(s.label, tuple(f for f in s.fields if view not in f.hidden)) for s in self.sections]
        return [section for section in kept if section.fields]


async def of(org: Org, module: str) -> tuple[Layout, ...]:
    """The module's layouts; where they may not be read, one of all its fields."""
    fields = await org.catalogue.fields(module)
    try:
        found = await setup.layouts(org, module)
    except (ApiError, ScopeMissing):
        found = ()
    every = Layout("", "", offered=True, sections=(Section("", tuple(map(Placed, fields.values()))),))
    return tuple(_layout(one, fields) for one in found) or (every,)


def chosen(layouts: Sequence[Layout], id: str) -> Layout:
    """The one with this id, or else the first that is offered."""
    offered = [one for one in layouts if one.offered] or layouts
    return next((one for one in layouts if one.id == id), offered[0])


def id_in(values: Mapping[str, Any]) -> str:
    """The layout that a record, or a row to be written, names; "" for none."""
    named = values.get("Layout")
    return str(named.get("id") or "") if isinstance(named, Mapping) else ""


def shown(record: Record, info: FieldInfo) -> Any:
    """A field's value; a lookup says which module it leads to."""
    value = record.get(info.api_name)
    if isinstance(value, Mapping) and "id" in value and info.data_type == "lookup":
        return {**value, "module": info.lookup_module}
    return value


def _layout(told: Mapping[str, Any], fields: Fields) -> Layout:
    sections = (
        Section(
            str(part.get("display_label") or ""),
            tuple(
                _placed(one, fields[one["api_name"]])
                for one in part.get("fields") or ()
                if one.get("api_name") in fields and one.get("type") != "unused"
            ),
        )
        for part in told.get("sections") or ()
    )
    return Layout(
        id=str(told.get("id") or ""),
        name=str(told.get("display_label") or told.get("name") or ""),
        offered=told.get("status", "active") == "active" and told.get("visible", True) is not False,
        sections=tuple(sections),
    )


def _placed(told: Mapping[str, Any], info: FieldInfo) -> Placed:
    views = told.get("view_type") or {}
    if values := told.get("pick_list_values"):
        info = info.model_copy(update={"choices": tuple(map(Choice.model_validate, values))})
    hidden = frozenset(view for view, there in views.items() if not there)
    return Placed(info, required=bool(told.get("required")), hidden=hidden)
