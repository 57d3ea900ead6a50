"""How a module's pages are laid out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call, Input, Output
from zcrm_tools.crm import setup


class ListLayouts(Input):
    """List the layouts of one module: who uses each, and its fields by section with those it makes mandatory. A record without a layout gets the standard one."""

    module: Annotated[str, Field(description="API name or label")]


class Layout(Output):
    id: str
    name: str
    status: str = ""
    profiles: list[str] = []
    mandatory: list[str] = []
    sections: dict[str, list[str]] = {}


class Layouts(Output):
    module: str
    layouts: list[Layout] = []


async def do(call: Call, given: ListLayouts) -> Layouts:
    module = (await call.org.catalogue.module(given.module)).api_name
    return Layouts(module=module, layouts=[_layout(one) for one in await setup.layouts(call.org, module)])


def _layout(one: setup.Json) -> Layout:
    sections = one.get("sections") or []
    return Layout(
        id=str(one.get("id", "")),
        name=str(one.get("display_label") or one.get("name") or ""),
        status=str(one.get("status") or ""),
        profiles=[str(p.get("name")) for p in one.get("profiles") or ()],
        mandatory=[str(f["api_name"]) for s in sections for f in s.get("fields") or () if f.get("required")],
        sections={
            str(s.get("display_label") or s.get("name")): [str(f["api_name"]) for f in s.get("fields") or ()]
            for s in sections
        },
    )


list_layouts = Action(
    "list_layouts",
    "List layouts",
    "read",
    ListLayouts,
    Layouts,
    do,
    calls=(endpoints.LIST_LAYOUTS, endpoints.LIST_MODULES),
    toolset="metadata",
)
