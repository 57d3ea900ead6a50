"""Policy is a value computed from a plan."""

from __future__ import annotations

from datetime import UTC, datetime

from zcrm_tools.crm.reconcile import same
from zcrm_tools.crm.writes import Create, Delete, Update, Write
from zcrm_tools.safety.plan import Plan, Proposal
from zcrm_tools.safety.policy import Allowed, NeedsApproval, Policy, Refused


def plan(*writes: Write, undoes: tuple[str, ...] = ()) -> Plan:
    images = tuple({} if isinstance(w, Create) else {"id": w.id, "City": "Oslo"} for w in writes)
    return Plan("plan_1", "x", Proposal(writes, undoes=undoes), images, 1, datetime(2026, 11, 24, tzinfo=UTC))


UPDATES = [Update("Leads", f"{i:018}", {"City": "Rome"}) for i in range(21)]


def test_reading_mode_refuses_everything():
    assert isinstance(Policy().decide(plan(UPDATES[0])), Refused)


def test_small_creates_and_updates_go_through_and_large_ones_wait():
    policy = Policy(write=True)
    assert policy.decide(plan(Create("Leads", {"Last_Name": "Rao"}))) == Allowed()
    assert policy.decide(plan(*UPDATES[:20])) == Allowed()
    assert isinstance(policy.decide(plan(*UPDATES)), NeedsApproval)


def test_a_delete_waits_unless_it_takes_back_our_own_create():
    policy, delete = Policy(write=True), Delete("Leads", "5" * 18)
    assert isinstance(policy.decide(plan(delete)), NeedsApproval)
    assert policy.decide(plan(delete, undoes=("chg_1",))) == Allowed()


def test_a_plan_survives_being_stored():
    before = plan(*UPDATES[:2], Create("Leads", {"Owner": {"id": "7" * 18}}), Delete("Leads", "5" * 18))
    again = Plan.of(before.id, before.action, before.body(), before.expires_at)
    assert again == before
    assert again.changes == before.changes


def test_values_are_compared_by_what_they_mean():
    assert same({"id": "1", "name": "Ann"}, {"id": "1"})
    assert not same({"id": "1"}, {"id": "2"})
    assert same("2026-11-24T10:00:00+01:00", "2026-11-24T04:00:00-05:00")
    assert not same("2026-11-24T10:00:00+01:00", "2026-11-24T10:00:00-05:00")
    assert same(None, "")
    assert same([], None)
    assert not same("A", "a")
    assert not same(0, None)
