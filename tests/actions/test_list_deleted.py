"""The recycle bin, as a list."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient


@pytest.mark.evidence("records.deleted")
async def test_deleted_records_are_listed_with_who_and_when(crm: AsyncClient, agreed, some):
    (one,) = await some("Leads", 1, "Converted__s = 'false'")
    await agreed("delete_records", module="Leads", ids=[one])
    shown = (await crm.list_deleted(module="Leads")).dicts()
    assert shown[0]["id"] == one
    assert shown[0]["type"] == "recycle"
    assert shown[0]["deleted_by"]
    assert (await crm.list_deleted(module="Deals", kind="permanent")).count == 0
