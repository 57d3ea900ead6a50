"""Widgets that write: the form, the board and the journal, all by plan, approval and undo."""

from __future__ import annotations

import pytest

from zcrm_tools.connection import connect
from zcrm_tools.errors import NotAllowed
from zcrm_tools.widgets.board import Board
from zcrm_tools.widgets.changes import Changes
from zcrm_tools.widgets.edit import Edit


@pytest.fixture
def deal(crm):
    return next(
        iter(crm.query("select Deal_Name, Stage, Next_Step from Deals where Stage = 'Qualification' limit 1"))
    )


class Page:
    """The form as the browser's half asks it."""

    def __init__(self, browser, panel):
        self._page = browser(panel)

    def ask(self, verb, /, **given):
        return self._page.ask("form", verb=verb, given=given)

    def refused(self, verb, /, **given):
        return self._page.refused("form", verb=verb, given=given)


@pytest.fixture
def form(crm, deal, browser):
    return Page(browser, Edit(crm, "deals", deal.id))


def fields(shown):
    return {one["name"]: one for section in shown["sections"] for one in section["fields"]}


def test_the_form_is_the_modules_layout_with_what_may_be_written(form, deal):
    shown = form.ask("show")
    found = fields(shown)
    assert shown["module"] == "Deals"
    assert shown["title"] == deal.name
    assert found["Stage"]["required"]
    assert ["Closed Won", "Closed Won"] in found["Stage"]["choices"]
    assert found["Account_Name"]["module"] == "Accounts"
    assert not {"Created_Time", "Modified_By", "id"} & found.keys()


def test_what_is_wrong_is_said_field_by_field(form):
    problems = form.ask("check", values={"Amount": "much", "Closing_Date": "2026-13-01"})
    assert {one["field"] for one in problems} == {"Amount", "Closing_Date"}
    assert form.ask("check", values={"Amount": 5}) == []


def test_lookups_are_found_by_name_and_people_too(form, crm):
    account = crm.accounts.page(per_page=1)[0]
    assert account.id in [one["id"] for one in form.ask("suggest", module="Accounts", text=account.name[:8])]
    me = crm.me()
    assert {"id": me.id, "name": me.full_name} in form.ask(
        "suggest", module="Users", text=me.full_name[:4].lower()
    )


def test_a_change_is_shown_written_when_approved_and_taken_back(form, crm, deal):
    values = {"Next_Step": "Send the offer"}
    card = form.ask("plan", values=values)["card"]
    assert [(row["field"], row["old"], row["new"]) for row in card["rows"]] == [
        ("Next_Step", deal["Next_Step"], "Send the offer")
    ]
    assert crm.deals.get(deal.id)["Next_Step"] == deal["Next_Step"]
    answer = form.ask("write", plan_id=card["plan_id"], values=values)
    assert answer["done"]
    assert crm.deals.get(deal.id)["Next_Step"] == "Send the offer"
    assert form.ask("undo", change=answer["changes"][0]) == {"told": "Undone.", "done": True}
    assert crm.deals.get(deal.id)["Next_Step"] == deal["Next_Step"]


def test_another_change_than_the_one_shown_is_not_written(form, crm, deal):
    card = form.ask("plan", values={"Next_Step": "Send the offer"})["card"]
    assert form.refused("write", plan_id=card["plan_id"], values={"Next_Step": "Delete it"})
    assert crm.deals.get(deal.id)["Next_Step"] == deal["Next_Step"]


def test_a_dropped_plan_is_not_written(form, crm, deal):
    values = {"Next_Step": "Send the offer"}
    card = form.ask("plan", values=values)["card"]
    form.ask("drop", plan_id=card["plan_id"])
    assert form.refused("write", plan_id=card["plan_id"], values=values)
    assert crm.deals.get(deal.id)["Next_Step"] == deal["Next_Step"]


def test_the_same_values_are_no_change(form, deal):
    assert form.ask("plan", values={"Stage": deal["Stage"]})["card"] is None


