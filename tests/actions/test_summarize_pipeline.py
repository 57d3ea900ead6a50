"""The summary adds up to what COQL counts, and what it calls idle is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.errors import InvalidInput


async def total(crm: AsyncClient, where: str) -> list[object]:
    rows = await crm.run_coql(query=f"select COUNT(id), SUM(Amount) from Deals where {where}")
    return rows.rows[0]


async def test_stages_come_in_the_pipelines_order_and_add_up(crm: AsyncClient):
    shown = await crm.summarize_pipeline()
    (pipeline,) = await crm.org.catalogue.pipelines()
    order = [stage.actual for stage in pipeline.stages]
    assert [row[0] for row in shown.stages] == [
        stage for stage in order if stage in {r[0] for r in shown.stages}
    ]
    assert [sum(row[2] for row in shown.stages), sum(row[3] for row in shown.stages)] == await total(
        crm, "id is not null"
    )
    won = shown.totals["won"]
    assert [won.deals, won.amount] == await total(crm, "Stage = 'Closed Won'")
    assert {row[1] for row in shown.stages} == {"open", "won", "lost"}
    assert shown.currency == "USD"


async def test_overdue_and_idle_deals_are_open_ones(crm: AsyncClient):
    shown = await crm.summarize_pipeline(idle_days=10)
    opened = {row[0] for row in shown.stages if row[1] == "open"}
    zone = (await crm.org.catalogue.org()).time_zone
    assert zone
    assert shown.idle is not None
    assert shown.idle.rows
    at = {name: place for place, name in enumerate(shown.idle.columns)}
    for row in shown.idle.rows:
        assert row[at["Stage"]] in opened
        assert datetime.now().astimezone() - datetime.fromisoformat(
            row[at["Last_Activity_Time"]]
        ) > timedelta(days=10)
    amounts = [row[at["Amount"]] for row in shown.idle.rows]
    assert amounts == sorted(amounts, reverse=True)
    assert shown.overdue.deals <= shown.totals["open"].deals


async def test_a_summary_is_narrowed_by_owner_and_closing_date(crm: AsyncClient):
    today = datetime.now().astimezone().date()
    me = (await crm.get_connection()).user_id
    shown = await crm.summarize_pipeline(
        owner="me", closing_from=str(today), closing_to=str(today + timedelta(days=365))
    )
    counted = await total(
        crm,
        f"((Owner = '{me}' and Closing_Date >= '{today}') and Closing_Date <= '{today + timedelta(days=365)}')",
    )
    assert sum(group.deals for group in shown.totals.values()) == counted[0]
    assert counted == await total(crm, shown.where)
    assert (await crm.summarize_pipeline()).where == ""
    none = await crm.summarize_pipeline(closing_from="1990-01-01", closing_to="1990-12-31")
    assert (none.stages, none.note) == ([], "There are no such deals.")


async def test_an_unknown_pipeline_is_refused_with_those_there_are(crm: AsyncClient):
    with pytest.raises(InvalidInput) as caught:
        await crm.summarize_pipeline(pipeline="Standrad")
    assert caught.value.problem.allowed == ("Standard (Standard)",)
    with pytest.raises(InvalidInput, match="'next week' is not a date"):
        await crm.summarize_pipeline(closing_from="next week")
