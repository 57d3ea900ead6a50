"""Tags of a module."""

from __future__ import annotations

from zcrm_tools.client import AsyncClient


async def test_a_tag_that_was_made_is_listed(crm: AsyncClient, some):
    (lead,) = await some("Leads", 1, "Converted__s = 'false'")
    await crm.change_tags(module="Leads", ids=[lead], add=["Harbour"])
    assert "Harbour" in [row["name"] for row in (await crm.list_tags(module="Leads")).dicts()]
