"""A new field of a module."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm.writes import Request
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.metadata.values import find_field
from zcrm_tools.safety.plan import Proposal

Kind = Literal[
    "text", "textarea", "email", "phone", "picklist", "multiselectpicklist", "date", "datetime", "integer", "bigint",
    "double", "currency", "percent", "boolean", "website",
]  # fmt: skip
_PICKS = ("picklist", "multiselectpicklist")


class CreateField(WriteInput):
    """Add a custom field to a module, for everybody in the org. A person approves it, and only a person can remove it again, in Zoho's settings."""

    module: Annotated[str, Field(description="API name or label")]
    label: Annotated[str, Field(min_length=1, max_length=50)]
    type: Kind
    length: Annotated[int | None, Field(ge=1, le=255, description="Of a text")] = None
    values: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=120)]],
        Field(max_length=200, description="Of a picklist"),
    ] = []
    tooltip: Annotated[str, Field(max_length=255)] = ""


async def propose(call: Call, given: CreateField) -> Proposal:
    module = (await call.org.catalogue.module(given.module)).api_name
    known = await call.org.catalogue.fields(module)
    problems: list[Problem] = []
    if (there := find_field(given.label, known)) is not None:
        problems.append(
            Problem(
                "FIELD_EXISTS",
                f"{module} has a field {there.label} ({there.api_name}).",
                NOTHING_WRITTEN,
                field="label",
            )
        )
    if bool(given.values) != (given.type in _PICKS):
        problems.append(
            Problem("BAD_VALUES", "Picklists, and only they, need values.", NOTHING_WRITTEN, field="values")
        )
    if problems:
        raise InvalidInput(*problems)
    made: dict[str, Any] = {"field_label": given.label, "data_type": given.type}
    if given.length and given.type == "text":
        made["length"] = given.length
    if given.values:
        made["pick_list_values"] = [
            {"display_value": v, "actual_value": v} for v in dict.fromkeys(given.values)
        ]
    if given.tooltip:
        made["tooltip"] = {"name": "static_text", "value": given.tooltip}
    path = f"/crm/v8/{operations.CREATE_FIELDS.path}"
    return Proposal((Request("POST", path, {"module": module}, {"fields": [made]}),))


create_field = Action(
    "create_field",
    "Create a field",
    "create",
    CreateField,
    Written,
    writing(propose),
    calls=(operations.CREATE_FIELDS, endpoints.LIST_MODULES, endpoints.LIST_FIELDS),
    toolset="admin",
)
