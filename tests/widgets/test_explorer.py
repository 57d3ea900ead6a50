"""The Explorer's answers: what each click shows, and that its code gives the same."""

from __future__ import annotations

import pytest

from zcrm_tools.settings import from_environment
from zcrm_tools.widgets.connect import Connect
from zcrm_tools.widgets.explorer import Explorer

DEALS = {"module": "Deals", "start": 0, "count": 100, "sort": "Amount", "descending": True, "filter": ""}


@pytest.fixture
def explore(crm, browser):
    return browser(Explorer(crm))


def deal(explore):
    return explore.ask("rows", **DEALS)["rows"][0][-1]


def test_modules_and_how_many_records_they_have(explore, crm):
    modules = {one["name"]: one["label"] for one in explore.ask("modules")["modules"]}
    assert modules["Deals"] == "Deals"
    assert explore.ask("count", module="Leads") == len(
        list(crm.query("select id from Leads where id is not null"))
    )


def test_fields_say_what_they_take(explore):
    found = explore.ask("fields", module="Deals")
    stage = next(row for row in found["rows"] if row[1] == "Stage")
    assert stage[2:4] == ["picklist", True]
    assert "Closed Won" in stage[6]


def test_a_page_is_ordered_at_the_source_and_ids_are_text(explore):
    found = explore.ask("rows", **DEALS)
    amounts = [row[[c["name"] for c in found["columns"]].index("Amount")] for row in found["rows"]]
    assert amounts == sorted(amounts, reverse=True)
    assert len(found["rows"]) == 100 < found["total"]
    assert all(isinstance(row[-1], str) for row in found["rows"])
    following = explore.ask("rows", **{**DEALS, "start": 100})
    assert {row[-1] for row in following["rows"]}.isdisjoint(row[-1] for row in found["rows"])


def test_the_code_for_a_page_gives_the_page(explore, crm):
    found = explore.ask("rows", **DEALS)
    assert [r.id for r in crm.query(found["coql"])] == [row[-1] for row in found["rows"]]
    scope = {"crm": crm}
    exec(found["python"], scope)
    assert [r.id for r in scope["rows"][:100]] == [row[-1] for row in found["rows"]]


def test_the_filter_is_a_part_of_the_name_or_a_condition(explore):
    by_name = explore.ask("rows", **{**DEALS, "filter": "freezer"})
    assert 0 < by_name["total"] < explore.ask("rows", **DEALS)["total"]
    assert all("freezer" in row[0].lower() for row in by_name["rows"])
    by_condition = explore.ask("rows", **{**DEALS, "filter": "Stage = 'Closed Won' and Amount > 50000"})
    stage = [c["name"] for c in by_condition["columns"]].index("Stage")
    assert {row[stage] for row in by_condition["rows"]} == {"Closed Won"}


def test_a_condition_that_zoho_refuses_is_told_with_its_reason(explore):
    assert "Stge" in explore.refused("rows", **{**DEALS, "filter": "Stge = 'Closed Won'"})[0]["message"]


def test_counting_again_costs_nothing(explore, crm):
    explore.ask("rows", **DEALS)
    before = crm.reach.org.session.line.spending.spent
    explore.ask("rows", **{**DEALS, "start": 100})
    assert crm.reach.org.session.line.spending.spent - before == 1


def test_a_record_comes_by_the_sections_of_its_layout_with_its_lookups_and_lists(explore, crm):
    wanted = deal(explore)
    found = explore.ask("record", module="Deals", id=wanted)
    assert found["title"] == crm.deals.get(wanted).name
    fields = {f["name"]: f["value"] for section in found["sections"] for f in section["fields"]}
    assert fields["Account_Name"]["module"] == "Accounts"
    assert "Notes" in {one["name"] for one in found["related"]}
    crm.deals.note(wanted, "Call them on Friday.", "To do")
    notes = explore.ask("related", module="Deals", id=wanted, name="Notes")
    assert any("Call them on Friday." in row for row in notes["rows"])


def test_the_timeline_says_who_changed_what(explore, crm):
    wanted = deal(explore)
    crm.deals.update(wanted, Next_Step="Send the offer")
    events = explore.ask("timeline", module="Deals", id=wanted)
    changed = [field for event in events for field in event["fields"]]
    assert [(one["field"], one["new"]) for one in changed] == [("Next_Step", "Send the offer")]


def test_a_record_that_is_gone_is_said_to_be(explore):
    problems = explore.refused("record", module="Deals", id="554023000000000001")
    assert problems[0]["code"] == "RECORD_NOT_FOUND"


def test_a_record_is_edited_by_the_same_form(explore, crm):
    wanted, values = deal(explore), {"Next_Step": "Send the offer"}
    record = {"module": "Deals", "id": wanted}
    assert explore.ask("record", **record)["write"]
    card = explore.ask("form", **record, verb="plan", given={"values": values})["card"]
    explore.ask("form", **record, verb="write", given={"plan_id": card["plan_id"], "values": values})
    assert crm.deals.get(wanted)["Next_Step"] == "Send the offer"


def test_before_anybody_signs_in_it_says_so_and_afterwards_it_works(browser):
    panel = Connect(from_environment())
    explore = browser(Explorer(panel.client))
    assert explore.refused("modules")[0]["code"] == "LOGIN_REQUIRED"
    page = browser(panel)
    page.ask("demo", write=False)
    page.until("state", lambda s: s["phase"] == "connected")
    assert explore.ask("modules")["modules"]
    panel.client.close()
