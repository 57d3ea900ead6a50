"""The widgets with both their halves and no Jupyter between: what a person sees and does, by keys alone where it says so."""

from __future__ import annotations

import re
from typing import Any

import pytest

from zcrm_tools.errors import NotFound
from zcrm_tools.settings import from_environment
from zcrm_tools.widgets.changes import Changes
from zcrm_tools.widgets.connect import Connect
from zcrm_tools.widgets.edit import Edit
from zcrm_tools.widgets.explorer import Explorer
from zcrm_tools.widgets.query import Query


def test_another_layout_is_chosen_and_what_was_typed_is_kept(widget, two_layouts):
    crm, _ = two_layouts
    page = widget(Edit(crm, "Leads"))
    page.get_by_label("Last Name").fill("Okonkwo")
    page.get_by_label("Fax").fill("12345")
    owner = page.get_by_label("Lead Owner")
    owner.fill(crm.me().full_name)
    page.get_by_role("option", name=crm.me().full_name).click()
    page.get_by_label("Layout").select_option("Partners")
    page.get_by_text("Reach").wait_for()
    assert page.get_by_label("Last Name").input_value() == "Okonkwo"
    assert page.get_by_label("Lead Owner").count() == page.get_by_label("Fax").count() == 0
    assert page.evaluate("document.activeElement.hasAttribute('data-layout')")
    page.get_by_role("button", name="See what would change").click()
    page.get_by_text("is mandatory in the layout Partners").first.wait_for()
    assert page.evaluate("document.activeElement.labels[0].textContent") == "Company *"


def test_a_record_that_was_made_here_is_taken_back_after_a_look(widget, crm):
    page = widget(Edit(crm, "Leads"))
    page.get_by_label("Last Name").fill("Okonkwo")
    page.get_by_label("Company").fill("Cold Chain Ltd")
    page.get_by_role("button", name="See what would change").click()
    page.get_by_role("button", name="Approve and write").click()
    page.get_by_role("heading", name="Okonkwo").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("heading", name="Delete 1 Leads record").wait_for()
    page.get_by_role("button", name="Approve and write").click()
    page.get_by_text("Undone.", exact=True).wait_for()
    page.get_by_role("heading", name="New record").wait_for()


def test_what_was_written_is_taken_back_from_the_journal(widget, crm):
    lead = crm.create_lead(last_name="Okonkwo", company="Cold Chain Ltd").records[0].id
    page = widget(Changes(crm))
    page.get_by_role("button", name="Undo create Okonkwo").click()
    page.get_by_role("button", name="Approve and write").click()
    page.get_by_text("undone", exact=True).wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Look again"
    with pytest.raises(NotFound):
        crm.leads.get(lead)


def test_records_are_opened_from_records_and_left_one_by_one_to_where_one_was(widget, crm):
    page = widget(Explorer(crm, counts=False))
    page.get_by_role("button", name="Deals").click()
    page.get_by_role("grid", name="Deals").focus()
    page.get_by_text("of 320").wait_for()
    press(page, "ArrowDown", "Enter")
    lookup = page.locator("dd button").first
    lookup.focus()
    name = on(page)
    press(page, "Enter")
    page.get_by_text("Account Information").wait_for()
    page.get_by_text("The code for this").click()
    page.get_by_text('crm.module("Accounts").get').wait_for()
    page.get_by_role("tab", name="Details").focus()
    press(page, "Escape")
    assert on(page) == name
    page.get_by_text('crm.module("Deals").get').wait_for()
    press(page, "Escape")
    assert on(page) == "grid Deals"
    page.get_by_text("select id, Deal_Name").first.wait_for()


def test_pasting_counts_down_from_when_one_is_back(widget, zoho_emulator, monkeypatch, axe):
    monkeypatch.setenv("ZCRM_API_URL", zoho_emulator.url)
    monkeypatch.setenv("ZCRM_ACCOUNTS_URL", zoho_emulator.url)
    monkeypatch.setenv("ZCRM_PASSPHRASE", "correct horse battery")
    page = widget(Connect(from_environment()))
    page.clock.install()
    page.get_by_label("How").select_option("paste")
    page.get_by_role("button", name="Sign in").click()
    for label, text in (("Client ID", "1000.A"), ("Client secret", "secret")):
        page.get_by_label(label).fill(text)
        page.get_by_role("button", name="Go on").click()
    link = page.get_by_role("link", name="Open Zoho's page")
    timer = page.get_by_role("timer")
    page.evaluate("dispatchEvent(new Event('focus'))")
    link.wait_for()
    assert timer.inner_text() == ""  # nobody has been to Zoho yet
    link.evaluate("node => { node.removeAttribute('target'); node.href = 'javascript:void 0' }")
    link.click()
    page.evaluate("dispatchEvent(new Event('focus'))")
    assert "60 seconds more" in timer.inner_text()
    page.clock.fast_forward(20_000)
    timer.get_by_text(re.compile("about (40|39) seconds more")).wait_for()
    assert axe(page, "main") == []
    page.clock.fast_forward(60_000)
    timer.get_by_text("A minute is over").wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Nothing was changed").wait_for()


