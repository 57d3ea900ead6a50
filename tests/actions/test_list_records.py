"""Lists and custom views, page by page."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads
from zcrm_tools.errors import InvalidInput


@pytest.mark.evidence("records.page-rules")
async def test_pages_of_a_module_do_not_overlap(crm: AsyncClient):
    first = await crm.list_records(module="contacts", limit=5)
    second = await crm.list_records(module="contacts", limit=5, cursor=first.cursor)
    assert first.columns == ["id", "Full_Name", "Account_Name", "Email", "Phone", "Title", "Owner"]
    assert len({row[0] for row in first.rows + second.rows}) == 10


@pytest.mark.evidence("records.custom-view", "views.list")
async def test_a_custom_view_is_known_by_its_name_and_fields_by_their_labels(crm: AsyncClient):
    shown = await crm.list_records(module="Deals", view="all deals", fields=["Deal Name", "Stage"], limit=3)
    assert shown.columns == ["id", "Deal_Name", "Stage"]
    assert shown.count == 3
    with pytest.raises(InvalidInput, match="No custom view is called 'My deals of the moon'"):
        await crm.list_records(module="Deals", view="My deals of the moon")
    with pytest.raises(InvalidInput, match="reach 2,000"):
        await crm.list_records(module="Deals", limit=200, cursor="2000")


async def test_a_list_agrees_with_the_store(crm: AsyncClient):
    shown = await crm.list_records(module="Accounts", fields=["Account_Name"], limit=2)
    for id, name in shown.rows:  # noqa: A001
        record = await reads.get(crm.org, "Accounts", id)
        assert record is not None
        assert record["Account_Name"] == name
