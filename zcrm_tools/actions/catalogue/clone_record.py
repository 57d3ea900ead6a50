"""A copy of a record."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm import reads
from zcrm_tools.crm.checking import checked
from zcrm_tools.crm.writes import Create
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.safety.plan import Proposal

_NOT_COPIED = frozenset({"Tag", "Layout", "Record_Image"})
_KINDS = frozenset(
    {"subform", "fileupload", "imageupload", "profileimage", "autonumber", "formula", "rollup_summary"}
)


class CloneRecord(WriteInput):
    """Create a copy of one record with other values for some fields. Its notes, files and activities stay with the original; values that must be unique have to be given anew."""

    module: Annotated[str, Field(description="API name or label")]
    id: str
    changes: Annotated[
        dict[str, Any], Field(description="API name → value of the copy; null leaves it empty")
    ] = {}
    repeat: Annotated[bool, Field(description="Although the same was just created")] = False


async def propose(call: Call, given: CloneRecord) -> Proposal:
    module = (await call.org.catalogue.module(given.module)).api_name
    record = await reads.get(call.org, module, given.id)
    if record is None:
        raise InvalidInput(
            Problem(
                "RECORD_NOT_FOUND", f"There is no {module} record {given.id}.", NOTHING_WRITTEN, field="id"
            )
        )
    fields = await call.org.catalogue.fields(module)
    kept = {
        name: record[name]
        for name, info in fields.items()
        if record.get(name) not in (None, "", [])
        and info.operations.api_create
        and info.data_type not in _KINDS
        and name not in _NOT_COPIED
        and not info.unique
    }
    values = {**kept, **given.changes}
    asked = {name: value for name, value in values.items() if value is not None}
    if given.changes.keys() and record.get("$se_module") and "What_Id" in asked:
        asked["$se_module"] = record["$se_module"]
    (copy,) = await checked(call.org, module, [asked], creating=True)
    return Proposal((Create(module, copy.values),), warnings=copy.warnings)


clone_record = Action(
    "clone_record",
    "Copy a record",
    "create",
    CloneRecord,
    Written,
    writing(propose),
    calls=(endpoints.CREATE_RECORDS, endpoints.GET_RECORD, endpoints.LIST_MODULES, endpoints.LIST_FIELDS),
    optional=(endpoints.LIST_USERS, endpoints.LIST_LAYOUTS, endpoints.COQL),
    toolset="records",
)
