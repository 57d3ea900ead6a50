"""Tags on and off, and undone."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads
from zcrm_tools.errors import InvalidInput


@pytest.mark.evidence("tags.add", "tags.remove")
async def test_tags_are_added_and_taken_off_and_undone(crm: AsyncClient, some):
    (lead,) = await some("Leads", 1, "Converted__s = 'false'")

    async def tags() -> set[str]:
        record = await reads.get(crm.org, "Leads", lead)
        assert record is not None
        return {tag["name"] for tag in record["Tag"] or ()}

    before = await tags()
    done = await crm.change_tags(module="Leads", ids=[lead], add=["Harbour", "Expo 2026"])
    assert await tags() == before | {"Harbour", "Expo 2026"}
    await crm.change_tags(module="Leads", ids=[lead], remove=["harbour"])
    assert await tags() == before | {"Expo 2026"}
    assert done.records[0].kind == "tags"


async def test_a_tag_both_on_and_off_is_refused(crm: AsyncClient, some):
    (lead,) = await some("Leads")
    with pytest.raises(InvalidInput, match="added and removed"):
        await crm.change_tags(module="Leads", ids=[lead], add=["X"], remove=["x"])
    with pytest.raises(InvalidInput, match="No tag"):
        await crm.change_tags(module="Leads", ids=[lead])
