"""Updated where they are, created where they are not, and never guessed."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads
from zcrm_tools.errors import InvalidInput


async def test_each_row_is_an_update_or_a_create_and_says_which(crm: AsyncClient):
    email, one = (
        await crm.run_coql(query="select Email, id from Contacts where Email is not null limit 1")
    ).rows[0]
    asked = {
        "module": "Contacts",
        "match_by": "Email",
        "records": [
            {"Email": email.upper(), "Department": "Lighthouse keeping"},
            {"Email": "zzyzx@nowhere.example", "Last_Name": "Zzyzx"},
        ],
    }
    shown = await crm.call("upsert_records", {**asked, "dry_run": True})
    assert [(e.kind, e.id) for e in shown.records] == [("update", one), ("create", "")]
    done = await crm.call("upsert_records", {**asked, "plan_id": shown.plan_id})
    assert done.status == "applied"
    record = await reads.get(crm.org, "Contacts", one)
    assert record is not None
    assert record["Department"] == "Lighthouse keeping"
    again = await crm.call("upsert_records", {**asked, "repeat": True, "dry_run": True})
    assert {e.kind for e in again.records} == {"update"} or again.status == "unchanged"


async def test_what_cannot_be_told_apart_is_refused(crm: AsyncClient):
    with pytest.raises(InvalidInput, match="has no value for"):
        await crm.upsert_records(module="Contacts", match_by="Email", records=[{"Last_Name": "Rao"}])
    with pytest.raises(InvalidInput, match="no field 'Emial'"):
        await crm.upsert_records(module="Contacts", match_by="Emial", records=[{"Last_Name": "Rao"}])
    rows = [{"Last_Name": "Rao", "Email": "A@b.example"}, {"Last_Name": "Roy", "Email": "a@b.example"}]
    with pytest.raises(InvalidInput, match="given in several rows"):
        await crm.upsert_records(module="Contacts", match_by="Email", records=rows)
    await crm.create_records(
        module="Leads", records=[{"Last_Name": "Zzyzx", "City": n} for n in ("Oslo", "Bergen")]
    )
    with pytest.raises(InvalidInput, match="2 records have 'Zzyzx'"):
        await crm.upsert_records(module="Leads", match_by="Last Name", records=[{"Last_Name": "Zzyzx"}])
