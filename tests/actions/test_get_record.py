"""One record, and what hangs on it."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.errors import InvalidInput


async def test_a_record_comes_with_what_hangs_on_it(crm: AsyncClient):
    rows = await crm.run_coql(
        query="select 'What_Id->Deals.id' from Tasks where 'What_Id->Deals.id' is not null limit 1"
    )
    deal = rows.rows[0][0]
    whole = await crm.get_record(module="Deals", id=deal, include=["Tasks", "Notes"])
    assert whole.fields["Deal_Name"] == whole.name
    assert whole.related["Tasks"]
    assert not any(name.startswith("$") for name in whole.fields)


async def test_a_record_that_is_not_there_is_refused_in_words(crm: AsyncClient):
    with pytest.raises(InvalidInput, match="There is no Leads record 554023999999999999"):
        await crm.get_record(module="Leads", id="554023999999999999")
    with pytest.raises(InvalidInput, match="15 to 19 digits"):
        await crm.get_record(module="Leads", id="../users")
