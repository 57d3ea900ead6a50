"""A copy has what the original has, but for what was asked."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads
from zcrm_tools.errors import InvalidInput


async def test_a_deal_is_copied_with_another_name_and_no_next_step(crm: AsyncClient, some):
    (one,) = await some("Deals", 1, "Next_Step is not null")
    made = await crm.clone_record(
        module="Deals", id=one, changes={"Deal_Name": "The same again", "Next_Step": None}
    )
    assert made.status == "applied"
    old, new = [await reads.get(crm.org, "Deals", i) for i in (one, made.records[0].id)]
    assert old is not None
    assert new is not None
    assert (new["Deal_Name"], new["Next_Step"]) == ("The same again", None)
    for name in ("Stage", "Amount", "Closing_Date", "Account_Name", "Owner"):
        assert new[name] == old[name], name


async def test_a_record_that_is_not_there_and_a_wrong_change_are_refused(crm: AsyncClient, some):
    with pytest.raises(InvalidInput, match="There is no Deals record"):
        await crm.clone_record(module="Deals", id="554023999999999999")
    (one,) = await some("Deals")
    with pytest.raises(InvalidInput, match="no field 'Amout'"):
        await crm.clone_record(module="Deals", id=one, changes={"Amout": 5})
