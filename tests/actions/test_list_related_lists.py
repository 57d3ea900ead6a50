"""Related lists."""

from __future__ import annotations

from zcrm_tools.client import AsyncClient


async def test_what_can_hang_on_an_account(crm: AsyncClient):
    shown = {
        row["api_name"]: row["records_of"]
        for row in (await crm.list_related_lists(module="Accounts")).dicts()
    }
    assert shown["Contacts"] == "Contacts"
    assert shown["Member_Accounts"] == "Accounts"
