"""The gate: whose plan it is, who may be asked, what is decided when it is applied, and what is written down of it."""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.connection import open_client
from zcrm_tools.crm import reads
from zcrm_tools.crm.writes import Create, Delete, Update
from zcrm_tools.errors import InvalidInput, NotAllowed, PlanUnusable
from zcrm_tools.safety import images, show
from zcrm_tools.safety.asker import Asker, asking
from zcrm_tools.safety.policy import Fields, Hours, Names, Policy, Window
from zcrm_tools.settings import from_environment
from zcrm_tools.state import chain
from zcrm_tools.testing import ZohoOrg

LEAD = Create("Leads", {"Last_Name": "Zzyzx", "Company": "Nowhere"})


@pytest.fixture
async def lead(do: Any) -> str:
    (made,) = await do(LEAD)
    return str(made.id)


async def city(crm: AsyncClient, id: str) -> Any:
    return (await reads.get_many(crm.org, "Leads", [id], ["City"]))[id].get("City")


async def test_nobody_applies_a_plan_that_another_one_was_shown(crm: AsyncClient, submit: Any, lead: str):
    write = Update("Leads", lead, {"City": "Rome"})
    with asking(Asker(principal="ann")):
        shown = await submit(write, ask="it", dry_run=True)
    for other in ("bob", ""):
        with asking(Asker(principal=other)), pytest.raises(PlanUnusable, match="There is no plan"):
            await submit(write, ask="it", plan_id=shown.plan.id)
    with asking(Asker(principal="ann")):
        done = await submit(write, ask="it", plan_id=shown.plan.id)
    assert done.status == "applied"


async def test_where_nobody_can_be_asked_it_is_refused_but_may_be_looked_at(
    crm: AsyncClient, submit: Any, lead: str
):
    with asking(Asker(ways=frozenset())):
        with pytest.raises(NotAllowed, match="nobody can be asked"):
            await submit(Delete("Leads", lead))
        shown = await submit(Delete("Leads", lead), ask="look", dry_run=True)
        assert (shown.status, shown.needs_person) == ("waiting", True)
        with pytest.raises(NotAllowed, match="nobody can be asked"):
            await submit(Delete("Leads", lead), ask="look", plan_id=shown.plan.id)
    assert await reads.get(crm.org, "Leads", lead) is not None


@pytest.mark.parametrize(
    "stricter",
    [
        Policy(write=True, fields=Fields(Names(deny=frozenset({"Leads.City"})))),
        Policy(write=True, modules=Names(deny=frozenset({"Leads"}))),
        Policy(write=True, effects={"update": "refuse"}),
        Policy(write=True, hours=Hours(frozenset(), time(0), time(23))),
        Policy(),
    ],
)
async def test_what_policy_refuses_meanwhile_is_not_applied_although_it_was_approved(
    crm: AsyncClient, submit: Any, lead: str, stricter: Policy
):
    write = Update("Leads", lead, {"City": "Rome"})
    shown = await submit(write, ask="it", dry_run=True)
    assert await crm.approve(shown.plan.id, by="a person")
    crm.gate.policy = stricter
    with pytest.raises(NotAllowed, match=r"policy|read-only|allowed on"):
        await submit(write, ask="it", plan_id=shown.plan.id)
    assert await city(crm, lead) is None


async def test_what_policy_alone_let_through_waits_for_a_person_once_policy_asks_for_one(
    crm: AsyncClient, submit: Any, lead: str
):
    write = Update("Leads", lead, {"City": "Rome"})
    shown = await submit(write, ask="it", dry_run=True)
    crm.gate.state.approve(shown.plan.id, "policy", datetime.now(UTC))  # and then its process died
    crm.gate.policy = Policy(write=True, effects={"update": "person"})
    anew = await submit(write, ask="it", plan_id=shown.plan.id)
    assert (anew.status, anew.needs_person) == ("waiting", True)
    assert "policy asks for a person now" in anew.reason
    assert await city(crm, lead) is None


