"""Custom views."""

from __future__ import annotations

from zcrm_tools.client import AsyncClient


async def test_the_views_of_deals_are_listed_by_name(crm: AsyncClient):
    shown = (await crm.list_custom_views(module="deals")).dicts()
    assert "All Deals" in [row["display_value"] for row in shown]
    assert all(row["id"].isdigit() for row in shown)
