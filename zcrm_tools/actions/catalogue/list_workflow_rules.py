"""What Zoho does by itself when a record changes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call, Input
from zcrm_tools.actions.tables import Table, of_dicts
from zcrm_tools.crm import setup


class ListWorkflowRules(Input):
    """List the workflow rules: which module, when they fire, whether they are active. Other automation, such as blueprints and schedules, is not in the list."""

    module: Annotated[str, Field(description="API name or label; all when empty")] = ""


async def do(call: Call, given: ListWorkflowRules) -> Table:
    module = (await call.org.catalogue.module(given.module)).api_name if given.module else ""
    rows = [
        {
            "id": rule.get("id"),
            "name": rule.get("name"),
            "module": (rule.get("module") or {}).get("api_name"),
            "fires_on": (rule.get("execute_when") or {}).get("type"),
            "active": (rule.get("status") or {}).get("active"),
            "description": rule.get("description"),
        }
        for rule in await setup.workflow_rules(call.org, module)
    ]
    columns = ("id", "name", "module", "fires_on", "active", "description")
    return of_dicts(rows, columns, module=module)


list_workflow_rules = Action(
    "list_workflow_rules",
    "List workflow rules",
    "read",
    ListWorkflowRules,
    Table,
    do,
    calls=(operations.LIST_WORKFLOW_RULES, endpoints.LIST_MODULES),
    toolset="automation",
)
