"""Users."""

from __future__ import annotations

from zcrm_tools.client import AsyncClient


async def test_users_are_found_by_part_of_a_name_or_role(crm: AsyncClient):
    everybody = await crm.list_users()
    assert everybody.count == len(await crm.org.catalogue.users())
    ceo = (await crm.list_users(text="ceo")).dicts()
    assert {row["role"] for row in ceo} == {"CEO"}
    one = ceo[0]
    assert one in (await crm.list_users(text=one["email"][:8].upper())).dicts()
    assert (await crm.list_users(text="nobody at all")).note == "Nothing was found."
