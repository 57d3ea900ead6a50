"""Every page in a real browser under the official host side of MCP Apps, with the policy that hosts impose."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from zcrm_tools.actions import render
from zcrm_tools.actions.written import Entry, Written


@pytest.fixture
def deal(server):
    """The id of an open deal in Negotiation; the demo org's deals move with the calendar."""
    query = "select Deal_Name from Deals where Stage = 'Negotiation/Review' order by Amount desc limit 1"
    found = server.call("run_coql", {"query": query})["structuredContent"]
    return dict(zip(found["columns"], found["rows"][0], strict=True))["id"]


def fields(server, deal):
    return server.call("get_record", {"module": "Deals", "id": deal})["structuredContent"]["fields"]


def stage(server, deal):
    return fields(server, deal)["Stage"]


def name(server, deal):
    return fields(server, deal)["Deal_Name"]


def opened(server, part):
    """How many open deals the summary of a part counts."""
    return server.call("summarize_pipeline", part)["structuredContent"]["totals"]["open"]["deals"]


def changes(server):
    return server.call("list_changes", {})["structuredContent"]["count"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_rows_are_shown_and_the_page_takes_the_hosts_theme(show, theme):
    shown = show("run_coql", {"query": "select Stage, COUNT(id) from Deals group by Stage"}, theme=theme)
    shown.until("Negotiation/Review")
    assert "added `where id is not null`" in shown.text
    shown.page.wait_for_function("window.heard.sizes > 0")
    assert shown.frame.locator("html").get_attribute("data-theme") == theme
    dark = shown.frame.locator("body").evaluate("b => getComputedStyle(b.querySelector('.zcrm')).colorScheme")
    assert theme in dark


def test_a_row_opens_as_a_record_through_the_host(show):
    shown = show("search_leads", {"limit": 5})
    shown.frame.locator("tr[data-row]").first.click()
    shown.frame.locator("[role=tab]").first.wait_for()
    assert shown.calls == ["get_record"]


def test_where_the_host_passes_no_calls_on_rows_are_shown_and_nothing_is_asked(show):
    shown = show("search_leads", {"limit": 5}, passes_calls=False)
    shown.frame.locator("tr[data-row]").first.click()
    assert shown.frame.locator("[role=tab]").count() == 0
    assert shown.calls == []


def test_a_record_is_shown_with_its_related_lists(show, server, deal):
    server.call("add_note", {"module": "Deals", "record_id": deal, "content": "They sign on Friday."})
    shown = show("get_record", {"module": "Deals", "id": deal, "include": ["Notes"]})
    shown.until(name(server, deal))
    shown.frame.get_by_role("tab", name="Related lists").click()
    shown.frame.get_by_text("Notes (").click()
    shown.until("They sign on Friday.")


def test_a_dry_run_is_shown_as_its_difference_and_written_at_a_click(show, server, deal):
    shown = show("update_deal_stage", {"deal": deal, "stage": "Qualification", "dry_run": True})
    shown.until("Qualification")
    assert shown.frame.locator("del").first.inner_text() == "Negotiation/Review"
    assert stage(server, deal) == "Negotiation/Review"
    shown.frame.get_by_role("button", name="Approve and write").click()
    shown.until("1 record written")
    assert shown.calls == ["update_deal_stage"]
    assert stage(server, deal) == "Qualification"


def test_a_change_that_needs_a_person_has_no_button_and_says_how_a_person_approves(show, server):
    """The server cannot tell a page's call from the model's."""
    given = {"module": "Leads", "id": first_lead(server), "dry_run": False}
    deleted = Entry(kind="delete", module="Leads", id=given["id"], name="Ada")
    waiting = Written(
        status="waiting",
        needs_person=True,
        plan_id="plan_made_up",
        summary="Waiting: it deletes records. Nothing was written.",
        next_step="A person must approve it by running `zcrm approve plan_made_up`.",
        records=[deleted],
    )
    body = render.structured(waiting)
    shown = show("update_records", given, result={"content": [], "structuredContent": body})
    shown.until("zcrm approve plan_made_up")
    assert shown.frame.get_by_role("button").count() == 0
    assert shown.calls == []


def test_a_page_that_calls_for_itself_approves_nothing_either(show, server):
    """What a button could do if there were one: the same call with the plan's id, and the answer is still to wait."""
    many = server.call("search_leads", {"limit": 25})["structuredContent"]
    records = [{"id": row[0], "fields": {"Designation": "Head of Ice"}} for row in many["rows"]]
    given = {"module": "Leads", "records": records}
    first = server.call("update_records", {**given, "dry_run": True})["structuredContent"]
    second = server.call("update_records", {**given, "plan_id": first.get("plan_id", "")})
    body = second["structuredContent"]
    assert body.get("status") != "applied"
    assert changes(server) == 0


def first_lead(server):
    return server.call("search_leads", {"limit": 1})["structuredContent"]["rows"][0][0]


def test_without_a_host_that_passes_calls_on_the_plan_is_for_the_assistant_to_write(show, server, deal):
    shown = show(
        "update_deal_stage", {"deal": deal, "stage": "Qualification", "dry_run": True}, passes_calls=False
    )
    shown.until("Tell the assistant")
    assert shown.frame.get_by_role("button").count() == 0


def test_what_was_written_is_shown_as_a_receipt(show, deal):
    shown = show(
        "add_note", {"module": "Deals", "record_id": deal, "content": "Called; they sign on Friday."}
    )
    shown.until("1 record written")
    assert shown.frame.get_by_role("button").count() == 0


def test_the_pipeline_has_a_column_for_each_stage_and_its_deals(show, deal):
    shown = show("summarize_pipeline", {})
    shown.frame.locator(f'[data-card="{deal}"]').wait_for()
    assert shown.frame.locator(".zc-column").count() == 8
    assert "past their closing date" in shown.text
    assert shown.calls == ["run_coql"]


def test_a_part_of_the_pipeline_has_the_cards_of_that_part(show, server, deal):
    here = fields(server, deal)
    part = {"pipeline": here["Pipeline"], "closing_from": "2000-01-01", "closing_to": here["Closing_Date"]}
    shown = show("summarize_pipeline", part)
    shown.frame.locator(f'[data-card="{deal}"]').wait_for()
    assert shown.frame.locator("[data-card]").count() == opened(server, part) < opened(server, {})


def test_a_card_that_is_moved_is_planned_shown_and_only_then_written(show, server, deal):
    shown = show("summarize_pipeline", {})
    card = shown.frame.locator(f'[data-card="{deal}"]')
    card.locator("select").select_option("Proposal Sent")
    shown.until("nothing is written yet")
    assert stage(server, deal) == "Negotiation/Review"
    shown.frame.get_by_role("button", name="Approve and write").click()
    shown.until("1 record written")
    assert stage(server, deal) == "Proposal Sent"
    assert shown.calls == ["run_coql", "update_deal_stage", "update_deal_stage"]


def test_a_refusal_is_shown_in_words(show):
    shown = show("get_record", {"module": "Leads", "id": "1"})
    shown.frame.locator("[role=status]").wait_for()
    assert "Leads" in shown.text or "id" in shown.text


def test_an_answer_that_comes_as_text_alone_is_read_as_well(show, server, deal):
    answer = server.call("get_record", {"module": "Deals", "id": deal})
    shown = show("get_record", {"module": "Deals", "id": deal}, result={"content": answer["content"]})
    shown.until(name(server, deal))


def test_what_a_stranger_typed_is_text_and_never_a_page(show):
    """The server cleans it before; a page does not rely on that."""
    evil = "<img src=x onerror=parent.gotcha()><script>alert(1)</script>"
    body = {"module": "Leads", "id": "1", "name": evil, "fields": {evil: evil}}
    shown = show(
        "get_record", {"module": "Leads", "id": "1"}, result={"content": [], "structuredContent": body}
    )
    shown.until("<img src=x")
    assert shown.frame.locator("#screen img, #screen script").count() == 0


def test_messages_from_anybody_but_the_host_are_not_heard(show, deal, server):
    shown = show("get_record", {"module": "Deals", "id": deal})
    shown.until(name(server, deal))
    frame = shown.page.frames[1]
    frame.evaluate(
        """() => {
          const other = document.createElement("iframe");
          document.body.append(other);
          const message = { jsonrpc: "2.0", method: "ui/notifications/tool-result", params: { structuredContent: { module: "Forged", id: "1", fields: { a: "forged" } } } };
          window.dispatchEvent(new MessageEvent("message", { data: message, source: other.contentWindow }));
        }"""
    )
    assert "forged" not in shown.text


def test_the_host_can_end_a_page_and_change_its_theme(show, deal, server):
    shown = show("get_record", {"module": "Deals", "id": deal})
    shown.until(name(server, deal))
    shown.page.evaluate("bridge.setHostContext({ theme: 'dark', displayMode: 'inline' })")
    shown.frame.locator("html[data-theme=dark]").wait_for()
    assert shown.page.evaluate("bridge.teardownResource({})") == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("tool", ["run_coql", "get_record", "update_deal_stage", "summarize_pipeline"])
def test_no_page_has_what_axe_finds_serious(show, server, deal, tool, theme):
    script = os.environ.get("AXE_CORE", "")
    if not Path(script).is_file():
        pytest.skip("AXE_CORE does not name axe-core's axe.min.js")
    given = {
        "run_coql": {"query": "select Deal_Name, Stage from Deals limit 5"},
        "get_record": {"module": "Deals", "id": deal},
        "update_deal_stage": {"deal": deal, "stage": "Qualification", "dry_run": True},
        "summarize_pipeline": {},
    }[tool]
    shown = show(tool, given, theme=theme)
    shown.frame.locator("#screen:not([aria-busy]) .zcrm").first.wait_for()
    frame = shown.page.frames[1]
    frame.evaluate(Path(script).read_text("utf-8"))
    found = frame.evaluate("async () => (await axe.run()).violations")
    serious = [
        f"{one['id']}: {node['html'][:150]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
    assert serious == []
