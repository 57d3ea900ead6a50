"""What an activity is about: a contact is who it is with, any other record is what it concerns.

https://www.zoho.com/crm/developer/docs/api/v8/insert-records.html
"""

from __future__ import annotations

from typing import Any

from zcrm_tools.actions.action import Call
from zcrm_tools.crm import named
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem


async def about(call: Call, module: str, record: str) -> dict[str, Any]:
    """The fields that tie an activity to a record, given by id or exact name; none when neither part is given."""
    if not module and not record:
        return {}
    if not module or not record:
        raise InvalidInput(
            Problem(
                "HALF_A_RECORD",
                "module and record belong together: what an activity is about.",
                NOTHING_WRITTEN,
                "Give both, or neither.",
                field="record" if module else "module",
            )
        )
    name = (await call.org.catalogue.module(module)).api_name
    found = await named.find(call.org, name, record)
    if name == "Contacts":
        return {"Who_Id": {"id": found.id}}
    return {"What_Id": {"id": found.id}, "$se_module": name}
