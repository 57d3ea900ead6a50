"""Policy is a value computed from a plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm.reconcile import same
from zcrm_tools.crm.writes import (
    Attach,
    Convert,
    Create,
    Delete,
    Detach,
    Link,
    Merge,
    Request,
    Restore,
    Send,
    Tags,
    Transition,
    Update,
    Write,
)
from zcrm_tools.errors import NotAllowed
from zcrm_tools.safety.plan import Plan, Proposal
from zcrm_tools.safety.policy import (
    WEIGHTS,
    Allowed,
    Fields,
    Hours,
    Names,
    NeedsApproval,
    Policy,
    Refused,
    Window,
)
from zcrm_tools.testing import ZohoOrg

ID, OTHER = "5" * 18, "6" * 18
UPDATES = [Update("Leads", f"{i:018}", {"City": "Rome"}) for i in range(21)]
LIGHT: tuple[Write, ...] = (
    Create("Leads", {"Last_Name": "Rao"}),
    UPDATES[0],
    Tags("Leads", ID, ("vip",)),
    Link("Campaigns", ID, "Leads", OTHER),
    Attach("Leads", ID, "a.txt", "/a", "0"),
    Restore("Leads", ID),
)
HEAVY: tuple[Write, ...] = (
    Transition("Deals", ID, OTHER),
    Update("Leads", ID, {"Owner": {"id": OTHER}}),
    Delete("Leads", ID),
    Detach("Leads", ID, OTHER),
    Convert(ID, {}),
    Merge("Leads", ID, (OTHER,)),
    Send("Leads", ID, {}),
    Request("POST", "/crm/v8/Leads"),
)


def plan(*writes: Write, **about: Any) -> Plan:
    images = tuple({} if isinstance(w, Create) else {"id": w.id, "City": "Oslo"} for w in writes)
    return Plan("plan_1", "x", Proposal(writes, **about), images, 1, datetime(2026, 11, 24, tzinfo=UTC))


def code(decision: object) -> str:
    assert isinstance(decision, Refused), decision
    assert "Nothing was written" in decision.problem.not_done
    return decision.problem.code


def test_reading_mode_refuses_everything():
    for write in (*LIGHT, *HEAVY):
        assert code(Policy().decide(plan(write))) == "READ_ONLY"


@pytest.mark.parametrize("write", LIGHT, ids=repr)
def test_what_can_be_taken_back_goes_through(write: Write):
    assert Policy(write=True).decide(plan(write)) == Allowed()
    assert Policy(write=True).decide(plan(write), person=False) == Allowed()


@pytest.mark.parametrize("write", HEAVY, ids=repr)
def test_what_weighs_more_needs_a_person_and_is_refused_without_one(write: Write):
    assert isinstance(Policy(write=True).decide(plan(write)), NeedsApproval)
    assert code(Policy(write=True).decide(plan(write), person=False)) == "NOBODY_TO_ASK"


@pytest.mark.parametrize("write", HEAVY, ids=repr)
def test_the_operator_may_let_it_through_or_refuse_it_altogether(write: Write):
    let = Policy(write=True, effects=dict.fromkeys(WEIGHTS, "straight"))
    assert let.decide(plan(write), person=False) == Allowed()
    assert (
        code(Policy(write=True, effects=dict.fromkeys(WEIGHTS, "refuse")).decide(plan(write)))
        == "POLICY_EFFECT"
    )


def test_more_records_than_the_cap_need_a_person_and_more_than_the_most_are_refused():
    policy = Policy(write=True)
    assert policy.decide(plan(*UPDATES[:20])) == Allowed()
    assert isinstance(policy.decide(plan(*UPDATES)), NeedsApproval)
    assert isinstance(policy.decide(plan(*UPDATES, undoes=("chg_1",) * 21)), NeedsApproval)
    assert code(Policy(write=True, most=20).decide(plan(*UPDATES))) == "POLICY_ROWS"


def test_taking_back_needs_what_the_same_write_needs_by_itself():
    policy, delete = Policy(write=True), Delete("Leads", ID)
    assert isinstance(policy.decide(plan(delete, undoes=("chg_1",))), NeedsApproval)
    assert policy.decide(plan(UPDATES[0], undoes=("chg_1",))) == Allowed()
    assert (
        Policy(write=True, effects={"delete": "straight"}).decide(plan(delete, undoes=("chg_1",)))
        == Allowed()
    )
    refusing = Policy(write=True, effects={"delete": "refuse"}, source="/etc/policy.toml")
    refused = refusing.decide(plan(delete, UPDATES[0], undoes=("chg_1", "chg_2")))
    assert isinstance(refused, Refused)
    assert "refuses what deletes records, and taking this back would" in refused.problem.message
    assert "in Zoho CRM itself" in refused.problem.next_step
    assert "/etc/policy.toml" in refused.problem.next_step
    assert code(Policy(write=True, modules=Names(deny=frozenset({"Leads"}))).decide(plan(delete, undoes=("chg_1",)))) == "POLICY_MODULE"  # fmt: skip


def test_what_is_written_by_and_by_needs_a_person_as_it_does_at_once():
    policy = Policy(write=True, window=Window(rows=30, minutes=5))
    assert policy.decide(plan(*UPDATES[:20]), before=10) == Allowed()
    asked = policy.decide(plan(*UPDATES[:20]), before=11)
    assert asked == NeedsApproval(
        "with it 31 records would be written within 5 minutes without a person, and more than 30 need one"
    )
    refusing = Policy(write=True, window=Window(rows=30), effects={"mass": "refuse"})
    assert code(refusing.decide(plan(UPDATES[0]), before=30)) == "POLICY_EFFECT"
    letting = Policy(write=True, window=Window(rows=30), effects={"mass": "straight"})
    assert letting.decide(plan(UPDATES[0]), before=30) == Allowed()


def test_where_a_person_may_agree_is_said_in_words():
    policy = Policy(write=True, approval=frozenset({"client", "page"}), source="p.toml")
    policy.takes("page")
    with pytest.raises(
        NotAllowed, match=r"no approval at a terminal, only in the assistant's own program or on the server's"
    ):
        policy.takes("terminal")
    assert (Policy().from_state, policy.from_state) == (True, False)


def test_an_action_may_say_that_it_is_more_than_its_writes():
    assert isinstance(Policy(write=True).decide(plan(UPDATES[0], treat_as="mass")), NeedsApproval)


@pytest.mark.parametrize(
    "write",
    [
        Update("Invoices", ID, {"Status": "Paid"}),
        Delete("Invoices", ID),
        Link("Contacts", ID, "Invoices", OTHER),
        Request("PUT", "/crm/v8/Invoices/555555555555555555", body={}),
        Request("POST", "/crm/v8/__composite_requests", body={}),
        Request("POST", "/crm/v8/settings/tags"),
        Request("PUT", f"/crm/v8/invoices/{ID}", body={}),
        Request("PUT", f"/crm/v8/Contacts/{ID}/Invoices", body={}),
    ],
    ids=repr,
)
def test_a_module_that_is_kept_from_being_written_is_reached_by_no_write(write: Write):
    for name in ("Invoices", "invoices"):
        denied = Policy(write=True, modules=Names(deny=frozenset({name})))
        assert code(denied.decide(plan(write))) in ("POLICY_MODULE", "POLICY_UNSEEN")


def test_with_a_list_of_modules_the_others_are_kept_from_being_written():
    only = Policy(write=True, modules=Names(frozenset({"Leads", "Contacts", "Accounts"})))
    assert only.decide(plan(UPDATES[0])) == Allowed()
    assert isinstance(only.decide(plan(Convert(ID, {}))), NeedsApproval)
    assert code(only.decide(plan(Convert(ID, {"Deals": {"Deal_Name": "x"}})))) == "POLICY_MODULE"


@pytest.mark.parametrize(
    "write",
    [
        Create("Deals", {"Deal_Name": "x", "Amount": 5}),
        Update("Deals", ID, {"Amount": 5}),
        Convert(ID, {"Deals": {"Amount": 5}}),
        Merge("Deals", ID, (OTHER,), {"Amount": OTHER}),
        Transition("Deals", ID, OTHER, {"Amount": 5}),
        Request("PUT", f"/crm/v8/Deals/{ID}", body={"data": [{"Amount": 5}]}),
        Request("PUT", f"/crm/v8/deals/{ID}", body={"data": [{"Amount": 5}]}),
    ],
    ids=repr,
)
def test_a_field_that_is_kept_from_being_written_is_reached_by_no_write(write: Write):
    for name in ("Deals.Amount", "*.Amount", "deals.amount"):
        policy = Policy(write=True, fields=Fields(Names(deny=frozenset({name}))))
        assert code(policy.decide(plan(write))) in ("POLICY_FIELD", "POLICY_UNSEEN")


def test_a_field_of_a_subform_is_kept_from_being_written_too():
    row = {"id": ID, "Product_Name": {"id": OTHER}, "Discount": 99}
    for name in ("Quoted_Items.Discount", "*.Discount"):
        policy = Policy(write=True, fields=Fields(Names(deny=frozenset({name}))))
        assert code(policy.decide(plan(Update("Quotes", ID, {"Quoted_Items": [row]})))) == "POLICY_FIELD"
    policy = Policy(write=True, fields=Fields(Names(frozenset({"Quotes.Quoted_Items"}))))
    assert policy.decide(plan(Update("Quotes", ID, {"Quoted_Items": [row]}))) == Allowed()


@pytest.mark.parametrize(
    "write",
    [
        Update("Deals", ID, {"Owner": {"id": OTHER}}),
        Transition("Deals", ID, OTHER, {"Owner": {"id": OTHER}}),
        Merge("Deals", ID, (OTHER,), {"Owner": OTHER}),
        Convert(ID, {"assign_to": {"id": OTHER}}),
    ],
    ids=repr,
)
def test_a_record_is_given_away_by_whatever_sets_its_owner(write: Write):
    refused = Policy(write=True, effects=dict.fromkeys(WEIGHTS, "straight") | {"owner": "refuse"})
    assert code(refused.decide(plan(write))) == "POLICY_EFFECT"
    kept = Policy(write=True, fields=Fields(Names(deny=frozenset({"*.Owner"}))))
    assert code(kept.decide(plan(write))) == "POLICY_FIELD"


def test_a_module_with_a_list_of_fields_has_no_others_and_other_modules_are_free():
    policy = Policy(write=True, fields=Fields(Names(frozenset({"Deals.Stage"}))))
    assert policy.decide(plan(Update("Deals", ID, {"Stage": "x"}))) == Allowed()
    assert code(policy.decide(plan(Update("Deals", ID, {"Stage": "x", "Amount": 5})))) == "POLICY_FIELD"
    assert policy.decide(plan(UPDATES[0])) == Allowed()


def test_writes_may_be_kept_to_hours_and_toolsets():
    policy = Policy(write=True, hours=Hours(frozenset({0, 1}), time(8), time(19)))
    assert policy.decide(plan(UPDATES[0]), at=datetime(2026, 11, 24, 8, tzinfo=UTC)) == Allowed()
    for at in (datetime(2026, 11, 24, 19, tzinfo=UTC), datetime(2026, 11, 25, 12, tzinfo=UTC)):
        assert code(policy.decide(plan(UPDATES[0]), at=at)) == "POLICY_HOURS"
    without = Policy(write=True, toolsets=Names(deny=frozenset({"bulk"})))
    assert code(without.decide(plan(UPDATES[0]), toolset="bulk")) == "POLICY_TOOLSET"
    assert without.decide(plan(UPDATES[0]), toolset="core") == Allowed()


def test_a_plan_survives_being_stored():
    before = plan(*LIGHT, *HEAVY, undoes=("a",) * 14, treat_as="mass", facts={"x": [1]})
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


def test_where_policy_limits_more_than_size_nothing_is_written_beside_a_plan():
    Policy(write=True, row_cap=1, effects={"send": "person"}).beside_plans()
    for stricter in (
        Policy(),
        Policy(write=True, modules=Names(deny=frozenset({"Invoices"}))),
        Policy(write=True, fields=Fields(Names(deny=frozenset({"*.Owner"})))),
        Policy(write=True, hours=Hours(frozenset({0}), time(8), time(19))),
        Policy(write=True, effects={"send": "refuse"}),
    ):
        with pytest.raises(NotAllowed):
            stricter.beside_plans()


async def test_the_python_face_is_held_to_it(opened: Callable[..., AsyncClient], zoho_org: ZohoOrg):
    async with opened(Policy(write=True, modules=Names(deny=frozenset({"Invoices"})))) as crm:
        lead = (await crm.run_coql(query="select id from Leads where id is not null limit 1")).rows[0][0]
        for call in (
            crm.leads.tag([lead], "x"),
            crm.leads.raw.update([{"id": lead, "City": "Rome"}]),
            crm.request("PUT", f"Leads/{lead}", json={"data": [{"City": "Rome"}]}),
        ):
            with pytest.raises(NotAllowed, match="No plan covers"):
                await call
        await crm.leads.update(lead, city="Rome")
    assert sum(r["method"] in ("PUT", "POST") and "coql" not in r["path"] for r in zoho_org.requests()) == 1