def on(page: Any) -> str:
    """What has the focus, by its role or tag and its name; and it must be seen to have it."""
    return page.evaluate("""() => {
      const node = document.activeElement;
      const frame = node.closest(".zc-editor") ?? node;
      const style = getComputedStyle(frame);
      if (node !== document.body && style.outlineStyle === "none") throw Error(`no focus to be seen on ${node.outerHTML}`);
      const name = node.getAttribute("aria-label") ?? node.labels?.[0]?.textContent ?? node.textContent;
      return `${node.getAttribute("role") ?? node.localName} ${name.trim().slice(0, 40)}`;
    }""")


def tabbed(page: Any, until: str, most: int = 80) -> list[str]:
    """Tab until there; what was passed. AssertionError where the focus is caught."""
    passed: list[str] = []
    while not passed or not passed[-1].startswith(until):
        assert len(passed) < most, passed
        page.keyboard.press("Tab")
        passed.append(on(page))
    return passed


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_query_is_written_mended_run_and_saved_by_keys_alone(widget, crm, axe, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = widget(Query(crm))
    page.get_by_role("button", name="Run").and_(page.locator(":enabled")).wait_for()
    page.locator("#before").focus()
    assert tabbed(page, "textbox") == ["textbox COQL query"]
    page.keyboard.type("select Deal_Name, Stge from Deals where Amount > 50000 order by Amo")
    page.locator(".cm-tooltip-autocomplete").wait_for()
    press(page, "Escape")  # which folds the list and leaves nothing
    page.locator(".cm-tooltip-autocomplete").wait_for(state="detached")
    assert on(page).startswith("textbox")
    press(page, "Control+Space")
    page.locator(".cm-tooltip-autocomplete [aria-selected]").wait_for()
    page.wait_for_function("(from) => performance.now() - from > 100", arg=page.evaluate("performance.now()"))
    press(page, "Enter")  # which CodeMirror takes for no choice in the first 75 ms of a list
    page.get_by_role("button", name="Use Stage").wait_for()
    tabbed(page, "button Use Stage")
    press(page, "Enter")
    page.get_by_text("3 credits", exact=True).wait_for()
    assert on(page).startswith("textbox")  # back where one goes on
    press(page, "Control+Enter")
    page.get_by_role("grid", name="Result").wait_for()
    assert axe(page, "main") == []
    passed = tabbed(page, "grid Result")
    assert "button Save CSV" in passed
    press(page, "ArrowDown", "ArrowRight", "ArrowUp", "ArrowUp", "Enter")  # the head of the second column
    page.get_by_role("columnheader", name="Stage").and_(page.locator("[aria-sort=ascending]")).wait_for()
    press(page, "Shift+Tab", "Shift+Tab")
    assert on(page) == "button Save CSV"
    press(page, "Enter")
    page.get_by_text("rows are in query.csv").wait_for()
    press(page, "Shift+Tab")
    assert on(page) == "summary Columns"
    press(page, "Enter", "Tab", "Space")
    assert page.get_by_role("columnheader").count() == 2
    press(page, "Escape")
    assert on(page) == "summary Columns"
    assert page.get_by_label("Deal_Name", exact=True).is_hidden()
    assert tabbed(page, "button after")  # nothing keeps the focus


def test_a_record_is_edited_by_keys_alone(widget, crm, axe):
    deal = next(iter(crm.query("select id from Deals where Stage = 'Qualification' limit 1")))
    other = crm.accounts.page(per_page=3)[2]
    page = widget(Edit(crm, "Deals", deal.id))
    page.get_by_label("Stage").wait_for()
    page.locator("#before").focus()
    tabbed(page, "combobox Account Name")
    press(page, "Control+a")
    page.keyboard.type(other.name[:8])
    option = page.get_by_role("option", name=other.name).first
    option.wait_for()
    assert axe(page, "main") == []
    press(page, "Escape")
    assert page.locator(".zc-options li").count() == 0
    assert on(page).startswith("combobox Account Name")
    press(page, "ArrowDown")
    option.wait_for()
    while option.get_attribute("aria-selected") != "true":
        press(page, "ArrowDown")
    assert page.evaluate(
        "document.activeElement.getAttribute('aria-activedescendant')"
    ) == option.get_attribute("id")
    press(page, "Enter")
    assert page.locator(".zc-options li").count() == 0
    tabbed(page, "button See what would change")
    press(page, "Enter")
    page.get_by_role("button", name="Approve and write").wait_for()
    assert on(page) == "button Approve and write"
    assert crm.deals.get(deal.id)["Account_Name"]["id"] != other.id
    press(page, "Enter")
    page.get_by_text("Written.", exact=True).wait_for()
    assert crm.deals.get(deal.id)["Account_Name"]["id"] == other.id
    tabbed(page, "button Undo")  # from where one was
    press(page, "Enter")
    page.get_by_text("Undone.", exact=True).wait_for()
    assert crm.deals.get(deal.id)["Account_Name"]["id"] != other.id
    assert tabbed(page, "button after")
