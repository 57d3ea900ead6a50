"""Permission profiles."""

from __future__ import annotations

from zcrm_tools.client import AsyncClient


async def test_permission_profiles_are_listed(crm: AsyncClient):
    shown = [row["display_label"] for row in (await crm.list_profiles()).dicts()]
    assert {"Administrator", "Standard"} <= set(shown)
