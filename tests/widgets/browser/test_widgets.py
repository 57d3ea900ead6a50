"""The widgets with both their halves and no Jupyter between: what a person sees and does, by keys alone where it says so."""

from __future__ import annotations

from zcrm_tools.widgets.edit import Edit


def test_another_layout_is_chosen_and_what_was_typed_is_kept(widget, two_layouts):
    crm, _ = two_layouts
    page = widget(Edit(crm, "Leads"))
    page.get_by_label("Last Name").fill("Okonkwo")
    page.get_by_label("Fax").fill("12345")
    owner = page.get_by_label("Lead Owner")
    owner.fill(crm.me().full_name)
    page.locator("datalist option").first.wait_for(state="attached")
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
