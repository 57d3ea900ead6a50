"""What widgets tell of writes: what became of them, and how one is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zcrm_tools.actions import render
from zcrm_tools.client import AsyncClient
from zcrm_tools.safety import show
from zcrm_tools.safety.plan import Result


def told(results: Sequence[Result]) -> dict[str, Any]:
    """A sentence, and the changes that can be undone."""
    done = [one for one in results if one.status == "done"]
    problems = [str(one.problem) for one in results if one.problem is not None]
    text = f"{len(done)} of {len(results)} written." if len(results) != 1 else "Written." if done else ""
    return {
        "told": " ".join([text, *problems]).strip(),
        "done": len(done) == len(results),
        "changes": [one.change for one in done if one.change],
    }


async def undone(crm: AsyncClient, change: str, *, by: str, plan_id: str = "") -> dict[str, Any]:
    """Take a change back. Where a person must look first, the card to show; with its plan's id they have, and agree."""
    if plan_id:
        await crm.approve(plan_id, by=by)
    again = {"plan_id": plan_id} if plan_id else {}
    body = render.structured(await crm.call("undo_change", {"change_id": change, **again}))
    if body["status"] == "waiting":
        return {"told": body["summary"], "done": False, "card": show.as_card(await crm.plan(body["plan_id"]))}
    return {
        "told": "Undone." if body["status"] == "applied" else body["summary"],
        "done": body["status"] == "applied",
    }
