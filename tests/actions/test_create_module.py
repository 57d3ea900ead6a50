"""A module for everybody, once a person agrees."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.errors import InvalidInput


@pytest.mark.evidence("custom-modules.create")
async def test_a_module_is_added_once_a_person_agrees(crm: AsyncClient, agreed):
    done = await agreed(
        "create_module", singular="Vehicle", plural="Vehicles", profiles=["Standard", "Administrator"]
    )
    assert done.status == "applied"
    crm.org.catalogue.forget()
    assert (await crm.describe_module(module="Vehicles")).module == "Vehicles"


async def test_a_module_that_is_there_is_refused(crm: AsyncClient):
    with pytest.raises(InvalidInput, match="There is a module Leads"):
        await crm.create_module(singular="lead", plural="My leads")
    with pytest.raises(InvalidInput, match="permission profile"):
        await crm.create_module(singular="Vehicle", plural="Vehicles", profiles=["Chauffeurs"])
