"""A task, on its own or about a record."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.about import about
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.card import Known
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm.checking import checked
from zcrm_tools.crm.writes import Create
from zcrm_tools.safety.plan import Proposal

_FIELDS = {
    "subject": "Subject",
    "due_date": "Due_Date",
    "owner": "Owner",
    "status": "Status",
    "priority": "Priority",
    "description": "Description",
}


class CreateTask(WriteInput):
    """Create a follow-up task, on its own or about one record (lead, contact, account, deal, case)."""

    subject: Annotated[str, Field(min_length=1, max_length=300)]
    due_date: Annotated[str, Field(description="YYYY-MM-DD")] = ""
    module: Annotated[str, Field(description="Module of the record it is about")] = ""
    record: Annotated[str, Field(description="Its id or exact name")] = ""
    owner: Annotated[str, Field(description="Name, e-mail, id or me; you when empty")] = ""
    status: Annotated[str, Known("Tasks", "Status")] = ""
    priority: Annotated[str, Known("Tasks", "Priority")] = ""
    description: Annotated[str, Field(max_length=32_000)] = ""
    more: Annotated[dict[str, Any], Field(description="Other fields by API name")] = {}
    repeat: Annotated[bool, Field(description="Although the same was just created")] = False


async def propose(call: Call, given: CreateTask) -> Proposal:
    asked = {field: value for name, field in _FIELDS.items() if (value := getattr(given, name))} | given.more
    row = {**asked, **await about(call, given.module, given.record)}
    (task,) = await checked(call.org, "Tasks", [row], creating=True)
    return Proposal((Create("Tasks", task.values),), warnings=task.warnings)


create_task = Action(
    "create_task",
    "Create a task",
    "create",
    CreateTask,
    Written,
    writing(propose),
    calls=(endpoints.CREATE_RECORDS, endpoints.LIST_FIELDS),
    modules=("Tasks",),
    optional=(endpoints.LIST_MODULES, endpoints.LIST_USERS, endpoints.COQL, endpoints.LIST_RECORDS),
)
