"""Blueprints: the transitions a record may take now, and taking one.

https://www.zoho.com/crm/developer/docs/api/v8/blueprint-details.html, update-blueprint.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zcrm_tools import operations
from zcrm_tools.crm import items, reads
from zcrm_tools.crm.org import Org
from zcrm_tools.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class Transition:
    """One way on. `fields` are those Zoho asks for on it, by API name."""

    id: str
    name: str
    to: str
    fields: tuple[str, ...] = ()
    open: bool = True
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Where a record is in its process: `field` has `value` now."""

    name: str
    field: str
    value: str
    transitions: tuple[Transition, ...]


async def of_record(org: Org, module: str, id: str) -> Blueprint:
    """Raises InvalidRequest (RECORD_NOT_IN_PROCESS) for a record in no process."""
    reply = await org.session.call(operations.GET_BLUEPRINT, module=module, id=reads.record_id(id))
    found = (reply.body or {}).get("blueprint") or {}
    process = found.get("process_info") or {}
    return Blueprint(
        str(process.get("name", "")),
        str(process.get("api_name", "")),
        str(process.get("field_value", "")),
        tuple(map(_transition, found.get("transitions") or ())),
    )


async def find(org: Org, module: str, id: str) -> Blueprint | None:
    """The same; None for a record in no process."""
    try:
        return await of_record(org, module, id)
    except InvalidRequest as refused:
        if refused.problem.code == "RECORD_NOT_IN_PROCESS":
            return None
        raise


async def take(
    org: Org, module: str, id: str, transition: str, data: Mapping[str, Any] | None = None
) -> None:
    """Take a transition, by its id, with values for the fields that it asks for."""
    body = {"blueprint": [{"transition_id": transition, "data": dict(data or {})}]}
    items.done(
        await org.session.call(operations.UPDATE_BLUEPRINT, module=module, id=reads.record_id(id), json=body)
    )


def _transition(item: Mapping[str, Any]) -> Transition:
    names = tuple(str(f.get("api_name", "")) for f in item.get("fields") or ())
    return Transition(
        str(item.get("id", "")),
        str(item.get("name", "")),
        str(item.get("next_field_value") or ""),
        names,
        bool(item.get("criteria_matched", True)),
        item.get("data") or {},
    )
