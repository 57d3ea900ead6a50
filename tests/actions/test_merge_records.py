"""Two become one, once a person agrees."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads
from zcrm_tools.errors import InvalidInput


@pytest.mark.evidence("merge.joins")
async def test_a_duplicate_goes_and_its_phone_stays(crm: AsyncClient, agreed):
    made = await crm.create_records(
        module="Leads",
        records=[
            {"Last_Name": "Zzyzx", "Company": "Nowhere"},
            {"Last_Name": "Zzyx", "Phone": "+47 22 00 00 00"},
        ],
    )
    keep, other = (entry.id for entry in made.records)
    done = await agreed("merge_records", module="Leads", keep=keep, others=[other], take={"Phone": other})
    assert done.status == "applied"
    kept = await reads.get(crm.org, "Leads", keep)
    assert kept is not None
    assert (kept["Company"], kept["Phone"]) == ("Nowhere", "+47 22 00 00 00")
    assert await reads.get(crm.org, "Leads", other) is None


async def test_a_merge_that_makes_no_sense_is_refused(crm: AsyncClient, some):
    one, two = await some("Leads", 2, "Converted__s = 'false'")
    with pytest.raises(InvalidInput) as caught:
        await crm.merge_records(module="Leads", keep=one, others=[one], take={"Phnoe": two, "Phone": two})
    assert {p.code for p in caught.value.problems} == {"GIVEN_TWICE", "UNKNOWN_FIELD", "NOT_ONE_OF_THEM"}
