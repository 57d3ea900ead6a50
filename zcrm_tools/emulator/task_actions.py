"""Tasks as actions of workflow rules: what `/settings/automation/tasks` sets up and a rule that fires creates.

https://www.zoho.com/crm/developer/docs/api/v8/create-automation-task.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zcrm_tools.emulator import rules

if TYPE_CHECKING:
    from zcrm_tools.emulator.events import Change
    from zcrm_tools.emulator.replies import Json
    from zcrm_tools.emulator.rules import Writer

KIND: Final = "task_action"


def about(module: str, record_id: int) -> Json:
    """The keys by which a task hangs on a record."""
    key = {"id": str(record_id)}
    if module == "Contacts":
        return {"Who_Id": key}
    return {"What_Id": key, "$se_module": module}


def create(writer: Writer, action: Json, change: Change) -> None:
    """Make the task for the record that fired the rule. Raises what any other write of a task would raise."""
    row = {"Subject": action["name"]}
    row |= {one["field"]["api_name"]: one["value"] for one in action["field_mappings"]}
    row |= about(change.module, change.id)
    rules.create(writer, writer.store.modules["Tasks"], row, "$")
