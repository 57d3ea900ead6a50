"""What is in the recycle bin comes back by its id."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads


@pytest.mark.evidence("bin.restore")
async def test_a_deleted_record_comes_back(crm: AsyncClient, agreed, some):
    (one,) = await some("Contacts")
    await agreed("delete_records", module="Contacts", ids=[one])
    back = await crm.restore_records(module="Contacts", ids=[one])
    assert (back.status, back.records[0].kind) == ("applied", "restore")
    assert await reads.get(crm.org, "Contacts", one) is not None
    assert (await crm.restore_records(module="Contacts", ids=[one])).status == "unchanged"