def cities(lead: str) -> Any:
    return (Update("Leads", lead, {"City": f"City {n}"}) for n in itertools.count())


async def test_many_small_writes_wait_as_one_big_one_does_and_what_a_person_saw_does_not_count(
    crm: AsyncClient, submit: Any, lead: str
):
    crm.gate.policy = Policy(write=True, window=Window(rows=4, minutes=60))  # one of them made the lead
    city = cities(lead)
    for _ in range(3):
        assert (await submit(next(city))).status == "applied"
    fifth = next(city)
    shown = await submit(fifth, ask="fifth")
    assert (shown.status, shown.needs_person) == ("waiting", True)
    assert "5 records would be written within 60 minutes without a person" in shown.reason
    assert shown.reason in show.as_text(shown.plan)
    assert shown.reason in show.as_card(shown.plan)["asks"]
    await crm.approve(shown.plan.id, by="a person")
    assert (await submit(fifth, ask="fifth", plan_id=shown.plan.id)).status == "applied"
    with asking(Asker(principal="bob")):
        assert (await submit(next(city))).status == "applied", "each has an allowance of their own"
    later = datetime.now(UTC) + timedelta(minutes=61)
    crm.gate._now = lambda: later
    assert (await submit(next(city))).status == "applied", "the window moves"


async def test_a_plan_that_others_left_no_room_for_waits_when_it_is_taken_up(
    crm: AsyncClient, submit: Any, lead: str
):
    crm.gate.policy = Policy(write=True, window=Window(rows=2))
    city = cities(lead)
    write = next(city)
    shown = await submit(write, ask="it", dry_run=True)
    assert (await submit(next(city))).status == "applied"
    anew = await submit(write, ask="it", plan_id=shown.plan.id)
    assert (anew.status, anew.needs_person) == ("waiting", True)


async def test_writes_at_once_share_one_allowance(crm: AsyncClient, submit: Any, lead: str):
    crm.gate.policy = Policy(write=True, window=Window(rows=5))
    city = cities(lead)
    answers = await asyncio.gather(*(submit(next(city)) for _ in range(8)))
    assert sum(answer.status == "applied" for answer in answers) <= 4
    assert (
        crm.gate.state.written(crm.org.profile.identity, "", "policy", datetime.min.replace(tzinfo=UTC)) <= 5
    )


async def test_the_same_asked_for_at_once_is_made_once_unless_a_repeat_is_meant(submit: Any):
    made = await asyncio.gather(*(submit(LEAD, ask="it") for _ in range(4)))
    assert len({one.receipt.results[0].id for one in made}) == 1
    assert sorted(one.repeated for one in made) == [False, True, True, True]
    again = await asyncio.gather(*(submit(LEAD, ask="it", repeat=True) for _ in range(2)))
    assert len({one.receipt.results[0].id for one in (*made, *again)}) == 3


async def test_a_plan_whose_process_died_before_it_was_claimed_holds_up_nobody(
    crm: AsyncClient, submit: Any, monkeypatch: pytest.MonkeyPatch
):
    crm.gate._patience = 0

    def die(*_: Any) -> bool:
        raise OSError("died")

    with monkeypatch.context() as dying:
        dying.setattr(crm.gate.state, "claim", die)
        with pytest.raises(OSError, match="died"):
            await submit(LEAD, ask="it")
    made = await submit(LEAD, ask="it")
    assert (made.status, made.repeated) == ("applied", False)


async def test_a_no_that_comes_while_a_plan_is_taken_up_is_said_to_be_one(
    crm: AsyncClient, submit: Any, lead: str, monkeypatch: pytest.MonkeyPatch
):
    shown = await submit(Delete("Leads", lead), ask="it")
    await crm.approve(shown.plan.id, by="a person")
    look = images.look

    async def no_meanwhile(*args: Any) -> Any:
        await crm.drop(shown.plan.id)
        return await look(*args)

    monkeypatch.setattr(images, "look", no_meanwhile)
    with pytest.raises(PlanUnusable, match="was dropped"):
        await submit(Delete("Leads", lead), ask="it", plan_id=shown.plan.id)
    assert await reads.get(crm.org, "Leads", lead) is not None


