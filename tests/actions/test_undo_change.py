"""Taking changes back, and never somebody else's work with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from zcrm_tools.actions.written import Written
from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads
from zcrm_tools.errors import NotAllowed


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


async def test_undo_gives_back_the_stage_and_its_probability(crm: AsyncClient):
    deal = await open_deal(crm)
    await crm.update_records(module="Deals", records=[{"id": deal, "fields": {"Probability": 37}}])
    before = dict(await reads.get(crm.org, "Deals", deal) or {})
    change = only_change(await crm.update_deal_stage(deal=deal, stage="Closed Won"))
    assert await field(crm, "Deals", deal, "Probability") == 100
    assert (await crm.undo_change(change_id=change)).status == "applied"
    after = dict(await reads.get(crm.org, "Deals", deal) or {})
    differing = {k for k in before if before[k] != after[k]}
    assert differing <= {"Modified_Time", "Modified_By", "Last_Activity_Time", "Change_Log_Time__s"}
    with pytest.raises(NotAllowed, match="already undone"):
        await crm.undo_change(change_id=change)


async def test_undo_does_not_overwrite_a_later_change(crm: AsyncClient):
    deal = await open_deal(crm)
    change = only_change(await crm.update_deal_stage(deal=deal, stage="Closed Won"))
    await crm.update_deal_stage(deal=deal, stage="Closed Lost")
    with pytest.raises(NotAllowed, match="changed again"):
        await crm.undo_change(change_id=change)
    assert await field(crm, "Deals", deal, "Stage") == "Closed Lost"


async def test_a_created_lead_is_taken_back_by_deleting_it_once_a_person_agrees(
    crm: AsyncClient, agreed: Callable[..., Awaitable[Written]]
):
    made = await crm.create_lead(last_name="Zzyzx", company="Nowhere Lighthouses", email="z@nowhere.example")
    lead = made.records[0].id
    assert await field(crm, "Leads", lead, "Company") == "Nowhere Lighthouses"
    shown = await crm.undo_change(change_id=only_change(made), dry_run=True)
    assert shown.records[0].kind == "delete"
    assert await field(crm, "Leads", lead, "Company") == "Nowhere Lighthouses"
    await agreed("undo_change", change_id=only_change(made))
    assert await reads.get(crm.org, "Leads", lead) is None
    assert next(c.undone for c in (await crm.list_changes()).changes if c.kind == "create")
