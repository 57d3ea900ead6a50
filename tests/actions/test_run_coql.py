"""run_coql on the demo org: what is sent, what it costs, and how far it follows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.coql.nodes import Limit
from zcrm_tools.coql.parser import parse
from zcrm_tools.crm import coql
from zcrm_tools.crm.reads import Page
from zcrm_tools.errors import QueryRefused


async def test_the_result_shows_exactly_what_was_sent_and_what_was_changed(crm: AsyncClient):
    found = await crm.run_coql(query="select Deal Name from Deals where Amount <> 5 limit 2")
    assert found.sent == ["select Deal_Name from Deals where Amount != 5 limit 2"]
    assert [r.split(":")[0] for r in found.rewrites] == ["`<>` → `!=`", "`Deal Name` → `Deal_Name`"]
    assert found.columns == ["Deal_Name", "id"]
    assert found.count == 2


async def test_a_valid_query_is_sent_untouched(crm: AsyncClient):
    text = "select  Deal_Name from Deals where ( id is not null )  limit 3"
    found = await crm.run_coql(query=text)
    assert (found.sent, found.rewrites, found.more) == ([text], [], False)


@pytest.mark.evidence("coql.row-limits", "coql.credits")
async def test_rows_come_in_as_many_calls_as_they_need_at_their_price(crm: AsyncClient, monkeypatch):
    monkeypatch.setattr(coql, "MAX_ROWS", 100)
    spent = crm.org.session.credits_spent
    found = await crm.run_coql(query="select id from Deals limit 250", max_rows=1000)
    assert [parse(text).limit for text in found.sent] == [Limit(100), Limit(100, 100), Limit(50, 200)]
    assert found.count == len({row[0] for row in found.rows}) == 250
    assert found.credits == 3
    assert crm.org.session.credits_spent - spent >= 3
    assert not found.more


async def test_a_row_cap_holds_and_says_that_there_are_more(crm: AsyncClient):
    capped = await crm.run_coql(query="select id from Deals limit 5000", max_rows=7)
    assert (capped.count, capped.more, capped.note) == (7, True, "There are more: max_rows is 7.")
    assert capped.credits == 1
    usual = await crm.run_coql(query="select id from Deals where id is not null")
    assert (usual.count, usual.more) == (200, True)
    whole = await crm.run_coql(query="select id from Deals where id is not null", max_rows=2000)
    assert whole.count > 200
    assert not whole.more


async def test_beyond_the_reach_of_offsets_a_query_goes_on_from_the_last_id(crm: AsyncClient, monkeypatch):
    monkeypatch.setattr(coql, "REACH", 150)
    monkeypatch.setattr(coql, "MAX_ROWS", 100)
    all_ids = await crm.run_coql(
        query="select id from Deals where Amount > 0 or Amount is null limit 300", max_rows=300
    )
    assert len({row[0] for row in all_ids.rows}) == 300
    assert " and id > '" in all_ids.sent[2]
    assert "order by id" in all_ids.sent[2]


async def test_an_ordered_query_stops_at_the_reach_of_offsets_and_says_so(crm: AsyncClient, monkeypatch):
    monkeypatch.setattr(coql, "REACH", 150)
    monkeypatch.setattr(coql, "MAX_ROWS", 100)
    found = await crm.run_coql(
        query="select id from Deals where id is not null order by Amount desc limit 300", max_rows=300
    )
    assert (found.count, found.more) == (150, True)
    assert found.note.startswith("Offsets reach 150 rows")


async def test_relative_days_are_those_of_the_orgs_zone(crm: AsyncClient):
    zone = (await crm.org.catalogue.org()).time_zone
    found = await crm.run_coql(query="select id from Deals where Created_Time = LAST FISCAL YEAR")
    assert f"in the time zone {zone}, the fiscal year beginning in month 1" in found.rewrites[0]
    assert "T00:00:00" in found.sent[0]


async def test_lookups_are_two_columns_on_request(crm: AsyncClient):
    query = "select Account_Name, Deal_Name from Deals where Account_Name is not null limit 2"
    flat = await crm.run_coql(query=query, flat=True)
    assert flat.columns == ["Account_Name", "Account_Name.id", "Deal_Name", "id"]
    usual = await crm.run_coql(query=query)
    assert usual.rows[0][0] == f"{flat.rows[0][0]} ({flat.rows[0][1]})"


async def test_rows_become_dicts_and_data_frames(crm: AsyncClient):
    found = await crm.run_coql(
        query="select Stage, SUM(Amount) as 'total' from Deals where id is not null group by Stage"
    )
    dicts = found.dicts()
    assert set(dicts[0]) == {"Stage", "total"}
    frame = found.pandas()
    assert list(frame.columns) == ["Stage", "total"]
    assert frame["total"].sum() == sum(row["total"] or 0 for row in dicts)
    pytest.importorskip("polars")
    assert found.polars().to_dicts() == dicts


async def test_a_fault_that_stays_costs_no_call(crm: AsyncClient):
    await crm.describe_module(module="Deals")
    spent = crm.org.session.credits_spent
    with pytest.raises(QueryRefused) as caught:
        await crm.run_coql(query="select Dael_Name from Deals limit 9000")
    assert caught.value.problem.closest == "Deal_Name"
    assert crm.org.session.credits_spent == spent


def test_an_empty_page_has_nothing_to_go_on_from():
    assert coql._after(parse("select COUNT(id) from Deals where id is not null"), Page(()).records) is None


async def test_a_joined_module_outside_the_grant_is_a_doubt(crm: AsyncClient):
    scopes = "ZohoCRM.coql.READ ZohoCRM.modules.deals.READ ZohoCRM.settings.ALL"
    org = replace(crm.org, profile=crm.org.profile.model_copy(update={"scopes": scopes}))
    joined = await coql.prepare(org, "select Account_Name.Industry from Deals where id is not null")
    assert [doubt.details["scope"] for doubt in joined.warnings] == ["ZohoCRM.modules.accounts.READ"]
    assert (await coql.prepare(org, "select Deal_Name from Deals where id is not null")).warnings == ()


async def test_rows_become_frames_and_tables_of_the_same_content(crm: AsyncClient):
    found = await crm.run_coql(
        query="select Deal_Name, Amount, Closing_Date, Account_Name from Deals where Amount > 1000 limit 5"
    )
    rows = found.dicts()
    assert len(rows) == 5
    assert found.polars().to_dicts() == found.arrow().to_pylist() == rows
    assert found.pandas().to_dict("records") == rows
    assert str(found.arrow().schema.field("Amount").type) in ("int64", "double")


async def test_a_column_of_several_kinds_becomes_text_and_keeps_its_gaps(crm: AsyncClient):
    found = await crm.run_coql(query="select Deal_Name, Amount from Deals where id is not null limit 3")
    mixed = found.model_copy(update={"rows": [["a", 1], [2, 0.5], [None, None]], "columns": ["x", "y"]})
    assert mixed.arrow().to_pydict() == {"x": ["a", "2", None], "y": [1.0, 0.5, None]}


async def test_a_query_joins_and_aggregates(crm: AsyncClient):
    joined = await crm.run_coql(
        query="select Deal_Name, Account_Name.Industry from Deals where Account_Name is not null limit 3"
    )
    assert joined.columns == ["Deal_Name", "Account_Name.Industry", "id"]
    grouped = await crm.run_coql(
        query="select Stage, COUNT(id) from Deals where id is not null group by Stage"
    )
    whole = await crm.run_coql(query="select COUNT(id) from Deals where id is not null")
    assert sum(row[1] for row in grouped.rows) == whole.rows[0][0]


async def test_a_wrong_query_is_refused_before_a_credit_is_spent(crm: AsyncClient):
    await crm.describe_module(module="Deals")
    spent = crm.org.session.credits_spent
    with pytest.raises(QueryRefused) as caught:
        await crm.run_coql(query="select Deal_Name, Stge from Deals where id is not null")
    assert caught.value.problem.closest == "Stage"
    assert crm.org.session.credits_spent == spent
