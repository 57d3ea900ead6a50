"""Another owner, once a person agrees."""

from __future__ import annotations

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads


async def test_records_go_to_a_user_by_name_once_a_person_agrees(crm: AsyncClient, agreed, some):
    ids = await some("Deals", 2)
    users = await crm.org.catalogue.users()
    who = list(users.values())[3]
    done = await agreed("change_owner", module="Deals", ids=ids, owner=who.email)
    assert done.status == "applied"
    owners = await reads.get_many(crm.org, "Deals", ids, ["Owner"])
    assert {owners[i]["Owner"]["id"] for i in ids} == {who.id}
