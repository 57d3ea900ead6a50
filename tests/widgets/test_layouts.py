"""Forms and cards of a module with two layouts: a record keeps its own, a new one has the one that is chosen."""

from __future__ import annotations

import pytest

from zcrm_tools.widgets.edit import Edit
from zcrm_tools.widgets.explorer import Explorer


@pytest.fixture
def crm(two_layouts):
    return two_layouts[0]


@pytest.fixture
def partner(two_layouts):
    """A lead that has the second layout."""
    crm, org = two_layouts
    lead = crm.leads.page(per_page=1)[0]
    org.partners.add(lead.id)
    return lead


@pytest.fixture
def ask(crm, browser):
    def form(*record):
        page = browser(Edit(crm, "Leads", *record))
        return lambda verb, **given: page.ask("form", verb=verb, given=given)

    return form


def names(shown):
    return {one["name"] for part in shown["sections"] for one in part["fields"]}


def named(shown, name):
    return next(one for part in shown["sections"] for one in part["fields"] if one["name"] == name)


@pytest.mark.evidence("operations.layout-views")
def test_a_record_is_edited_on_its_own_layout_without_what_that_hides(ask, partner, two_layouts):
    shown = ask(partner.id)("show")
    assert shown["layout"] == two_layouts[1].ID
    assert shown["layouts"] == []
    assert [part["label"] for part in shown["sections"]] == ["Partner", "Reach"]
    assert names(shown) == {"Last_Name", "Company", "Industry", "Email"}
    assert named(shown, "Industry")["required"]
    assert len(named(shown, "Industry")["choices"]) == 2


def test_what_the_layout_demands_cannot_be_emptied(ask, partner):
    form = ask(partner.id)
    form("show")
    (problem,) = form("check", values={"Industry": None})
    assert (problem["field"], problem["code"]) == ("Industry", "MANDATORY_IN_LAYOUT")
    assert "Partners" in problem["message"]
    assert form("check", values={"Email": None}) == []


def test_a_new_record_is_offered_the_layouts_and_held_to_the_one_that_is_chosen(ask, crm, two_layouts):
    form = ask()
    assert [name for _, name in form("show")["layouts"]] == ["Standard", "Partners"]
    assert "Fax" in names(form("show"))
    chosen = form("show", chosen=two_layouts[1].ID)
    assert "Fax" not in names(chosen)
    values = {"Layout": {"id": chosen["layout"]}, "Last_Name": "Okonkwo", "Company": "Cold Chain Ltd"}
    assert {one["field"] for one in form("check", values=values)} == {"Industry"}
    values["Industry"] = named(chosen, "Industry")["choices"][0][0]
    assert form("check", values=values) == []
    plan = form("plan", values=values)["card"]["plan_id"]
    assert form("write", plan_id=plan, values=values)["done"]
    assert form("show")["layout"] == two_layouts[1].ID


def test_the_card_of_a_record_has_the_sections_of_its_layout(crm, partner, browser):
    card = browser(Explorer(crm)).ask("record", module="Leads", id=partner.id)
    fields = {part["label"]: [one["name"] for one in part["fields"]] for part in card["sections"]}
    assert fields == {"Partner": ["Last_Name", "Company", "Industry"], "Reach": ["Email", "Twitter"]}
