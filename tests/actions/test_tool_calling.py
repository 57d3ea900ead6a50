"""The actions for other frameworks: shapes as OpenAI, Anthropic and Gemini take them, and calls as their models make them."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest

from zcrm_tools.actions import registry, schema
from zcrm_tools.client import AsyncClient, Client
from zcrm_tools.client.shapes import gemini, strict
from zcrm_tools.errors import InvalidInput

NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_-]{0,63}")
GEMINI_TYPES = {"STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT"}
GEMINI_KEYS = {
    "type", "format", "title", "description", "nullable", "enum", "maxItems", "minItems", "properties", "required",
    "minProperties", "maxProperties", "minLength", "maxLength", "pattern", "example", "propertyOrdering", "default",
    "items", "minimum", "maximum",
}  # fmt: skip
STRICT_KEYS = {
    "type", "description", "enum", "const", "properties", "required", "additionalProperties", "items", "anyOf", "pattern",
    "format", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "minItems", "maxItems",
}  # fmt: skip


def nodes(shape: dict[str, Any]) -> list[dict[str, Any]]:
    inner = [*shape.get("properties", {}).values(), *([shape["items"]] if "items" in shape else [])]
    return [shape, *(node for one in inner for node in nodes(one))]


def depth(shape: dict[str, Any]) -> int:
    inner = [*shape.get("properties", {}).values(), *([shape["items"]] if "items" in shape else [])]
    return 1 + max(map(depth, inner), default=0)


async def test_openai_takes_them_and_is_strict_where_it_can_be(crm: AsyncClient):
    tools = crm.tools.schemas("openai", toolsets=["all"])
    assert [t["function"]["name"] for t in tools] == list(registry.all_names())
    exact = [t["function"] for t in tools if t["function"]["strict"]]
    assert {"search_leads", "get_record", "run_coql", "update_deal_stage", "delete_records"} <= {
        f["name"] for f in exact
    }
    for tool in tools:
        function = tool["function"]
        assert tool["type"] == "function"
        assert NAME.fullmatch(function["name"])
        assert len(function["description"]) <= 1_024
        jsonschema.Draft202012Validator.check_schema(function["parameters"])
    for function in exact:
        assert depth(function["parameters"]) <= 5
        for node in nodes(function["parameters"]):
            assert node.keys() <= STRICT_KEYS, function["name"]
            if node.get("type") == "object":
                assert node["additionalProperties"] is False
                assert node["required"] == list(node["properties"]), function["name"]
    flat = crm.tools.schemas("openai-responses")
    assert all({"type", "name", "description", "parameters", "strict"} == tool.keys() for tool in flat)


async def test_anthropic_takes_them(crm: AsyncClient):
    for tool in crm.tools.schemas("anthropic", toolsets=["all"]):
        assert tool.keys() == {"name", "description", "input_schema"}
        assert NAME.fullmatch(tool["name"])
        assert tool["input_schema"]["type"] == "object"
        jsonschema.Draft202012Validator.check_schema(tool["input_schema"])


async def test_gemini_takes_them_without_what_it_does_not_know(crm: AsyncClient):
    tools = crm.tools.schemas("gemini", toolsets=["all"])
    assert len(tools) == len(list(registry.all_names()))
    assert "parameters" not in next(t for t in tools if t["name"] == "list_roles")
    for tool in tools:
        for node in nodes(
            tool.get("parameters", {"type": "OBJECT", "properties": {"x": {"type": "STRING"}}})
        ):
            assert node.keys() <= GEMINI_KEYS, tool["name"]
            assert node["type"] in GEMINI_TYPES
            assert set(node.get("required", ())) <= node.get("properties", {}).keys()
            if node["type"] == "OBJECT":
                assert node["properties"], f"{tool['name']}: Gemini refuses an object without properties"
            if "enum" in node:
                assert node["type"] == "STRING"


def test_what_cannot_be_said_strictly_is_not_said_so():
    assert strict(schema.input_schema(registry.action("create_lead"))) is None
    assert (
        gemini(schema.input_schema(registry.action("create_lead")))["properties"]["more"]["type"] == "STRING"
    )


async def test_reads_alone_are_offered_to_a_reader_and_unknown_shapes_refused(reader: AsyncClient):
    names = {tool["name"] for tool in reader.tools.schemas("anthropic")}
    assert "search_leads" in names
    assert "create_lead" not in names
    with pytest.raises(InvalidInput, match="no shape 'cohere'"):
        reader.tools.schemas("cohere")  # type: ignore[arg-type]


async def test_a_call_takes_what_models_give_and_answers_in_json(crm: AsyncClient):
    found = await crm.tools.call("search_leads", json.dumps({"limit": 2, "text": None, "owner": None}))
    assert found["count"] == 2
    assert "more" in found
    made = await crm.tools.call(
        "create_lead", {"last_name": "Zzyzx", "more": '{"City": "Oslo"}', "company": "Nowhere"}
    )
    assert made["status"] == "applied"
    rows = await crm.tools.call("run_coql", {"query": "select City from Leads where Last_Name = 'Zzyzx'"})
    assert rows["rows"][0][0] == "Oslo"
    several = await crm.tools.call(
        "create_records", {"module": "Accounts", "records": ['{"Account_Name": "Nowhere Lighthouses"}']}
    )
    assert several["status"] == "applied"


async def test_a_refusal_is_an_answer_and_a_plan_waits_for_a_person(crm: AsyncClient, reader: AsyncClient):
    refused = await crm.tools.call("search_leads", {"txet": "x"})
    assert refused["problems"][0]["code"] == "UNKNOWN_ARGUMENT"
    assert (await crm.tools.call("drop_table", {}))["problems"][0]["code"] == "UNKNOWN_ACTION"
    assert (await crm.tools.call("search_leads", "[1]"))["error"] == "InvalidInput"
    assert (await crm.tools.call("search_leads", "not json"))["error"] == "InvalidInput"
    lead = (await crm.tools.call("search_leads", {"limit": 1}))["rows"][0][0]
    shown = await crm.tools.call("delete_records", {"module": "Leads", "ids": [lead]})
    assert shown["status"] == "waiting"
    await crm.approve(shown["plan_id"], by="a person")
    done = await crm.tools.call(
        "delete_records", {"module": "Leads", "ids": [lead], "plan_id": shown["plan_id"]}
    )
    assert done["status"] == "applied"
    assert (await crm.list_changes()).count == 1
    kept = await reader.tools.call("create_lead", {"last_name": "X"})
    assert kept["problems"][0]["code"] == "READ_ONLY"


async def test_a_long_answer_is_cut_with_a_sentence_and_a_cursor(crm: AsyncClient):
    wide = [
        "Full_Name",
        "Company",
        "Email",
        "Phone",
        "Website",
        "Street",
        "City",
        "Country",
        "Description",
        "Lead_Source",
    ]
    asked = {"fields": wide, "limit": 200}
    cut = await crm.tools.call("search_leads", asked)
    assert len(json.dumps(cut, ensure_ascii=False)) < 35_000
    assert cut["count"] == len(cut["rows"]) < 200
    assert cut["note"].startswith(f"Only the first {cut['count']} of these 200 rows fit into one answer")
    rest = await crm.tools.call("search_leads", {**asked, "cursor": cut["cursor"]})
    assert not {row[0] for row in cut["rows"]} & {row[0] for row in rest["rows"]}
    assert len((await crm.search_leads(fields=wide, limit=200)).rows) == 200
    last = await crm.tools.call("list_records", {"module": "Leads", "fields": wide, "limit": 200})
    assert "cursor" not in last
    assert "lower the limit" in last["note"]


async def test_every_row_is_reached_by_following_the_cursors_of_cut_answers(crm: AsyncClient):
    total = (await crm.run_coql(query="select COUNT(id) from Leads where Converted__s = 'false'")).rows[0][0]
    wide = ["Full_Name", "Company", "Email", "Phone", "Website", "Street", "City", "Country", "Description"]
    seen: set[str] = set()
    cursor = ""
    while True:
        page = await crm.tools.call("search_leads", {"fields": wide, "limit": 200, "cursor": cursor})
        seen |= {row[0] for row in page["rows"]}
        cursor = page.get("cursor", "")
        if not cursor:
            break
    assert len(seen) == total


def test_the_same_without_async(tmp_path):
    from zcrm_tools.connection import open_client
    from zcrm_tools.settings import Settings

    with Client(lambda: open_client(Settings(home=tmp_path, demo=True))) as crm:
        assert crm.tools.call("search_leads", {"limit": 1})["count"] == 1
        assert crm.tools.schemas("gemini")[0]["name"] == "get_connection"
