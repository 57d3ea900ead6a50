"""What all writing actions share: a plan is shown, applied once, and void when it is no longer true."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from zcrm_tools.actions.written import Written
from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads
from zcrm_tools.errors import NotAllowed, PlanUnusable


async def open_deal(crm: AsyncClient) -> str:
    rows = await crm.run_coql(query="select id from Deals where Stage = 'Qualification' limit 1")
    return str(rows.rows[0][0])


async def field(crm: AsyncClient, module: str, record: str, name: str) -> object:
    found = await reads.get(crm.org, module, record)
    return found[name] if found else None


def only_change(result: Written) -> str:
    assert result.status == "applied", result
    (entry,) = result.records
    return entry.change_id


async def test_a_dry_run_shows_the_difference_and_writes_nothing(crm: AsyncClient):
    deal = await open_deal(crm)
    shown = await crm.update_deal_stage(deal=deal, stage="Proposal Sent", dry_run=True)
    assert shown.status == "waiting"
    assert [(c.field, c.old, c.new) for c in shown.records[0].changes] == [
        ("Stage", "Qualification", "Proposal Sent")
    ]
    assert await field(crm, "Deals", deal, "Stage") == "Qualification"
    assert (await crm.list_changes()).count == 0


async def test_a_shown_plan_is_applied_once_and_repeats_give_the_receipt(crm: AsyncClient):
    deal = await open_deal(crm)
    shown = await crm.update_deal_stage(deal=deal, stage="Proposal Sent", dry_run=True)
    first = await crm.update_deal_stage(deal=deal, stage="Proposal Sent", plan_id=shown.plan_id)
    again = await crm.update_deal_stage(deal=deal, stage="Proposal Sent", plan_id=shown.plan_id)
    assert only_change(first) == only_change(again)
    assert "already done" in again.summary
    assert (await crm.list_changes()).count == 1
    assert await field(crm, "Deals", deal, "Stage") == "Proposal Sent"


async def test_many_callers_of_one_plan_write_once(crm: AsyncClient):
    deal = await open_deal(crm)
    shown = await crm.update_deal_stage(deal=deal, stage="Proposal Sent", dry_run=True)
    calls = (
        crm.update_deal_stage(deal=deal, stage="Proposal Sent", plan_id=shown.plan_id) for _ in range(10)
    )
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(a, Written | PlanUnusable) for a in answers), answers
    assert any(isinstance(a, Written) for a in answers)
    assert (await crm.list_changes()).count == 1


async def test_a_plan_is_not_applied_for_other_arguments(crm: AsyncClient):
    deal = await open_deal(crm)
    shown = await crm.update_deal_stage(deal=deal, stage="Proposal Sent", dry_run=True)
    with pytest.raises(PlanUnusable, match="other arguments"):
        await crm.update_deal_stage(deal=deal, stage="Closed Won", plan_id=shown.plan_id)
    with pytest.raises(PlanUnusable, match="no plan 'plan_x'"):
        await crm.update_deal_stage(deal=deal, stage="Closed Won", plan_id="plan_x")
    assert await field(crm, "Deals", deal, "Stage") == "Qualification"


async def test_a_plan_whose_touched_field_changed_is_dropped_and_the_new_difference_shown(crm: AsyncClient):
    deal = await open_deal(crm)
    shown = await crm.update_deal_stage(deal=deal, stage="Proposal Sent", dry_run=True)
    await crm.update_deal_stage(deal=deal, stage="Needs Analysis")
    anew = await crm.update_deal_stage(deal=deal, stage="Proposal Sent", plan_id=shown.plan_id)
    assert (anew.status, anew.plan_id == shown.plan_id) == ("waiting", False)
    assert "Stage changed since" in anew.summary
    assert anew.records[0].changes[0].old == "Needs Analysis"
    with pytest.raises(PlanUnusable, match="was dropped"):
        await crm.update_deal_stage(deal=deal, stage="Proposal Sent", plan_id=shown.plan_id)
    assert await field(crm, "Deals", deal, "Stage") == "Needs Analysis"
    await crm.update_deal_stage(deal=deal, stage="Proposal Sent", plan_id=anew.plan_id)
    assert await field(crm, "Deals", deal, "Stage") == "Proposal Sent"


async def test_a_change_of_another_field_does_not_void_a_plan(crm: AsyncClient):
    deal = await open_deal(crm)
    shown = await crm.update_deal_stage(deal=deal, stage="Proposal Sent", dry_run=True)
    await crm.update_records(module="Deals", records=[{"id": deal, "fields": {"Next_Step": "Call"}}])
    assert (
        await crm.update_deal_stage(deal=deal, stage="Proposal Sent", plan_id=shown.plan_id)
    ).status == "applied"


async def test_a_plan_expires_after_ten_minutes(crm: AsyncClient):
    deal = await open_deal(crm)
    shown = await crm.update_deal_stage(deal=deal, stage="Proposal Sent", dry_run=True)
    real = crm.gate._now
    crm.gate._now = lambda: real() + timedelta(minutes=10)
    with pytest.raises(PlanUnusable, match="expired"):
        await crm.update_deal_stage(deal=deal, stage="Proposal Sent", plan_id=shown.plan_id)


async def test_read_only_refuses_every_write_and_sends_nothing(reader: AsyncClient):
    spent = reader.org.session.credits_spent
    for name, arguments in {
        "create_lead": {"last_name": "X"},
        "update_records": {"module": "Leads", "records": [{"id": "5" * 18, "fields": {"City": "X"}}]},
        "update_deal_stage": {"deal": "5" * 18, "stage": "Closed Won"},
        "add_note": {"module": "Leads", "record_id": "5" * 18, "content": "x"},
        "undo_change": {"change_id": "chg_1"},
    }.items():
        with pytest.raises(NotAllowed, match="read-only"):
            await reader.call(name, arguments)
    assert reader.org.session.credits_spent == spent
