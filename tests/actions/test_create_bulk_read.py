"""A bulk read begins."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.errors import InvalidInput


@pytest.mark.evidence("bulk-read.create")
async def test_a_job_begins_and_says_what_comes_next(crm: AsyncClient):
    made = await crm.create_bulk_read(module="leads", fields=["Last Name", "Company"])
    assert made.job.isdigit()
    assert made.credits == 50
    assert "get_bulk_read" in made.next_step
    with pytest.raises(InvalidInput, match="no field 'Cmpany'"):
        await crm.create_bulk_read(module="Leads", fields=["Cmpany"])
