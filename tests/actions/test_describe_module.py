"""What a module is made of."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.errors import InvalidInput


async def test_modules_are_listed_by_api_name(crm: AsyncClient):
    shown = await crm.describe_module()
    assert {
        "Leads",
        "Contacts",
        "Accounts",
        "Deals",
        "Tasks",
        "Events",
        "Calls",
        "Notes",
        "Cases",
    } <= shown.modules.keys()


async def test_a_module_is_found_by_its_label_too(crm: AsyncClient):
    assert (await crm.describe_module(module="deals")).module == "Deals"


async def test_a_misspelt_module_is_refused_with_the_nearest(crm: AsyncClient):
    with pytest.raises(InvalidInput) as caught:
        await crm.describe_module(module="Leds")
    assert caught.value.problem.closest == "Leads"


async def test_a_description_says_what_a_write_needs(crm: AsyncClient):
    shown = await crm.describe_module(module="Leads")
    assert shown.mandatory == ["Last_Name"]
    assert "Web Form" in shown.fields["Lead_Source"]
    assert shown.fields["Last_Name"] == "text"
    assert "Created_Time" in shown.read_only
    assert "Created_Time" not in shown.fields
