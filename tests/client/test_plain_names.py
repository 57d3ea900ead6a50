"""The plain models against the org's own fields."""

from __future__ import annotations

import pytest

from zcrm_tools.models.unified import MODELS, Deal, Lead


@pytest.mark.parametrize("module", MODELS)
async def test_every_field_behind_a_plain_name_is_there(crm, module):
    known = await crm.module(module).fields()
    assert set(MODELS[module].FIELDS.values()) <= set(known)


async def test_a_record_becomes_its_model_and_goes_back(crm, lead):
    model = crm.leads.model(await crm.leads.get(lead))
    assert isinstance(model, Lead)
    assert (model.first_name, model.company, model.email) == ("Ngozi", "Quay 9", "n@quay.example")
    await crm.leads.update(lead, **model.replaced(company="Pier 4").written())
    assert (await crm.leads.get(lead))["Company"] == "Pier 4"


async def test_the_orgs_own_field_stands_behind_a_plain_name_for_reading_and_writing(crm, lead):
    crm.map_fields("Leads", source="Description")
    await crm.leads.update(lead, source="By word of mouth")
    found = await crm.leads.get(lead)
    assert (found["Description"], found["Lead_Source"]) == ("By word of mouth", None)
    assert crm.leads.model(found).source == "By word of mouth"
    with pytest.raises(ValueError, match="Lead has no sauce"):
        crm.map_fields("Leads", sauce="Description")


async def test_a_deals_money_and_dates_are_exact(crm):
    deal = next(iter(await crm.deals.page(["Deal_Name", "Amount", "Closing_Date", "Stage"], per_page=1)))
    model = crm.deals.model(deal)
    assert isinstance(model, Deal)
    assert (model.amount, model.close_date) == (deal.money("Amount"), deal.date("Closing_Date"))
