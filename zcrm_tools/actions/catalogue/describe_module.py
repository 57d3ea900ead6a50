"""What a module is made of, small enough to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call, Input, Output
from zcrm_tools.metadata.catalogue import Fields
from zcrm_tools.models.metadata import FieldInfo

CHOICES_SHOWN = 25
TOOLTIP_SHOWN = 100


class DescribeModule(Input):
    """List the org's modules, or one module's fields: API names, types, picklist values, what is mandatory, what its people wrote about a field. Use it before writing fields or COQL that you have not seen in this org."""

    module: Annotated[str, Field(description="API name or label; empty lists the modules")] = ""
    detail: Annotated[
        Literal["concise", "full"],
        Field(description="full: also labels, lengths, every picklist value, whole tooltips"),
    ] = "concise"


class Description(Output):
    module: str = ""
    label: str = ""
    modules: dict[str, str] = {}
    mandatory: list[str] = []
    fields: dict[str, str] = {}
    read_only: dict[str, str] = {}
    note: str = ""


async def do(call: Call, given: DescribeModule) -> Description:
    if not given.module:
        modules = await call.org.catalogue.modules()
        return Description(modules={name: m.plural for name, m in modules.items()})
    module = await call.org.catalogue.module(given.module)
    fields = await call.org.catalogue.fields(module.api_name)
    full = given.detail == "full"
    writable = {n: f for n, f in fields.items() if f.operations.api_create or f.operations.api_update}
    return Description(
        module=module.api_name,
        label=module.plural,
        mandatory=[n for n, f in writable.items() if f.mandatory],
        fields={n: describe(f, full=full) for n, f in writable.items()},
        read_only={n: describe(f, full=full) for n, f in fields.items() if n not in writable},
        note="" if full else _cut(fields),
    )


def _cut(fields: Fields) -> str:
    """What a concise answer leaves out, when it does."""
    long = any(len(f.offered) > CHOICES_SHOWN or len(tooltip(f)) > TOOLTIP_SHOWN for f in fields.values())
    return "Long picklists and tooltips are cut; detail=full gives all." if long else ""


def tooltip(field: FieldInfo) -> str:
    """What the org's people wrote beside the field for those who fill it in."""
    given = field.tooltip
    text = given.get("value") if isinstance(given, Mapping) else given
    return " ".join(text.split()) if isinstance(text, str) else ""


def describe(field: FieldInfo, *, full: bool) -> str:
    """One line: type, where a lookup leads, the values of a picklist, and what the tooltip says to those who fill it in."""
    parts: list[Any] = [field.data_type]
    if field.lookup_module and field.data_type == "lookup":
        parts.append(f"→ {field.lookup_module}")
    if full and field.length:
        parts.append(f"≤ {field.length}")
    if field.unique:
        parts.append("unique")
    choices = [
        c.actual if c.actual == c.display else f"{c.actual} (shown as {c.display})" for c in field.offered
    ]
    if choices:
        shown = choices if full else choices[:CHOICES_SHOWN]
        more = f" | … {len(choices) - len(shown)} more" if len(choices) > len(shown) else ""
        parts.append(": " + " | ".join(shown) + more)
    if full and field.label.replace(" ", "_") != field.api_name:
        parts.append(f"— label: {field.label}")
    if (said := tooltip(field)) and (full or field.operations.api_create):
        parts.append(f"— {said if full or len(said) <= TOOLTIP_SHOWN else said[:TOOLTIP_SHOWN] + '…'}")
    return " ".join(parts).replace(" : ", ": ")


describe_module = Action(
    "describe_module",
    "Describe a module",
    "read",
    DescribeModule,
    Description,
    do,
    calls=(endpoints.LIST_MODULES, endpoints.LIST_FIELDS),
)
