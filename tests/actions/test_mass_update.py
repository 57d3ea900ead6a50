"""By condition, with every record shown, once a person agrees."""

from __future__ import annotations

import pytest

from zcrm_tools.actions.catalogue import mass_update
from zcrm_tools.client import AsyncClient
from zcrm_tools.errors import InvalidInput


async def test_all_that_meet_a_condition_are_updated_once_a_person_agrees(crm: AsyncClient, agreed):
    counting = "select COUNT(id) from Leads where Rating = 'Acquired' and Converted__s = 'false'"
    where = "Rating = 'Acquired' and Converted__s = 'false'"
    before = (await crm.run_coql(query=counting)).rows[0][0]
    if not before:
        rows = await crm.run_coql(query="select id from Leads where Converted__s = 'false' limit 3")
        await crm.update_records(
            module="Leads", records=[{"id": r[0], "fields": {"Rating": "Acquired"}} for r in rows.rows]
        )
        before = 3
    done = await agreed("mass_update", module="Leads", where=where, fields={"rating": "Active"})
    assert (done.status, len(done.records)) == ("applied", before)
    assert (await crm.run_coql(query=counting)).rows[0][0] == 0


async def test_a_condition_that_finds_nothing_or_too_much_is_refused(crm: AsyncClient, monkeypatch):
    monkeypatch.setattr(mass_update, "MOST", 5)
    with pytest.raises(InvalidInput, match="No record meets it"):
        await crm.mass_update(module="Leads", where="City = 'Atlantis'", fields={"City": "Oslo"})
    with pytest.raises(InvalidInput, match="More than 5 records"):
        await crm.mass_update(module="Leads", where="id is not null", fields={"City": "Oslo"})
    with pytest.raises(InvalidInput, match="Cty"):
        await crm.mass_update(module="Leads", where="Cty = 'Oslo'", fields={"City": "Bergen"})
