"""Approvals and changes: the plans that wait for a person, what was written, and taking it back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from zcrm_tools.actions import render
from zcrm_tools.safety import show
from zcrm_tools.widgets.panel import Panel, esm
from zcrm_tools.widgets.written import undone

BY = "a person at a notebook"


class Changes(Panel):
    """Agree to what an assistant or a script asked for, or do not; look through what was written, and undo it."""

    _esm = esm("changes")
    fallback: ClassVar[str] = "Use <code>zcrm approve</code> and <code>zcrm changes</code> in a terminal."

    async def do_show(self) -> dict[str, Any]:
        crm = self.crm
        waiting = crm.gate.state.waiting(crm.org.profile.identity, datetime.now(UTC))
        journal = render.structured(await crm.call("list_changes", {"limit": 50}))
        return {
            "waiting": [show.as_card(await crm.plan(row.id)) for row in waiting],
            "changes": journal.get("changes", []),
            "unknown": journal.get("outcome_unknown", []),
        }

    async def do_approve(self, *, plan_id: str) -> str:
        if await self.crm.approve(plan_id, by=BY):
            return "Approved. Whoever asked for it writes it by the same call with this plan_id."
        return "It does not wait any more. Nothing was approved."

    async def do_drop(self, *, plan_id: str) -> str:
        await self.crm.drop(plan_id)
        return "Not approved. It can never be written."

    async def do_undo(self, *, change: str, plan_id: str = "") -> dict[str, Any]:
        return await undone(self.crm, change, by=BY, plan_id=plan_id)
