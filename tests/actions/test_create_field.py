"""A field for everybody, once a person agrees."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.errors import InvalidInput


@pytest.mark.evidence("custom-fields.create")
async def test_a_picklist_with_a_tooltip_is_added_once_a_person_agrees(crm: AsyncClient, agreed):
    asked = {
        "module": "Leads",
        "label": "Harbour",
        "type": "picklist",
        "values": ["Oslo", "Bergen"],
        "tooltip": "Nearest one.",
    }
    done = await agreed("create_field", **asked)
    assert done.status == "applied"
    crm.org.catalogue.forget()
    shown = (await crm.describe_module(module="Leads")).fields
    assert shown["Harbour"].startswith("picklist: Oslo | Bergen")
    assert "Nearest one." in shown["Harbour"]


async def test_a_field_that_is_there_or_lacks_its_values_is_refused(crm: AsyncClient):
    with pytest.raises(InvalidInput, match="has a field Company"):
        await crm.create_field(module="Leads", label="company", type="text")
    with pytest.raises(InvalidInput, match="need values"):
        await crm.create_field(module="Leads", label="Harbour", type="picklist")
