"""The pipeline as a board: a dragged deal is a planned change of stage, shown before it is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from zcrm_tools import coql
from zcrm_tools.actions import render
from zcrm_tools.client import AsyncClient, Client
from zcrm_tools.crm import reads
from zcrm_tools.models.metadata import Pipeline, Stage
from zcrm_tools.models.record import Record
from zcrm_tools.safety import show
from zcrm_tools.widgets.panel import Panel, esm
from zcrm_tools.widgets.written import undone

BY = "a person at the board"
CLOSED_FOR = timedelta(days=90)
_CARDS = 200
_SHOWN = ("Deal_Name", "Stage", "Amount", "Closing_Date", "Account_Name", "Owner")


class Board(Panel):
    """The deals of one pipeline by stage, the largest first: all open ones, and those closed in the last 90 days."""

    _esm = esm("board-panel")
    fallback: ClassVar[str] = "Use <code>crm.update_deal_stage(deal=…, stage=…)</code>."

    def __init__(self, client: Client | AsyncClient, pipeline: str = "") -> None:
        super().__init__(client)
        self._pipeline = pipeline

    async def do_show(self, *, pipeline: str = "") -> dict[str, Any]:
        self._pipeline = pipeline or self._pipeline
        pipelines = await self.crm.org.catalogue.pipelines()
        chosen = next((p for p in pipelines if self._pipeline in (p.actual, p.display)), None)
        chosen = chosen or (pipelines[0] if pipelines else None)
        stages = chosen.stages if chosen else await self._stages()
        deals = [
            *await self._deals(chosen, stages, closed=False),
            *await self._deals(chosen, stages, closed=True),
        ]
        return {
            "label": f"Pipeline {chosen.display}" if chosen else "Pipeline",
            "pipelines": [p.display for p in pipelines],
            "pipeline": chosen.display if chosen else "",
            "columns": [_column(stage, deals) for stage in stages],
            "cards": [_card(deal) for deal in deals],
            "write": self.crm.gate.policy.write,
        }

    async def do_move(self, *, deal: str, stage: str) -> dict[str, Any]:
        """The plan, as a card; nothing is written yet."""
        body = await self._call(deal, stage, dry_run=True)
        if body["status"] != "waiting":
            return {"card": None, "told": body["summary"]}
        return {"card": show.as_card(await self.crm.plan(body["plan_id"]))}

    async def do_apply(self, *, plan_id: str, deal: str, stage: str) -> dict[str, Any]:
        await self.crm.approve(plan_id, by=BY)
        body = await self._call(deal, stage, plan_id=plan_id)
        changes = [one["change_id"] for one in body.get("records", []) if one.get("change_id")]
        return {"told": body["summary"], "done": body["status"] == "applied", "changes": changes}

    async def do_drop(self, *, plan_id: str) -> str:
        await self.crm.drop(plan_id)
        return "Nothing was written."

    async def do_undo(self, *, change: str, plan_id: str = "") -> dict[str, Any]:
        return await undone(self.crm, change, by=BY, plan_id=plan_id)

    async def _call(self, deal: str, stage: str, **steering: Any) -> dict[str, Any]:
        return render.structured(
            await self.crm.call("update_deal_stage", {"deal": deal, "stage": stage, **steering})
        )

    async def _deals(
        self, pipeline: Pipeline | None, stages: tuple[Stage, ...], *, closed: bool
    ) -> tuple[Record, ...]:
        wanted = [stage.actual for stage in stages if _is_closed(stage) == closed]
        if not wanted:
            return ()
        where = [coql.field("Stage").one_of(wanted)]
        if pipeline is not None:
            where.append(coql.field("Pipeline") == pipeline.actual)
        if closed:
            where.append(coql.field("Closing_Date") >= datetime.now(UTC).date() - CLOSED_FOR)
        query = coql.select("id", *_SHOWN).from_("Deals").where(*where).order_by("-Amount").limit(_CARDS)
        return (await reads.query(self.crm.org, str(query), "Deals")).records

    async def _stages(self) -> tuple[Stage, ...]:
        """Of an org without pipelines: the field's own list."""
        choices = (await self.crm.org.catalogue.fields("Deals"))["Stage"].offered
        return tuple(Stage(actual_value=c.actual, display_value=c.display) for c in choices)


def _is_closed(stage: Stage) -> bool:
    return "closed" in (stage.forecast_type or stage.actual).lower()


def _column(stage: Stage, deals: list[Record]) -> dict[str, Any]:
    here = [deal for deal in deals if deal.get("Stage") == stage.actual]
    total = sum(deal.get("Amount") or 0 for deal in here)
    since = ", last 90 days" if _is_closed(stage) else ""
    return {"id": stage.actual, "label": stage.display, "note": f"{len(here)} · {total:,.0f}{since}"}


def _card(deal: Record) -> dict[str, Any]:
    account = deal.lookup("Account_Name")
    lines = [f"{deal.get('Amount') or 0:,.0f} · {deal.get('Closing_Date') or 'no date'}"]
    return {
        "id": deal.id,
        "column": deal.get("Stage"),
        "title": deal.name,
        "lines": [*lines, account.name] if account else lines,
    }
