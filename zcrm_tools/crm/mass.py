"""Changing many records at once, and copying one: mass update, change of owner, clone.

https://www.zoho.com/crm/developer/docs/api/v8/mass-update-records.html, change-owner.html, record-clone.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zcrm_tools import operations
from zcrm_tools.crm import items
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.reads import record_id
from zcrm_tools.crm.writes import Outcome
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class MassUpdate:
    """How far a mass update over a view has come."""

    status: str
    updated: int
    failed: int
    total: int


async def update_many(
    org: Org, module: str, ids: Sequence[str], values: Mapping[str, Any]
) -> tuple[Outcome, ...]:
    """The same values for up to 500 records: three fields of Deals, one of any other module. Done when it answers."""
    body = {"data": [dict(values)], "ids": _ids(ids), "over_write": True}
    reply = await org.session.call(
        operations.MASS_UPDATE, module=module, json=body, price=-(-len(ids) // 100)
    )
    return items.outcomes(reply, ids)


async def update_view(org: Org, module: str, view: str, values: Mapping[str, Any]) -> str:
    """The same values for every record of a custom view, as a job of Zoho's: its id, for `view_update`."""
    body = {"data": [dict(values)], "cvid": view, "over_write": True}
    reply = await org.session.call(operations.MASS_UPDATE, module=module, json=body)
    return str(items.done(reply).get("job_id") or items.done(reply).get("id") or "")


async def view_update(org: Org, module: str, job: str) -> MassUpdate:
    reply = await org.session.call(operations.MASS_UPDATE_STATUS, module=module, params={"job_id": job})
    found = (items.results(reply) or [{}])[0]
    counts = (int(found.get(f"{name}_Count") or 0) for name in ("Updated", "Failed", "Total"))
    return MassUpdate(str(found.get("Status", "")), *counts)


async def change_owner(
    org: Org, module: str, ids: Sequence[str], owner: str, *, notify: bool = False
) -> tuple[Outcome, ...]:
    """Give up to 500 records to a user, by id."""
    body = {"ids": _ids(ids), "owner": {"id": record_id(owner)}, "notify": notify}
    reply = await org.session.call(operations.CHANGE_OWNER, module=module, json=body)
    return items.outcomes(reply, ids)


async def clone(org: Org, module: str, id: str, changes: Mapping[str, Any] | None = None) -> str:
    """Copy a record, with other values for some fields; the id of the copy. Files and read-only fields stay behind."""
    body = {"data": [dict(changes)]} if changes else None
    reply = await org.session.call(operations.CLONE_RECORD, module=module, id=record_id(id), json=body)
    return str(items.done(reply)["id"])


def _ids(ids: Sequence[str]) -> list[str]:
    if len(ids) <= AT_ONCE:
        return [record_id(one) for one in ids]
    raise InvalidInput(
        Problem(
            "TOO_MANY_RECORDS",
            f"Zoho takes {AT_ONCE} records at once; {len(ids)} were given.",
            NOTHING_SENT,
            "Split them, or name a custom view.",
        )
    )