def test_a_new_record_demands_what_is_mandatory_and_then_is_the_one_edited(crm, browser):
    form = Page(browser, Edit(crm, "Leads"))
    assert form.ask("show")["title"] == "New record"
    missing = {one["field"] for one in form.ask("check", values={})}
    assert missing == {"Last_Name", "Company"}  # the second by the layout alone
    values = {"Last_Name": "Okonkwo", "Company": "Cold Chain Ltd"}
    card = form.ask("plan", values=values)["card"]
    answer = form.ask("write", plan_id=card["plan_id"], values=values)
    assert answer["done"]
    assert form.ask("show")["title"] == "Okonkwo"
    undoing = form.ask("undo", change=answer["changes"][0])
    assert {row["kind"] for row in undoing["card"]["rows"]} == {"delete"}  # which a person looks at first
    assert form.ask("show")["title"] == "Okonkwo"
    assert form.ask("undo", change=answer["changes"][0], plan_id=undoing["card"]["plan_id"])["done"]
    assert form.ask("show")["title"] == "New record"  # the one that it edited is gone


def test_a_read_only_connection_writes_nothing(browser):
    with connect(demo=True) as crm:
        form = Page(browser, Edit(crm, "Deals", crm.deals.page(per_page=1)[0].id))
        assert form.ask("show")["write"] is False
        assert form.refused("plan", values={"Next_Step": "x"})[0]["code"] == "READ_ONLY"


def test_the_board_has_every_stage_with_its_deals_and_their_worth(crm, browser):
    shown = browser(Board(crm)).ask("show")
    won = next(column for column in shown["columns"] if column["label"] == "Closed Won")
    assert "last 90 days" in won["note"]
    here = [card for card in shown["cards"] if card["column"] == "Qualification"]
    note = next(column["note"] for column in shown["columns"] if column["id"] == "Qualification")
    assert note.startswith(f"{len(here)} · ")


def test_a_moved_deal_is_a_plan_until_it_is_approved(crm, browser, deal):
    board = browser(Board(crm))
    move = {"deal": deal.id, "stage": "Needs Analysis"}
    card = board.ask("move", **move)["card"]
    assert card["rows"][0]["new"] == "Needs Analysis"
    assert crm.deals.get(deal.id)["Stage"] == "Qualification"
    answer = board.ask("apply", plan_id=card["plan_id"], **move)
    assert answer["done"]
    assert crm.deals.get(deal.id)["Stage"] == "Needs Analysis"
    assert board.ask("undo", change=answer["changes"][0])["done"]
    assert crm.deals.get(deal.id)["Stage"] == "Qualification"


def test_what_waits_is_approved_here_and_then_written_by_the_same_call(crm, browser, deal):
    with pytest.raises(NotAllowed, match="person must agree") as refused:
        crm.deals.delete(deal.id)
    changes = browser(Changes(crm))
    (card,) = changes.ask("show")["waiting"]
    assert {row["kind"] for row in card["rows"]} == {"delete"}
    assert card["plan_id"] in str(refused.value)
    assert changes.ask("approve", plan_id=card["plan_id"]).startswith("Approved.")
    assert crm.deals.delete(deal.id, plan_id=card["plan_id"])[0].status == "done"
    assert changes.ask("approve", plan_id=card["plan_id"]).startswith("It does not wait")


def test_what_is_not_approved_never_happens(crm, browser, deal):
    with pytest.raises(NotAllowed):
        crm.deals.delete(deal.id)
    changes = browser(Changes(crm))
    plan = changes.ask("show")["waiting"][0]["plan_id"]
    changes.ask("drop", plan_id=plan)
    assert changes.ask("show")["waiting"] == []
    with pytest.raises(NotAllowed, match="dropped"):
        crm.deals.delete(deal.id, plan_id=plan)


def test_what_was_written_is_listed_and_undone(crm, browser, deal):
    crm.deals.update(deal.id, Next_Step="Send the offer")
    changes = browser(Changes(crm))
    (change,) = changes.ask("show")["changes"]
    assert change["changes"] == [{"field": "Next_Step", "old": deal["Next_Step"], "new": "Send the offer"}]
    assert changes.ask("undo", change=change["change_id"])["done"]
    assert any(one.get("undone") for one in changes.ask("show")["changes"])