async def test_where_the_policy_takes_no_yes_from_a_terminal_none_counts_however_it_got_into_the_state(
    crm: AsyncClient, submit: Any, lead: str
):
    crm.gate.policy = Policy(write=True, approval=frozenset({"client", "page"}))
    gone = Delete("Leads", lead)
    shown = await submit(gone, ask="it")
    with pytest.raises(NotAllowed, match="takes no approval in Python"):
        await crm.approve(shown.plan.id, by="a model with a shell")
    crm.gate.state.approve(shown.plan.id, "elicitation", datetime.now(UTC))  # by another process, or by hand
    anew = await submit(gone, ask="it", plan_id=shown.plan.id)
    assert (anew.status, anew.needs_person) == ("waiting", True)
    assert "did not come through this server" in anew.reason
    assert crm.gate.approve(anew.plan.id, "ann", "page")
    assert (await submit(gone, ask="it", plan_id=anew.plan.id)).status == "applied"


async def test_a_plan_that_was_changed_in_the_state_after_a_person_agreed_is_not_what_they_agreed_to(
    crm: AsyncClient, submit: Any, lead: str
):
    ways: frozenset[Any] = frozenset({"client", "page"})
    crm.gate.policy = Policy(write=True, approval=ways, effects={"update": "person"})
    rome = Update("Leads", lead, {"City": "Rome"})
    shown = await submit(rome, ask="it")
    assert crm.gate.approve(shown.plan.id, "ann", "page")
    with crm.gate.state._transaction() as db:
        forged = "UPDATE plan SET body = replace(body, 'Rome', 'Oslo') WHERE id = ?"
        assert db.execute(forged, (shown.plan.id,)).rowcount == 1
    anew = await submit(rome, ask="it", plan_id=shown.plan.id)
    assert (anew.status, anew.needs_person) == ("waiting", True)
    assert await city(crm, lead) is None


async def test_a_plan_of_another_sign_in_is_neither_shown_nor_agreed_to_nor_dropped(
    crm: AsyncClient, submit: Any, lead: str
):
    shown = await submit(Delete("Leads", lead), ask="it")
    own = crm.gate.journal
    crm.gate.journal = replace(own, profile="another")  # all sign-ins share one state file
    for reach in (crm.gate.plan, lambda plan: crm.gate.approve(plan, "ann"), crm.gate.drop):
        with pytest.raises(PlanUnusable, match="There is no plan"):
            reach(shown.plan.id)
    crm.gate.journal = own
    assert crm.gate.approve(shown.plan.id, "ann")


async def test_a_plan_that_costs_more_than_is_left_is_not_begun(crm: AsyncClient, submit: Any):
    contact = Create("Contacts", {"Last_Name": "Zzyzx"})
    await submit(LEAD, contact, dry_run=True)  # what the org says of itself is known from now on
    spending = crm.org.session.line.spending
    spending.most = spending.spent + 1
    with pytest.raises(NotAllowed, match="This costs 2 credits"):
        await submit(LEAD, contact)
    spending.most = None
    assert not [row.id async for row in crm.query("select id from Leads where Last_Name = 'Zzyzx'")]


async def test_where_no_way_is_left_by_which_the_policy_takes_a_yes_it_is_refused(
    crm: AsyncClient, submit: Any, lead: str
):
    crm.gate.policy = Policy(write=True, approval=frozenset({"page"}))
    with asking(Asker(ways=frozenset({"terminal"}))), pytest.raises(NotAllowed, match="nobody can be asked"):
        await submit(Delete("Leads", lead))


async def test_half_a_character_is_refused_in_words(crm: AsyncClient):
    with pytest.raises(InvalidInput, match="half of a character"):
        await crm.call("create_lead", {"last_name": "a", "more": {"City": "x\ud800"}})


