"""Taking back what many plans wrote: shown first, plan by plan, and never over somebody else's work."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from zcrm_tools import endpoints
from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads
from zcrm_tools.crm.writes import Create, Update
from zcrm_tools.errors import NotAllowed
from zcrm_tools.safety import taking_back
from zcrm_tools.state.state import ChangeRow


def lead(number: int) -> Create:
    return Create("Leads", {"Last_Name": f"Zzyzx {number}", "Company": "Nowhere"})


def journaled(crm: AsyncClient) -> list[ChangeRow]:
    """All that was written, the newest first, as long as it was not taken back."""
    return taking_back.left(crm.gate.state.changes(crm.org.profile.identity, 1_000)[::-1])


async def there(crm: AsyncClient, ids: list[str]) -> dict[str, Any]:
    return {id: r["City"] for id, r in (await reads.get_many(crm.org, "Leads", ids, ["City"])).items()}  # noqa: A001


async def test_more_than_a_plan_holds_is_taken_back_by_plans_of_a_hundred(crm: AsyncClient, do: Any):
    made = [one.id for one in await do(*(lead(n) for n in range(130)))]
    rows = journaled(crm)
    spent = crm.org.session.credits_spent
    ahead = await taking_back.ahead(crm.org, rows)
    assert (ahead.counts, ahead.problems) == ({("delete", "Leads"): 130}, ())
    assert crm.org.session.credits_spent - spent == 2, "records are looked up by the hundred"
    seen: list[int] = []
    results = await taking_back.run(crm.gate, crm.org, rows, by="a person", progress=seen.append)
    assert [one.status for one in results] == ["done"] * 130
    assert seen == [100, 130]
    assert await there(crm, made) == {}
    assert all(row.kind == "delete" for row in journaled(crm)), "all creates are marked as taken back"


async def test_of_one_record_the_newer_change_goes_before_the_older(crm: AsyncClient, do: Any):
    (made,) = await do(lead(1))
    for city in ("Oslo", "Rome"):
        await do(Update("Leads", made.id, {"City": city}))
    newest, older, _ = rows = journaled(crm)
    assert (await taking_back.ahead(crm.org, rows)).counts == {("update", "Leads"): 1}
    await taking_back.run(crm.gate, crm.org, [newest, older])
    assert await there(crm, [made.id]) == {made.id: None}


async def test_it_stops_where_somebody_changed_something_since_unless_the_rest_is_wanted(
    crm: AsyncClient, do: Any
):
    made = [one.id for one in await do(lead(1), lead(2))]
    await do(*(Update("Leads", one, {"City": "Rome"}) for one in made))
    body = {"data": [{"id": made[0], "City": "Lima"}]}
    await crm.org.session.call(endpoints.UPDATE_RECORDS, module="Leads", json=body)
    rows = journaled(crm)[:2]
    (problem,) = (await taking_back.ahead(crm.org, rows)).problems
    assert "City of Leads" in problem.message
    with pytest.raises(NotAllowed, match="changed again"):
        await taking_back.run(crm.gate, crm.org, rows)
    assert await there(crm, made) == {made[0]: "Lima", made[1]: "Rome"}
    await taking_back.run(crm.gate, crm.org, rows, rest=True)
    assert await there(crm, made) == {made[0]: "Lima", made[1]: None}


async def test_what_needs_a_person_waits_for_none_and_what_policy_refuses_is_refused(
    crm: AsyncClient, do: Any
):
    (made,) = await do(lead(1))
    rows = journaled(crm)
    with pytest.raises(NotAllowed, match="A person must agree to it, as it deletes records"):
        await taking_back.run(crm.gate, crm.org, rows)
    crm.gate.policy = replace(crm.gate.policy, effects={"delete": "refuse"})
    with pytest.raises(NotAllowed, match="refuses what deletes records, and taking this back would"):
        await taking_back.run(crm.gate, crm.org, rows, by="a person")
    assert await there(crm, [made.id]) == {made.id: None}
    assert crm.gate.state.waiting(crm.org.profile.identity, rows[0].at) == []


async def test_what_was_taken_back_is_said_to_be(crm: AsyncClient, do: Any):
    await do(lead(1))
    rows = journaled(crm)
    await taking_back.run(crm.gate, crm.org, rows, by="a person")
    (created,) = [row for row in crm.gate.state.changes(crm.org.profile.identity, 9) if row.kind == "create"]
    (problem,) = (await taking_back.ahead(crm.org, taking_back.left([created]))).problems
    assert problem.code == "ALREADY_UNDONE"
