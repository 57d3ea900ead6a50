"""The four plain models, and an org that keeps things elsewhere."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal

import pytest

from zcrm_tools.models.record import Lookup, Record
from zcrm_tools.models.unified import MODELS, Account, Contact, Deal, Lead

LEAD = Record(
    "Leads", {"id": "1", "Last_Name": "Okafor", "Lead_Source": "Fair", "Origin": "Web", "Email": None}
)


def test_a_lead_is_read_with_plain_names():
    lead = Lead.read(LEAD)
    assert (lead.id, lead.last_name, lead.source, lead.email, lead.company) == (
        "1",
        "Okafor",
        "Fair",
        None,
        None,
    )


def test_an_orgs_own_map_goes_on_top():
    lead = Lead.read(LEAD, {"source": "Origin"})
    assert lead.source == "Web"
    assert lead.replaced(source="Fair").written({"source": "Origin"}) == {
        "Last_Name": "Okafor",
        "Origin": "Fair",
    }


def test_a_plain_name_that_no_model_has_is_refused():
    with pytest.raises(ValueError, match="Lead has no sauce"):
        Lead.read(LEAD, {"sauce": "Origin"})


def test_what_is_written_is_json_and_leaves_out_what_zoho_sets():
    deal = Deal(
        id="1",
        name="Dock",
        amount=Decimal("10.50"),
        close_date=date(2027, 1, 31),
        account=Lookup("2", "Quay"),
    )
    assert deal.written() == {
        "Deal_Name": "Dock",
        "Amount": 10.5,
        "Closing_Date": "2027-01-31",
        "Account_Name": {"id": "2"},
    }


@pytest.mark.parametrize("model", [Lead, Contact, Account, Deal])
def test_every_plain_name_is_a_field_of_the_model_and_the_other_way_round(model):
    names = {f.name for f in dataclasses.fields(model)}
    assert names == {"id", *model.FIELDS}
    assert MODELS[model.MODULE] is model
    assert len(set(model.FIELDS.values())) == len(model.FIELDS)
