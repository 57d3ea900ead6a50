"""Rich text fields in full."""

from __future__ import annotations

from dataclasses import replace

import pytest

evidence = pytest.mark.evidence


@pytest.fixture
def rich(api):
    """Leads with `Description` as a rich text field."""
    modules = api.emulator.store.modules
    leads = modules["Leads"]
    field = replace(leads.fields["Description"], length=50_000)
    modules["Leads"] = replace(leads, fields={**leads.fields, "Description": field})
    return api


@evidence("rich-text.fetch")
async def test_the_whole_text_comes_with_the_id_alone(rich):
    lead = str(rich.ids["smith"])
    html = "<b>" + "x" * 2_000 + "</b>"
    await rich.write("PUT", f"/Leads/{lead}", {"Description": html})
    one = await rich.get(f"/Leads/{lead}/actions/fetch_full_data")
    assert one.json() == {"data": [{"Description": html, "id": lead}]}
    ids = f"{lead},{rich.ids['smithson']},554023000009999999"
    both = await rich.get("/Leads/actions/fetch_full_data", ids=ids, fields="Description")
    assert [row["id"] for row in both.json()["data"]] == [lead, str(rich.ids["smithson"])]


@evidence("rich-text.other-fields")
async def test_other_fields_cannot_be_fetched(rich, refused):
    path = f"/Leads/{rich.ids['smith']}/actions/fetch_full_data"
    assert refused(await rich.get(path, fields="Last_Name"), "INVALID_DATA") == {"param_name": "fields"}
    assert (await rich.get(f"/Deals/{rich.ids['pumps']}/actions/fetch_full_data")).status_code == 204
    refused(await rich.get("/Leads/554023000009999999/actions/fetch_full_data"), "INVALID_DATA")
    refused(await rich.get("/Leads/actions/fetch_full_data"), "REQUIRED_PARAM_MISSING")
    too_many = ",".join(["1"] * 101)
    refused(await rich.get("/Leads/actions/fetch_full_data", ids=too_many), "LIMIT_EXCEEDED")
