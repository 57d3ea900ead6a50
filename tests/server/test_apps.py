"""MCP Apps on the wire: which tool has which page, what a page is, and that it is text for hosts without apps."""

from __future__ import annotations

import re

import pytest
from mcp import Client
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID

from zcrm_server import apps
from zcrm_server.app import build
from zcrm_server.apps import pages
from zcrm_tools.actions import registry

PAGES = [pytest.param(app, id=app.name) for app in apps.APPS]


async def test_the_server_says_that_it_has_apps(writing):
    async with Client(writing) as client:
        assert EXTENSION_ID in (client.server_capabilities.extensions or {})


async def test_every_tool_has_the_page_for_what_it_answers(crm):
    tools = {
        tool.name: (tool.meta or {}).get("ui", {}).get("resourceUri")
        for tool in (await crm.list_tools()).tools
    }
    assert tools["run_coql"] == tools["search_leads"] == "ui://zcrm/grid"
    assert tools["get_record"] == "ui://zcrm/record"
    assert tools["summarize_pipeline"] == "ui://zcrm/board"
    assert tools["get_connection"] is None
    for name, uri in tools.items():
        if registry.action(name).effect != "read":
            assert uri == "ui://zcrm/approval", name


async def test_no_tool_is_for_pages_alone(crm):
    """A host without apps would offer it to the model; so nothing may rest on the model not seeing it."""
    for tool in (await crm.list_tools()).tools:
        assert "visibility" not in (tool.meta or {}).get("ui", {})


@pytest.mark.parametrize("app", PAGES)
async def test_a_page_is_read_as_one_html_text_of_the_right_kind(crm, app):
    (content,) = (await crm.read_resource(app.uri)).contents
    assert content.mime_type == APP_MIME_TYPE
    assert content.meta == {"ui": {"prefersBorder": True}}
    assert content.text.startswith("<!doctype html>")
    assert content.text == pages.page(app)


@pytest.mark.parametrize("app", PAGES)
def test_a_page_asks_for_nothing_from_anywhere(app):
    text = pages.page(app)
    assert not re.search(
        r"https?://|//[a-z]+\.|@import|url\(|fetch\(|XMLHttpRequest|WebSocket|import\(", text
    )
    assert not re.search(
        r"<(?:link|img|iframe|base|form)\b|\bsrc=|innerHTML|eval\(|localStorage|document\.cookie", text
    )
    assert text.count("</script") == 1
    assert len(text.encode()) < 60_000


async def test_a_host_without_apps_gets_the_same_answer_as_text(reading):
    async with Client(reading) as client:
        result = await client.call_tool("search_leads", {"limit": 1})
    assert result.content
    assert result.structured_content
    assert not result.meta or "ui" not in result.meta


async def test_a_page_of_a_tool_that_is_left_out_is_bound_to_nothing(connector):
    async with Client(build(connector, exclude=("summarize_pipeline",))) as client:
        bound = {(t.meta or {}).get("ui", {}).get("resourceUri") for t in (await client.list_tools()).tools}
    assert "ui://zcrm/board" not in bound
