"""Who a mail may come from."""

from __future__ import annotations

from zcrm_tools.client import AsyncClient


async def test_the_users_own_address_comes_first(crm: AsyncClient):
    me = (await crm.get_connection()).user
    assert (await crm.list_from_addresses()).dicts()[0]["email"] in me
