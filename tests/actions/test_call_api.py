"""Any writing call, once a person agrees, and never undone."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.errors import InvalidInput, NotAllowed


async def test_a_tag_is_made_by_hand_once_a_person_agrees_and_cannot_be_undone(crm: AsyncClient, agreed):
    done = await agreed(
        "call_api",
        method="POST",
        path="settings/tags",
        query={"module": "Leads"},
        body={"tags": [{"name": "Harbour"}]},
    )
    assert done.status == "applied"
    assert "Harbour" in [row["name"] for row in (await crm.list_tags(module="Leads")).dicts()]
    with pytest.raises(NotAllowed):
        await crm.undo_change(change_id=done.records[0].change_id)


async def test_even_a_small_call_waits_and_another_host_is_refused(crm: AsyncClient):
    shown = await crm.call_api(
        method="PUT", path="Leads/554023000020003392", body={"data": [{"City": "Oslo"}]}
    )
    assert shown.status == "waiting"
    with pytest.raises(InvalidInput):
        await crm.call_api(method="DELETE", path="//elsewhere.example/Leads")
    with pytest.raises(InvalidInput, match="method"):
        await crm.call("call_api", {"method": "GET", "path": "Leads"})
