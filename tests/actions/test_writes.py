"""The writing actions: planned, applied once, journaled, undone. The emulator's store is the judge."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from zcrm_tools.actions.written import Written
from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads
from zcrm_tools.errors import InvalidInput, NotAllowed, PlanUnusable


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


async def test_an_unknown_stage_is_refused_with_the_pipelines_stages(crm: AsyncClient):
    deal = await open_deal(crm)
    with pytest.raises(InvalidInput) as caught:
        await crm.update_deal_stage(deal=deal, stage="Propsal Sent")
    assert caught.value.problem.closest == "Proposal Sent"
    assert "Closed Won" in caught.value.problem.allowed


async def test_a_stage_is_known_by_what_people_see(crm: AsyncClient):
    deal = await open_deal(crm)
    await crm.update_deal_stage(deal=deal, stage="identify decision makers")
    assert await field(crm, "Deals", deal, "Stage") == "Id. Decision Makers"


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


async def test_a_created_lead_is_taken_back_by_deleting_it(crm: AsyncClient):
    made = await crm.create_lead(last_name="Zzyzx", company="Nowhere Lighthouses", email="z@nowhere.example")
    lead = made.records[0].id
    assert await field(crm, "Leads", lead, "Company") == "Nowhere Lighthouses"
    shown = await crm.undo_change(change_id=only_change(made), dry_run=True)
    assert shown.records[0].kind == "delete"
    assert await field(crm, "Leads", lead, "Company") == "Nowhere Lighthouses"
    await crm.undo_change(change_id=only_change(made))
    assert await reads.get(crm.org, "Leads", lead) is None
    assert next(c.undone for c in (await crm.list_changes()).changes if c.kind == "create")


async def test_a_likely_duplicate_is_shown_and_not_created(crm: AsyncClient):
    rows = await crm.run_coql(
        query="select First_Name, Last_Name, Company, Email from Leads where (Email is not null and Converted__s = 'false') limit 1"
    )
    first, last, company, email, lead = rows.rows[0]
    asked = {"last_name": last, "first_name": first or "", "company": company, "email": email.upper()}
    shown = await crm.create_lead(**asked)
    assert shown.status == "waiting"
    assert lead in [d["id"] for d in shown.likely_duplicates]
    assert "same e-mail" in str(shown.likely_duplicates)
    assert (await crm.list_changes()).count == 0
    made = await crm.create_lead(**asked, plan_id=shown.plan_id)
    assert made.status == "applied"
    assert made.records[0].id != lead


async def test_an_identical_create_within_ten_minutes_gives_the_first_receipt(crm: AsyncClient):
    asked = {"last_name": "Zzyzx", "company": "Nowhere Lighthouses"}
    first = await crm.create_lead(**asked)
    again = await crm.create_lead(**asked)
    assert first.records[0].id == again.records[0].id
    assert (await crm.list_changes()).count == 1
    repeated = await crm.create_lead(**asked, repeat=True)
    assert repeated.status == "waiting"
    assert repeated.likely_duplicates


async def test_all_faults_of_a_lead_are_named_at_once(crm: AsyncClient):
    with pytest.raises(InvalidInput) as caught:
        await crm.create_lead(
            last_name="Novotná", email="nope", more={"Annual_Revenu": 5, "No_of_Employees": "many"}
        )
    assert {(p.code, p.field) for p in caught.value.problems} == {
        ("INVALID_DATA", "Email"),
        ("UNKNOWN_FIELD", "Annual_Revenu"),
        ("INVALID_DATA", "No_of_Employees"),
    }
    assert all("Nothing was written" in p.not_done for p in caught.value.problems)


async def test_an_unlisted_source_is_written_with_a_warning(crm: AsyncClient):
    made = await crm.create_lead(last_name="Zzyzx", company="Nowhere Lighthouses", source="Billboard")
    assert made.status == "applied"
    assert "'Billboard' is not a value of Lead_Source" in made.warnings[0]


async def test_an_update_without_effect_sends_nothing(crm: AsyncClient):
    deal = await open_deal(crm)
    same = await crm.update_deal_stage(deal=deal, stage="Qualification")
    assert same.status == "unchanged"
    assert (await crm.list_changes()).count == 0


async def test_records_that_already_have_the_values_are_named(crm: AsyncClient):
    rows = await crm.run_coql(query="select id from Deals where Stage = 'Qualification' limit 2")
    (one,), (two,) = rows.rows
    await crm.update_records(
        module="Deals", records=[{"id": one, "fields": {"Next_Step": "Call the harbour"}}]
    )
    asked = [{"id": i, "fields": {"Next_Step": "Call the harbour"}} for i in (one, two)]
    done = await crm.update_records(module="Deals", records=asked)
    assert (done.status, done.unchanged, [e.id for e in done.records]) == ("applied", [one], [two])


async def test_more_than_twenty_records_wait_for_a_person(crm: AsyncClient):
    rows = await crm.run_coql(query="select id from Leads where Rating is null limit 25")
    asked = [{"id": row[0], "fields": {"Rating": "Active"}} for row in rows.rows]
    assert len(asked) == 25
    shown = await crm.update_records(module="Leads", records=asked)
    assert shown.status == "waiting"
    assert f"zcrm approve {shown.plan_id}" in shown.next_step
    still = await crm.update_records(module="Leads", records=asked, plan_id=shown.plan_id)
    assert still.status == "waiting"
    assert crm.gate.state.approve(shown.plan_id, "a person", crm.gate._now())
    done = await crm.update_records(module="Leads", records=asked, plan_id=shown.plan_id)
    assert done.status == "applied"
    assert len(done.records) == 25


async def test_one_refused_record_does_not_hide_the_others(crm: AsyncClient):
    contacts = await crm.run_coql(query="select Email from Contacts where Email is not null limit 2")
    (taken, one), (_, two) = contacts.rows
    done = await crm.update_records(
        module="Contacts",
        records=[
            {"id": two, "fields": {"Email": taken}},
            {"id": one, "fields": {"Department": "Lighthouse keeping"}},
        ],
    )
    assert done.status == "partly_applied"
    assert [e.outcome for e in done.records] == ["refused", "done"]
    assert done.records[0].change_id == ""
    assert await field(crm, "Contacts", one, "Department") == "Lighthouse keeping"


async def test_a_note_hangs_on_its_record(crm: AsyncClient):
    deal = await open_deal(crm)
    await crm.add_note(module="Deals", record_id=deal, content="Called; they sign on Friday.", title="Call")
    whole = await crm.get_record(module="Deals", id=deal, include=["Notes"])
    assert "Called; they sign on Friday." in [n["Note_Content"] for n in whole.related["Notes"].dicts()]
    with pytest.raises(InvalidInput, match="no Deals record"):
        await crm.add_note(module="Deals", record_id="554023999999999999", content="x")


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


async def test_a_caller_that_goes_away_leaves_a_whole_journal(crm: AsyncClient):
    deal = await open_deal(crm)
    call = asyncio.ensure_future(crm.update_deal_stage(deal=deal, stage="Proposal Sent"))
    while not crm.gate._running:  # noqa: ASYNC110 — until the write has begun, and no longer
        await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await crm.gate.finish()
    assert await field(crm, "Deals", deal, "Stage") == "Proposal Sent"
    assert (await crm.list_changes()).count == 1
    assert crm.gate.state.unsettled(crm.org.profile.identity) == []
