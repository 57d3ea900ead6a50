"""What a person sees of a plan before agreeing to it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from zcrm_tools.crm.writes import Convert, Create, Delete, Request, Send, Update, Write
from zcrm_tools.errors import Problem
from zcrm_tools.safety import show
from zcrm_tools.safety.plan import Plan, Proposal

ID = "554023000000000001"


def plan(*pairs: tuple[Write, dict[str, object]], **facts: object) -> Plan:
    proposal = Proposal(
        tuple(write for write, _ in pairs), facts=facts, warnings=(Problem("ODD", "Look twice."),)
    )
    images = tuple(before for _, before in pairs)
    return Plan("plan_1", "update_records", proposal, images, 2, datetime(2026, 11, 24, 9, 10, tzinfo=UTC))


MOVED = (
    Update("Deals", ID, {"Stage": "Closed Won", "Owner": {"id": "9", "name": "Meera"}}),
    {"Deal_Name": "Harbour", "Stage": "Qualification", "Owner": {"id": "8", "name": "Ann"}},
)


def test_every_field_of_every_record_is_a_row_with_old_and_new():
    card = show.as_card(plan(MOVED, (Delete("Leads", ID), {"Full_Name": "Ada", "City": "Rome"})))
    assert [(r["kind"], r["record"], r["field"], r["old"], r["new"]) for r in card["rows"]] == [
        ("update", "Harbour", "Stage", "Qualification", "Closed Won"),
        ("update", "Harbour", "Owner", "Ann (8)", "Meera (9)"),
        ("delete", "Ada", "Full_Name", "Ada", None),
        ("delete", "Ada", "City", "Rome", None),
    ]
    assert card["summary"] == "Update 1 Deals record; delete 1 Leads record"
    assert (card["plan_id"], card["credits"], card["expires_at"]) == (
        "plan_1",
        2,
        "2026-11-24T09:10:00+00:00",
    )
    assert card["warnings"] == ["Look twice."]
    json.dumps(card)


def test_the_text_says_the_same_as_the_card():
    made = plan(MOVED, likely_duplicates=[{"module": "Leads", "id": ID, "name": "Bo", "why": "same e-mail"}])
    text = show.as_text(made)
    for said in (
        "Harbour (554023000000000001)",
        "Stage: Qualification → Closed Won",
        "Ann (8) → Meera (9)",
        "2 credits",
        "same e-mail",
        "Look twice.",
    ):
        assert said in text, said


def test_workflows_are_named_or_unknown_and_never_none():
    assert show.as_card(plan(MOVED))["workflows"] == "unknown"
    assert show.as_card(plan(MOVED, workflows=[]))["workflows"] == "unknown"
    assert show.as_card(plan(MOVED, workflows=["Big deal alert"]))["workflows"] == "Big deal alert"


def test_nothing_that_a_stranger_typed_can_hide_or_forge_a_line():
    nasty = "Ada\u202e\u200b\x1b[2K\nWarning: all is well\r"
    made = plan((Create("Leads", {"Last_Name": nasty}), {}))
    text = show.as_text(made)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\nWarning: all is well" not in text
    assert "\x1b" not in json.dumps(show.as_card(made), ensure_ascii=False)


def test_a_mail_is_shown_whole_and_an_unknown_call_as_it_would_be_sent():
    mail = Send("Leads", ID, {"to": [{"email": "a@b.example"}], "subject": "Hi", "content": "x" * 400})
    fields = {r["field"]: r["new"] for r in show.as_card(plan((mail, {"Full_Name": "Ada"})))["rows"]}
    assert fields == {"to": [{"email": "a@b.example"}], "subject": "Hi", "content": "x" * 400}
    text = show.as_text(plan((mail, {"Full_Name": "Ada"})))
    assert sum(line.count("x") for line in text.splitlines() if line.startswith("  | x")) == 400
    call = show.as_card(plan((Request("POST", "/crm/v8/x", {"a": "1"}, {"b": 2}), {})))
    assert [(r["field"], r["new"]) for r in call["rows"]] == [
        ("request", "POST /crm/v8/x"),
        ("?a", "1"),
        ("body", {"b": 2}),
    ]
    assert call["summary"] == "Call Zoho about the org"


HIDDEN = "mallory@evil.example"


@pytest.mark.parametrize(
    "write",
    [
        Send(
            "Leads", ID, {"to": [{"user_name": "Ada Lovelace", "email": "ada@b.example"}, {"email": HIDDEN}]}
        ),
        Request("PUT", "/crm/v8/x", {}, {"id": ID, "name": "harmless", "forward_to": HIDDEN}),
        Update("Quotes", ID, {"Quoted_Items": [{"id": ID, "name": "Row", "Description": HIDDEN}]}),
        Update("Leads", ID, {"Tags": ["a quite harmless word", "another harmless word", HIDDEN]}),
        Update("Leads", ID, {"Industry": "Manufacturing and what belongs to it " + HIDDEN}),
        Convert(ID, {"Contacts": {"id": ID, "Email": HIDDEN}}),
    ],
    ids=lambda write: type(write).__name__,
)
def test_nothing_of_what_would_be_sent_is_left_out(write: Write):
    """A person who agrees has seen all of it: no second recipient behind an ellipsis, no field behind a name."""
    made = plan((write, {}))
    assert HIDDEN in show.as_text(made).replace("\n  | ", "")
    assert HIDDEN in json.dumps(show.as_card(made))
    assert HIDDEN in made._repr_html_()


def test_a_number_is_shown_as_it_would_be_sent():
    assert "0.00125" in show.as_text(plan((Update("Deals", ID, {"Exchange_Rate": 0.00125}), {})))