async def test_hours_are_those_of_the_org(crm: AsyncClient, submit: Any, lead: str):
    zone = (await crm.org.catalogue.org()).time_zone
    assert zone not in ("", "UTC")
    crm.gate._now = lambda: datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    here = crm.gate._now().astimezone(ZoneInfo(zone))
    crm.gate.policy = replace(
        crm.gate.policy, hours=Hours(frozenset({here.weekday()}), here.time(), time(23, 59))
    )
    await submit(Update("Leads", lead, {"City": "Rome"}))
    crm.gate._now = lambda: datetime(2026, 11, 24, 11, 59, tzinfo=UTC)
    with pytest.raises(NotAllowed, match=f"in the org it is tue {(here - timedelta(minutes=1)):%H:%M}"):
        await submit(Update("Leads", lead, {"City": "Oslo"}))


async def test_every_decision_is_audited_with_who_what_and_how_it_ended(
    crm: AsyncClient, submit: Any, lead: str
):
    start = len(crm.gate.state.audited())
    with asking(Asker(principal="ann", client="Claude 1")):
        await submit(Update("Leads", lead, {"City": "Rome"}), ask="straight")
        shown = await submit(Delete("Leads", lead), ask="weighty")
        await submit(Delete("Leads", lead), ask="weighty", plan_id=shown.plan.id)
        await crm.approve(shown.plan.id, by="Ann at the terminal")
        await submit(Delete("Leads", lead), ask="weighty", plan_id=shown.plan.id)
        with pytest.raises(PlanUnusable):
            await submit(Delete("Leads", lead), plan_id="plan_x")
        dropped = await submit(LEAD, ask="no", dry_run=True)
        await crm.drop(dropped.plan.id)
    undone = (await crm.list_changes()).changes[0].change_id
    await crm.undo_change(change_id=undone)
    rows = [row.entry for row in crm.gate.state.audited()[start:]]
    assert [(e.decision, e.outcome) for e in rows] == [
        ("allowed", ""),
        ("applied", "1 done"),
        ("waiting", "it deletes records"),
        ("approved", "Ann at the terminal"),
        ("applied", "1 done"),
        ("refused", "UNKNOWN_PLAN"),
        ("waiting", "this is a dry run"),
        ("dropped", "a person said no"),
        ("allowed", ""),
        ("undone", "1 done"),
    ]
    assert {(e.principal, e.client) for e in rows[:8]} == {("ann", "Claude 1")}
    assert rows[1].records == (f"Leads/{lead}",)
    assert rows[0].digest == rows[1].digest != rows[2].digest
    assert all(e.values is None for e in rows)
    assert chain.verify(crm.gate.state.audited()).broken == 0


async def test_a_change_tells_who_asked_as_their_program_calls_itself_and_who_agreed(
    crm: AsyncClient, submit: Any, lead: str
):
    with asking(Asker(principal="ann", client="Claude 1")):
        shown = await submit(Delete("Leads", lead), ask="it")
        await crm.approve(shown.plan.id, by="elicitation", way="client")
        with asking(Asker(principal="ann", client="another program of hers")):
            await submit(Delete("Leads", lead), ask="it", plan_id=shown.plan.id)
    gone, made = (await crm.list_changes()).changes
    assert (gone.by, gone.approved_by) == ("Claude 1 for ann", "elicitation")
    assert (made.by, made.approved_by) == ("notebook" if "ipykernel" in sys.modules else "python", "")


async def test_the_audit_log_has_the_arguments_where_the_operator_wants_them(
    opened: Callable[..., AsyncClient],
):
    async with opened(Policy(write=True, keep_values=True)) as crm:
        await crm.create_lead(last_name="Zzyzx", company="Nowhere")
        with pytest.raises(NotAllowed):
            await crm.undo_change(change_id="chg_x", plan_id="plan_x")
        allowed, applied, refused = (row.entry for row in crm.gate.state.audited())
    assert allowed.values == {"last_name": "Zzyzx", "company": "Nowhere"}
    assert applied.values is None
    assert refused.values == {"change_id": "chg_x", "plan_id": "plan_x"}


