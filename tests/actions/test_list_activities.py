"""What is to be done, and what was, by day and person."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.errors import InvalidInput


async def test_open_tasks_meetings_and_calls_of_a_week(crm: AsyncClient):
    shown = await crm.list_activities(since="2026-01-01", until="2026-12-31", limit=200)
    assert shown.tasks is not None
    assert shown.events is not None
    assert shown.calls is not None
    status = shown.tasks.columns.index("Status")
    assert "Completed" not in {row[status] for row in shown.tasks.rows}
    due = shown.tasks.columns.index("Due_Date")
    days = [row[due] for row in shown.tasks.rows]
    assert days == sorted(days)
    counted = await crm.run_coql(
        query="select COUNT(id) from Calls where Call_Start_Time between '2026-01-01T00:00:00-05:00' and '2026-12-31T23:59:59-05:00'"
    )
    assert shown.calls.count == min(200, counted.rows[0][0])


async def test_one_kind_of_one_person(crm: AsyncClient):
    everybody = await crm.list_activities(
        kinds=["Tasks"], since="2024-01-01", until="2026-12-31", done_too=True
    )
    assert everybody.events is None
    assert everybody.tasks is not None
    who = everybody.tasks.dicts()[0]["Owner"].split(" (")[0]
    own = await crm.list_activities(
        kinds=["Tasks"], owner=who, since="2024-01-01", until="2026-12-31", done_too=True
    )
    assert own.tasks is not None
    assert {row["Owner"].split(" (")[0] for row in own.tasks.dicts()} == {who}
    with pytest.raises(InvalidInput, match="'tomorrow' is not a date"):
        await crm.list_activities(since="tomorrow")
