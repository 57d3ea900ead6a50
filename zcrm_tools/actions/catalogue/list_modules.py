"""The modules of the org, custom ones too."""

from __future__ import annotations

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.tables import Table, of_dicts


class ListModules(Input):
    """List the org's modules with their labels, whether each is Zoho's or the org's own, and what this user may do in it. For the fields of one use describe_module."""


async def do(call: Call, given: ListModules) -> Table:  # noqa: ARG001 — it takes nothing
    modules = await call.org.catalogue.modules()
    rows = [
        {
            "api_name": m.api_name,
            "label": m.plural,
            "kind": m.generated_type,
            "may": ", ".join(
                word
                for word, may in (("create", m.creatable), ("edit", m.editable), ("delete", m.deletable))
                if may
            ),
        }
        for m in modules.values()
    ]
    return of_dicts(rows, ("api_name", "label", "kind", "may"))


list_modules = Action(
    "list_modules",
    "List modules",
    "read",
    ListModules,
    Table,
    do,
    calls=(endpoints.LIST_MODULES,),
    toolset="metadata",
)
