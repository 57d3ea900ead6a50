"""One lost answer at a time: what is reported, what is written, and what a repeat does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from zcrm_tools import endpoints
from zcrm_tools.crm.writes import Create, Delete, Update
from zcrm_tools.errors import CreditsUsedUp, NotAllowed, PlanUnusable
from zcrm_tools.safety import images, undo

LEAD = Create("Leads", {"Last_Name": "Zzyzx", "Company": "Nowhere Lighthouses"})


async def made(bench: Any, **values: Any) -> str:
    (result,) = await bench.write(Create("Leads", {"Last_Name": "Old", **values}))
    assert result.status == "done"
    return str(result.id)


def lose(bench: Any, kind: str, times: int = 1, **where: Any) -> None:
    bench.lay(kind, times=times, **({"route": "create_records"} | where))


# --- creates without a key


@pytest.mark.evidence("reliability.no-idempotency-key", "reliability.list-is-fresh")
@pytest.mark.parametrize("kind", ["drop_reply", "reset"])
async def test_a_create_whose_answer_was_lost_is_found_and_adopted(bench, kind):
    lose(bench, kind, **({"bytes": 10} if kind == "reset" else {}))
    (result,) = await bench.write(LEAD, ask="it")
    assert result.status == "done"
    assert [int(result.id)] == bench.rows("Leads", "Last_Name", "Zzyzx")
    (again,) = await bench.write(LEAD, ask="it")
    assert again == result
    assert bench.sent("POST") == 1
    (change,) = bench.changes()
    assert (change.outcome, change.record) == ("done", result.id)
    assert (await undo.proposal(bench.org, [change])).writes == (Delete("Leads", result.id),)


@pytest.mark.parametrize("kind", ["drop_request", "bad_gateway", "refuse"])
async def test_a_create_that_left_no_trace_is_unknown_until_nothing_can_arrive_and_then_offered(bench, kind):
    lose(bench, kind)
    (result,) = await bench.write(LEAD, ask="it")
    assert (result.status, result.problem.code) == ("unknown", "NOT_THERE_YET")
    (again,) = await bench.write(LEAD, ask="it", repeat=True)
    assert again.status == "unknown"
    assert bench.sent("POST") == 1
    with pytest.raises(NotAllowed, match="Nobody knows"):
        await undo.proposal(bench.org, bench.changes()[:1])
    bench.advance(minutes=7)
    (later,) = await bench.write(LEAD, ask="it")
    assert later.status == "done"
    assert bench.rows("Leads", "Last_Name", "Zzyzx") == [int(later.id)]
    assert [c.outcome for c in bench.changes()] == ["done"]


async def test_what_became_known_is_noted_where_it_was_unknown(bench):
    lose(bench, "drop_request")
    await bench.write(LEAD, ask="it")
    bench.advance(minutes=7)
    await bench.gate.reconcile_all()
    assert bench.unsettled() == []
    assert bench.changes() == []


async def test_a_lost_answer_while_zoho_cannot_be_asked_is_found_out_by_the_next_call(bench):
    lose(bench, "drop_reply")
    bench.lay("bad_gateway", route="list_records", times=3)
    (result,) = await bench.write(LEAD, ask="it")
    assert result.status == "unknown"
    (again,) = await bench.write(LEAD, ask="it", repeat=True)
    assert again.status == "done"
    assert bench.rows("Leads", "Last_Name", "Zzyzx") == [int(again.id)]


@pytest.mark.parametrize("minutes", [1, 30])
async def test_who_was_told_unknown_is_told_what_was_found_since_before_anything_is_written_again(
    bench, minutes
):
    lose(bench, "drop_reply")
    bench.lay("bad_gateway", route="list_records", times=3)
    await bench.write(LEAD, ask="it")
    await bench.gate.reconcile_all()
    bench.advance(minutes=minutes)
    (told,) = await bench.write(LEAD, ask="it", repeat=True)
    assert [int(told.id)] == bench.rows("Leads", "Last_Name", "Zzyzx")
    (second,) = await bench.write(LEAD, ask="it", repeat=True)
    assert second.id != told.id


async def test_another_equal_record_that_is_known_is_not_mistaken_for_the_lost_one(bench):
    (first,) = await bench.write(LEAD, ask="it")
    lose(bench, "drop_request")
    (second,) = await bench.write(LEAD, ask="it", repeat=True)
    assert second.status == "unknown"
    lose(bench, "drop_reply")
    (third,) = await bench.write(LEAD, ask="other")
    assert third.status == "done"
    assert third.id != first.id


async def test_several_records_that_fit_are_a_question_for_a_person(bench):
    for _ in range(2):
        reply = await bench.org.session.call(
            endpoints.CREATE_RECORDS, module="Leads", json={"data": [dict(LEAD.values)]}
        )
        assert reply.status == 201
    lose(bench, "drop_request")
    (result,) = await bench.write(LEAD, ask="it")
    assert (result.status, result.problem.code) == ("unknown", "WHICH_ONE")
    assert set(result.problem.allowed) == set(map(str, bench.rows("Leads", "Last_Name", "Zzyzx")))
    assert result.problem.fix_by == "person"
    (again,) = await bench.write(LEAD, ask="it")
    assert again.status == "unknown"
    (asked,) = await bench.write(LEAD, ask="it", repeat=True)
    assert asked.status == "done"


async def test_a_record_that_was_there_long_before_is_not_taken_for_the_lost_one(bench):
    store = bench.emulator.store
    (user,) = (row[0] for row in store.fetch('SELECT id FROM "Users"'))
    store.load(
        "Leads",
        [{"id": store.next_id(), **LEAD.values, "Created_By": user, "Created_Time": _ago(bench, 3600)}],
    )
    lose(bench, "drop_request")
    (result,) = await bench.write(LEAD)
    assert result.problem.code == "NOT_THERE_YET"


async def test_a_record_of_another_user_is_not_taken_for_the_lost_one(bench):
    store = bench.emulator.store
    (user,) = (row[0] for row in store.fetch('SELECT id FROM "Users"'))
    other = store.next_id()
    store.load("Users", [{**store.get("Users", user), "id": other, "email": "other@example.com"}])
    store.load(
        "Leads",
        [{"id": store.next_id(), **LEAD.values, "Created_By": other, "Created_Time": _ago(bench, 0)}],
    )
    lose(bench, "drop_request")
    (result,) = await bench.write(LEAD)
    assert result.problem.code == "NOT_THERE_YET"


async def test_a_record_made_long_after_is_not_taken_for_the_lost_one(bench):
    lose(bench, "drop_request")
    await bench.write(LEAD, ask="it")
    bench.advance(minutes=30)
    reply = await bench.org.session.call(
        endpoints.CREATE_RECORDS, module="Leads", json={"data": [dict(LEAD.values)]}
    )
    assert reply.status == 201
    await bench.gate.reconcile_all()
    assert bench.unsettled() == []
    assert bench.changes() == []


def _ago(bench: Any, seconds: int) -> Any:
    return bench.emulator.clock.now() - timedelta(seconds=seconds)


async def test_a_server_whose_clock_is_wrong_is_reckoned_with(bench):
    """Ours is an hour behind, so the record seems to be from the future."""

    def behind() -> datetime:
        return bench.emulator.clock.now() - timedelta(hours=1)

    bench.wall = behind
    bench.open()
    lose(bench, "drop_reply")
    (result,) = await bench.write(LEAD)
    assert result.status == "done"


async def test_in_a_batch_equal_rows_each_get_a_record_of_their_own(bench):
    lose(bench, "drop_reply")
    results = await bench.write(LEAD, LEAD, Create("Leads", {"Last_Name": "Other"}), LEAD)
    assert [r.status for r in results] == ["done"] * 4
    assert len({r.id for r in results}) == 4


async def test_what_comes_after_a_lost_batch_is_not_sent(bench):
    lead = await made(bench)
    lose(bench, "drop_request")
    results = await bench.write(LEAD, Update("Leads", lead, {"Company": "New"}))
    assert [r.status for r in results] == ["unknown", "not_sent"]
    assert bench.sent("PUT") == 0


# --- creates with a key


@pytest.mark.evidence("reliability.unique-field", "reliability.upsert-reaches-further")
@pytest.mark.parametrize("kind", ["drop_reply", "drop_request", "bad_gateway", "refuse", "repeat"])
async def test_a_create_with_a_key_is_repeated_and_written_once(bench, kind):
    await bench.set_key_aside("Leads")
    lose(bench, kind)
    (result,) = await bench.write(LEAD)
    assert result.status == "done"
    assert bench.rows("Leads", "Last_Name", "Zzyzx") == [int(result.id)]


async def test_a_create_with_a_key_is_known_by_its_key_alone(bench):
    await bench.set_key_aside("Leads")
    lose(bench, "drop_reply", times=3)
    bench.lay("bad_gateway", route="list_records", times=3)
    (result,) = await bench.write(LEAD, ask="it")
    assert result.status == "unknown"
    (row,) = bench.rows("Leads", "Last_Name", "Zzyzx")
    renamed = {"data": [{"id": str(row), "Last_Name": "Renamed", "Company": "Else"}]}
    await bench.org.session.call(endpoints.UPDATE_RECORDS, module="Leads", json=renamed)
    (again,) = await bench.write(LEAD, ask="it")
    assert (again.status, again.id) == ("done", str(row))


async def test_a_duplicate_that_is_not_ours_stays_a_refusal_that_names_it(bench):
    await bench.set_key_aside("Leads")
    results = await bench.write(Create("Leads", {"Last_Name": "A", "Zcrm_Key": "theirs"}))
    (again,) = await bench.write(Create("Leads", {"Last_Name": "B", "Zcrm_Key": "theirs"}))
    assert again.status == "refused"
    assert results[0].id in again.problem.next_step


# --- updates and deletes


@pytest.mark.parametrize(
    ("kind", "puts"), [("drop_reply", 1), ("drop_request", 2), ("bad_gateway", 2), ("repeat", 1)]
)
async def test_an_update_without_an_answer_is_looked_up_and_sent_again_only_where_it_did_not_happen(
    bench, kind, puts
):
    lead = await made(bench)
    lose(bench, kind, route="update_records")
    (result,) = await bench.write(Update("Leads", lead, {"Company": "New"}))
    assert result.status == "done"
    assert bench.stored("Leads", lead)["Company"] == "New"
    assert bench.sent("PUT") == puts


@pytest.mark.parametrize(("kind", "calls"), [("drop_reply", 1), ("drop_request", 2), ("repeat", 1)])
async def test_a_delete_without_an_answer_is_looked_up_too(bench, kind, calls):
    lead = await made(bench)
    lose(bench, kind, route="delete_records")
    submitted = await bench.submit(Delete("Leads", lead), ask="it")
    bench.state.approve(submitted.plan.id, "a person", bench.emulator.clock.now())
    (result,) = await bench.write(Delete("Leads", lead), ask="it", plan_id=submitted.plan.id)
    assert result.status == ("refused" if kind == "repeat" else "done")
    assert bench.stored("Leads", lead) is None
    assert bench.sent("DELETE") == calls


async def test_an_update_that_nobody_can_vouch_for_stays_unknown(bench):
    lead = await made(bench)
    bench.lay("drop_reply", route="update_records", times=1)
    bench.lay("bad_gateway", route="list_records", times=99, skip=1)
    (result,) = await bench.write(Update("Leads", lead, {"Company": "New"}))
    assert result.status == "unknown"
    bench.emulator.faults.clear()
    await bench.gate.reconcile_all()
    assert bench.unsettled() == []
    assert bench.changes()[0].outcome == "done"


@pytest.mark.evidence("reliability.unmodified-since")
async def test_an_update_of_a_record_that_changed_meanwhile_shows_both_versions(bench, monkeypatch):
    lead = await made(bench, Company="Seen")
    bench.advance(minutes=1)
    real = images.look

    async def then_somebody_else(*asked: Any) -> Any:
        seen = await real(*asked)
        bench.advance(seconds=5)
        await bench.org.session.call(
            endpoints.UPDATE_RECORDS, module="Leads", json={"data": [{"id": lead, "Company": "Theirs"}]}
        )
        return seen

    monkeypatch.setattr(images, "look", then_somebody_else)
    (result,) = await bench.write(Update("Leads", lead, {"Company": "Ours"}))
    assert (result.status, result.problem.code) == ("refused", "ALREADY_MODIFIED")
    assert "Company was 'Seen', is 'Theirs'" in result.problem.message
    assert bench.stored("Leads", lead)["Company"] == "Theirs"


# --- a process that died


async def died(bench: Any, *, after: bool) -> str:
    """A plan that was claimed, and sent when `after`, by a process that then died."""
    shown = await bench.submit(LEAD, ask="it", dry_run=True)
    now = bench.emulator.clock.now()
    assert bench.state.approve(shown.plan.id, "policy", now)
    assert bench.state.claim(shown.plan.id, now)
    if after:
        await bench.org.session.call(
            endpoints.CREATE_RECORDS, module="Leads", json={"data": [dict(LEAD.values)]}
        )
    bench.open()
    return str(shown.plan.id)


async def test_a_plan_that_a_living_process_may_be_applying_is_left_alone(bench):
    plan = await died(bench, after=True)
    with pytest.raises(PlanUnusable, match="outcome is unknown"):
        await bench.write(LEAD, ask="it")
    with pytest.raises(PlanUnusable, match="outcome is unknown"):
        await bench.write(LEAD, ask="it", plan_id=plan)
    assert [row.id for row in bench.unsettled()] == [plan]


@pytest.mark.parametrize("after", [True, False])
async def test_after_a_crash_the_records_say_what_happened_and_a_repeat_writes_nothing_twice(bench, after):
    await died(bench, after=after)
    bench.advance(minutes=7)
    (result,) = await bench.write(LEAD, ask="it")
    assert result.status == "done"
    assert bench.rows("Leads", "Last_Name", "Zzyzx") == [int(result.id)]
    assert bench.sent("POST") == 1
    assert bench.unsettled() == []


# --- what is no lost answer


async def test_busy_and_unreachable_are_tried_again_and_credits_are_not(bench):
    lose(bench, "throttle", times=2)
    (result,) = await bench.write(LEAD)
    assert result.status == "done"
    bench.org.session.line.spending.remaining = 0
    lose(bench, "throttle", times=1)
    with pytest.raises(CreditsUsedUp):
        await bench.write(LEAD, ask="refused")
    (later,) = await bench.write(LEAD, ask="refused")
    assert later.status == "done"


async def test_rows_that_zoho_refused_are_refused_and_the_others_done(bench):
    results = await bench.write(LEAD, Create("Leads", {"Company": "Nameless"}), LEAD)
    assert [r.status for r in results] == ["done", "refused", "done"]
    assert len(bench.rows("Leads", "Last_Name", "Zzyzx")) == 2
