"""search_records: Zoho's full-text search, asked so that it answers."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.errors import InvalidInput


@pytest.mark.evidence("search.precedence")
async def test_a_name_with_special_characters_is_searched_by_its_longest_plain_part(crm: AsyncClient):
    await crm.create_records(
        module="Accounts", records=[{"Account_Name": "Ruiz & Daughters – Cold Chain Ltd"}]
    )
    found = await crm.search_records(module="Accounts", text="Ruiz & Daughters – Cold Chain Ltd")
    assert [row["Account_Name"] for row in found.dicts()] == ["Ruiz & Daughters – Cold Chain Ltd"]
    assert found.warnings == ["Zoho's search takes no special characters: 'Cold Chain Ltd' was searched for."]


async def test_text_without_a_searchable_word_is_refused_before_it_is_sent(crm: AsyncClient):
    with pytest.raises(InvalidInput, match="no word of 2 characters"):
        await crm.search_records(module="Accounts", text="§$%& !")


async def test_search_finds_an_email_through_zohos_own_search(crm: AsyncClient):
    rows = await crm.run_coql(query="select Email from Contacts where Email is not null limit 1")
    email = rows.rows[0][0]
    found = await crm.search_records(module="Contacts", text=email)
    assert [row[found.columns.index("Email")] for row in found.rows] == [email]