async def test_a_waiting_plan_names_the_workflow_rules_that_may_fire_and_never_says_none(
    crm: AsyncClient, submit: Any, lead: str
):
    shown = await submit(Update("Leads", lead, {"City": "Rome"}), dry_run=True)
    assert show.workflows(shown.plan) == "unknown"
    crm.gate._workflows._known.clear()
    rule = {
        "name": "Tell the boss",
        "module": {"api_name": "Leads"},
        "execute_when": {"type": "edit", "details": {}},
        "conditions": [{"sequence_number": 1, "criteria_details": None, "instant_actions": {"actions": []}}],
    }
    path = "/crm/v8/settings/automation/workflow_rules"
    await crm.request("POST", path, json={"workflow_rules": [rule]})
    shown = await submit(Update("Leads", lead, {"City": "Oslo"}), dry_run=True)
    assert show.workflows(shown.plan) == "Tell the boss"
    spent = crm.org.session.credits_spent
    await submit(Update("Leads", lead, {"City": "Lima"}), dry_run=True)
    assert crm.org.session.credits_spent - spent == 1, "the list of rules is kept"


CHILD = """
import asyncio, json, sys
from zcrm_tools.connection import open_client
from zcrm_tools.settings import from_environment

async def main():
    async with await open_client(from_environment(), write=True) as crm:
        await crm.org.catalogue.fields("Leads")
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        done = await crm.call("update_records", json.loads(sys.argv[1]))
        print(json.dumps([done.status, done.records[0].change_id]), flush=True)

asyncio.run(main())
"""


def raced(arguments: str) -> list[Any]:
    """What two processes answer that are let go at once."""
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    return [json.loads(racer.communicate(timeout=60)[0]) for racer in racers]


async def test_of_two_processes_that_apply_one_plan_both_get_the_one_receipt(
    zoho_emulator: ZohoOrg, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    told = zoho_emulator.credentials
    for name in ("client_id", "client_secret", "refresh_token"):
        monkeypatch.setenv(f"ZCRM_{name.upper()}", str(getattr(told, name)))
    monkeypatch.setenv("ZCRM_API_URL", zoho_emulator.url)
    monkeypatch.setenv("ZCRM_ACCOUNTS_URL", zoho_emulator.url)
    monkeypatch.setenv("ZCRM_HOME", str(tmp_path))
    async with await open_client(from_environment(), write=True) as crm:
        made = await crm.create_lead(last_name="Zzyzx", company="Nowhere")
        rows = [{"id": made.records[0].id, "fields": {"City": "Rome"}}]
        asked = {"module": "Leads", "records": rows}
        shown = await crm.call("update_records", {**asked, "dry_run": True})
        again = json.dumps({**asked, "plan_id": shown.plan_id})
        answers = await asyncio.to_thread(raced, again)
        assert [status for status, _ in answers] == ["applied", "applied"]
        assert len({change for _, change in answers}) == 1
        assert sum(r["method"] == "PUT" for r in zoho_emulator.requests()) == 1
        assert chain.verify(crm.gate.state.audited()).broken == 0


async def test_whom_a_record_is_given_to_is_told_by_the_orgs_own_name_of_them(
    crm: AsyncClient, submit: Any, lead: str
):
    named = {user.full_name: user.id for user in (await crm.users()).values()}
    (boss, to, *_) = named
    for owner in (named[to], to, {"id": named[to], "name": boss, "email": "boss@example.com"}):
        asked = await crm.update_records(module="Leads", records=[{"id": lead, "fields": {"Owner": owner}}])
        text = show.as_text(crm.gate.plan(asked.plan_id))
        assert f"→ {to} ({named[to]})" in text
        assert boss not in text.partition("→")[2]
