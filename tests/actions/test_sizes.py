"""What tools and results cost a model to read, in tokens of o200k, the encoding of recent OpenAI models."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from typing import Any

import pytest
from rs_bpe.bpe import openai

from zcrm_tools.actions import registry, render
from zcrm_tools.actions.action import Output
from zcrm_tools.actions.card import Known
from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import people

DEFAULT = registry.choose(write=True)
Count = Callable[[Any], int]


@pytest.fixture(scope="module")
def tokens() -> Count:
    encoding = openai.o200k_base()
    return lambda value: encoding.count(value if isinstance(value, str) else render.text(value))


def shown(output: Output) -> dict[str, Any]:
    """As a model gets it."""
    return render.structured(output, size=render.MODEL_SIZE)


def weight(tokens: Count, pinned: dict[Known, list[str]] | None = None) -> int:
    shapes = [
        json.dumps(card.taking(pinned or {}), ensure_ascii=False, separators=(",", ":")) for card in DEFAULT
    ]
    return sum(
        map(
            tokens,
            (part for a, s in zip(DEFAULT, shapes, strict=True) for part in (a.name, a.description, s)),
        )
    )


def test_the_default_set_is_sixteen_tools_in_three_thousand_tokens(tokens: Count):
    assert len(DEFAULT) == 16
    assert weight(tokens) <= 3_000


async def test_the_default_set_with_this_orgs_values_as_hints_is_not_much_more(
    crm: AsyncClient, tokens: Count
):
    marks = {mark for card in DEFAULT for mark in card.known.values()}
    pinned = {
        m: [c.display for c in (await crm.org.catalogue.fields(m.module))[m.field].offered] for m in marks
    }
    assert weight(tokens) < weight(tokens, pinned) <= 3_500


async def test_twenty_leads_of_six_fields_are_seven_hundred_tokens(crm: AsyncClient, tokens: Count):
    found = await crm.search_leads(limit=20)
    assert (found.count, len(found.columns)) == (20, 6)
    assert "id" in found.columns
    assert tokens(render.fenced(render.marked(shown(found)))) <= 700


async def test_the_mark_and_the_fence_of_an_answer_are_thirty_tokens(crm: AsyncClient, tokens: Count):
    body = shown(await crm.search_leads(limit=20))
    added = [tokens(render.fenced(render.marked(body))) - tokens(body) for _ in range(9)]
    assert statistics.median(added) <= 30  # each fence has another nonce, of 24 to 36 tokens


async def test_a_concise_description_of_leads_with_tooltips_is_two_thousand_tokens(
    crm: AsyncClient, tokens: Count
):
    fields = await crm.org.catalogue.fields("Leads")
    said = "Ask the customer for this on the first call, and leave it empty when they would rather not say it; it is used in reports."
    for name, field in fields.items():
        fields[name] = field.model_copy(update={"tooltip": {"name": "static_text", "value": said}})  # type: ignore[index]
    described = await crm.describe_module(module="Leads")
    assert all(
        "Ask the customer" in line
        for name, line in described.fields.items()
        if fields[name].operations.api_create
    )
    assert tokens(shown(described)) <= 2_000
    full = await crm.describe_module(module="Leads", detail="full")
    assert said in full.fields["Company"]


async def test_one_deal_with_all_that_hangs_on_it_is_small(crm: AsyncClient, tokens: Count):
    busy = await crm.run_coql(
        query="select 'What_Id->Deals.id' from Tasks where 'What_Id->Deals.id' is not null limit 1"
    )
    whole = await crm.get_record(
        module="Deals", id=busy.rows[0][0], include=["Notes", "Activities", "Emails", "Timeline"]
    )
    assert tokens(shown(whole)) <= 2_500
    assert tokens(shown(await crm.summarize_pipeline())) <= 1_500


async def test_owners_who_repeat_are_names_that_every_tool_takes(crm: AsyncClient):
    found = await crm.search_leads(limit=40)
    owner = found.columns.index("Owner")
    assert all(row[owner].endswith(")") for row in found.rows)
    compact = shown(found)
    assert "ids" not in compact
    for row, whole in zip(compact["rows"], found.rows, strict=True):
        user = await people.find(crm.org, row[owner])
        assert whole[owner] == f"{row[owner]} ({user.id})"
    few = shown(await crm.search_leads(limit=1))
    assert few["rows"][0][few["columns"].index("Owner")].endswith(")")


async def test_the_ids_of_products_that_repeat_are_there_once(crm: AsyncClient):
    found = await crm.run_coql(
        query="select Subject, Product_Name from Cases where Product_Name is not null limit 60"
    )
    compact = shown(found)
    product, ids = compact["columns"].index("Product_Name"), compact["ids"]["Product_Name"]
    assert [f"{row[product]} ({ids[row[product]]})" for row in compact["rows"]] == [
        row[found.columns.index("Product_Name")] for row in found.rows
    ]
