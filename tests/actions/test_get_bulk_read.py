"""How far a bulk read is, and its rows."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.errors import InvalidInput
from zcrm_tools.testing import ZohoOrg


@pytest.mark.evidence("bulk-read.states", "bulk-read.file")
async def test_a_finished_job_shows_its_rows_page_by_page(crm: AsyncClient, zoho_org: ZohoOrg):
    job = (await crm.create_bulk_read(module="Leads", fields=["Last_Name", "Company"])).job
    began = await crm.get_bulk_read(job=job)
    assert began.rows is None
    assert "look again" in began.note
    zoho_org.advance(minutes=10)
    first = await crm.get_bulk_read(job=job, limit=3)
    assert first.state == "COMPLETED"
    assert first.rows is not None
    assert first.rows.columns == ["id", "Last_Name", "Company"]
    assert first.rows.note == f"{first.records - 3} more; pass the cursor."
    second = await crm.get_bulk_read(job=job, limit=3, cursor=first.rows.cursor)
    assert second.rows is not None
    assert len({row[0] for row in first.rows.rows + second.rows.rows}) == 6
    with pytest.raises(InvalidInput, match="no rows there"):
        await crm.get_bulk_read(job=job, cursor="900000")
