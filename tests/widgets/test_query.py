"""The Query editor's half in the kernel: completion, faults with their place and repair, price, running, and stopping."""

from __future__ import annotations

import pytest

from zcrm_tools.widgets.query import Query

SLIP = "select Deal_Name, Stge from Deals where Amount > 50000"


@pytest.fixture
def query(crm, browser):
    return browser(Query(crm))


def test_the_orgs_own_names_are_completed(query):
    text = "select Deal_Name, Clos from Deals"
    found = query.ask("complete", text=text, cursor=text.index("Clos") + 4)
    assert found[0]["text"] == "Closing_Date"
    assert found[0]["start"] == text.index("Clos")
    values = query.ask("complete", text="select id from Deals where Stage = ", cursor=35)
    assert "'Closed Won'" in [one["text"] for one in values]


def test_a_path_through_a_lookup_is_completed(query):
    text = "select Account_Name.Indus from Deals"
    found = query.ask("complete", text=text, cursor=text.index(" from"))
    assert found[0]["text"] == "Account_Name.Industry"


def test_a_slip_is_marked_where_it_is_and_its_repair_is_offered(query):
    found = query.ask("check", text=SLIP)
    (item,) = found["items"]
    assert (item["line"], item["column"], item["width"]) == (1, 19, 4)
    assert SLIP[item["from"] : item["to"]] == "Stge"
    assert item["fix_label"] == "Use Stage"
    repaired = query.ask("check", text=item["fix"])
    assert repaired["items"] == []
    assert repaired["price"] == "3 credits"


def test_what_cannot_be_parsed_is_marked_too(query):
    found = query.ask("check", text="select Deal_Name Deals where")
    assert found["items"][0]["severity"] == "error"
    assert found["price"] == ""


def test_a_friendlier_query_says_what_is_sent_instead(query):
    found = query.ask("check", text="select * from Leads limit 10")
    assert [one for one in found["items"] if one["severity"] == "error"] == []
    assert len(found["rewrites"]) == 2
    assert found["price"] == "1 credit"


def test_nothing_written_is_nothing_said(query):
    assert query.ask("check", text="  ")["items"] == []


def test_a_result_is_paged_sorted_and_filtered_in_the_kernel(query, crm):
    text = "select Deal_Name, Stage, Amount from Deals where id is not null"
    found = query.ask("run", text=text, max_rows=2000)
    whole = list(crm.query(text))
    assert found["total"] == len(whole) > len(found["rows"]) == 100
    assert [c["name"] for c in found["columns"]] == ["Deal_Name", "Stage", "Amount", "id"]
    first = query.ask("rows", start=0, count=1, sort="Amount", descending=True, filter="Closed Won")
    assert first["rows"][0][2] == max(r["Amount"] for r in whole if r["Stage"] == "Closed Won")
    assert len(query.panel.frame()) == len(whole)


def test_a_query_with_a_fault_is_refused_and_costs_nothing(query, crm):
    query.ask("check", text=SLIP)  # which asks for the fields of Deals
    before = crm.reach.org.session.line.spending.spent
    assert query.refused("run", text=SLIP, max_rows=200)[0]["closest"] == "Stage"
    assert crm.reach.org.session.line.spending.spent == before


def test_progress_is_told_and_more_rows_than_asked_for_are_said(query):
    found = query.ask("run", text="select id from Deals where id is not null", max_rows=200)
    assert query.until("progress", lambda _: True) == {"rows": 200, "credits": 1}
    assert any("more rows than 200" in note for note in found["notes"])


def test_the_history_keeps_each_query_once_newest_first(query):
    for text in (
        "select id from Deals limit 1",
        "select id from Leads limit 1",
        "select id from Deals limit 1",
    ):
        found = query.ask("run", text=text, max_rows=200)
    assert [one["text"].split()[3] for one in found["history"]] == ["Deals", "Leads"]


def test_a_stopped_query_answers_at_once(query):
    number = query.send("run", text="select id from Deals where id is not null", max_rows=100_000)
    query.panel._handle_custom_msg({"stop": number}, [])
    reply = query.reply(number)
    assert "value" in reply or reply["error"]["problems"][0]["code"] == "CANCELLED"


def test_the_editor_comes_by_message_and_no_query_is_in_what_is_saved(crm):
    panel, sent = Query(crm, SLIP), []
    panel.send = lambda content, buffers=None: sent.append((content, buffers))
    import asyncio

    asyncio.run(panel.do_editor())
    assert b"zcrmEditor" in sent[0][1][0][:40]
    assert "Stge" not in str(panel.get_state())
    assert len(panel.get_state()["_esm"]) < 60_000
